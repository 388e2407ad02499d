//! `[username]`, `[anonymous]`, `[multi_session]`, `[one_time_token]`.

use expect_test::expect;

use super::file;

#[test]
fn rules_that_nobody_could_follow_are_refused() {
    file(
        "[username]\nmin_username_length = 9\nmax_username_length = 8\nusername_validator = \"[a\"\n\
         [anonymous]\nemail_domain_name = \"a b\"\n[multi_session]\nmaximum_sessions = 0\n\
         [one_time_token]\nexpires_in = \"0s\"",
        &expect![[r#"
            gateway.toml:3:23: username.max_username_length: must be at least min_username_length (9) and at most 255
            gateway.toml:4:22: username.username_validator: is no regular expression: error: unclosed character class
            gateway.toml:6:21: anonymous.email_domain_name: "a b" is no domain
            gateway.toml:8:20: multi_session.maximum_sessions: must be at least 1
            gateway.toml:10:14: one_time_token.expires_in: must be longer than zero
        "#]],
    );
}

#[test]
fn flows_with_names_can_be_enabled() {
    file(
        "[username]\nenabled = true\nvalidation_order.username = \"post-normalization\"\n\
         display_username_normalization = \"lowercase\"\n[anonymous]\nenabled = true\n\
         [multi_session]\nenabled = true\n[one_time_token]\nenabled = true\nstore_token = \"hashed\"",
        &expect![[r"
            fine
        "]],
    );
}
