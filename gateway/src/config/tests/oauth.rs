//! `[oauth.<id>]`.

use expect_test::expect;

use super::{Given, file};

fn fine(text: &str) {
    file(text, &expect![["fine\n"]]);
}

#[test]
fn named_providers_need_an_id_and_mostly_a_secret() {
    fine("[oauth.google]\nclient_id = \"a\"\nclient_secret = \"b\"");
    fine("[oauth.microsoft]\nclient_id = [\"a\", \"b\"]\ntenant_id = \"contoso.com\"");
    fine("[oauth.gitlab]\nclient_id = \"a\"\nissuer = \"https://git.example.com\"");
    file(
        "[oauth.google]\n[oauth.github]\nclient_id = \"a\"\n[oauth.discord]\nclient_secret = \"b\"",
        &expect![[r#"
        gateway.toml:1:1: oauth.google.client_id: is missing; the provider gives it to whoever registers an application there
        gateway.toml:1:1: oauth.google.client_secret: is missing; the provider gives it to whoever registers an application there
        gateway.toml:2:1: oauth.github.client_secret: is missing; the provider gives it to whoever registers an application there
        gateway.toml:4:1: oauth.discord.client_id: is missing; the provider gives it to whoever registers an application there
    "#]],
    );
}

#[test]
fn apple_needs_all_of_its_key() {
    let pem = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap().serialize_pem();
    let apple = |more: &str| format!("[oauth.apple]\nclient_id = \"com.example.web\"\n{more}");
    fine(&apple("client_secret = \"a ready one\""));
    fine(&apple(&format!("team_id = \"T\"\nkey_id = \"K\"\nprivate_key = '''\n{pem}'''")));
    let joined = pem.replace('\n', "\\n");
    fine(&apple(&format!("team_id = \"T\"\nkey_id = \"K\"\nprivate_key = '{joined}'")));
    file(
        &apple(""),
        &expect![[r#"
        gateway.toml:1:1: oauth.apple.team_id: is missing, as are key_id and private_key; the gateway makes the client secret with them (or give a ready one as client_secret, and a new one every six months)
    "#]],
    );
    file(
        &apple(&format!("team_id = \"T\"\nclient_secret = \"s\"\nprivate_key = '{joined}'")),
        &expect![[r#"
        gateway.toml:1:1: oauth.apple.key_id: is missing; the client secret is made with team_id, key_id and private_key
        gateway.toml:4:17: oauth.apple.client_secret: is not used beside private_key, with which one is made; remove one of them
    "#]],
    );
    file(
        &apple("team_id = \"T\"\nkey_id = \"K\"\nprivate_key = \"s3cret\""),
        &expect![[r#"
        gateway.toml:5:15: oauth.apple.private_key: holds no private key; it is the text of the file AuthKey_….p8
    "#]],
    );
    let other = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap().serialize_pem();
    file(
        &apple(&format!("team_id = \"T\"\nkey_id = \"K\"\nprivate_key = '''\n{other}'''")),
        &expect![[r#"
        gateway.toml:5:15: oauth.apple.private_key: holds no private key of the curve P-256
    "#]],
    );
}

#[test]
fn any_provider_must_be_found_by_something() {
    fine(
        "[oauth.acme]\nclient_id = \"a\"\ndiscovery_url = \"https://id.example.com/.well-known/openid-configuration\"",
    );
    fine(
        "[oauth.acme]\nclient_id = \"a\"\nauthorization_url = \"http://acme:8080/auth\"\ntoken_url = \"http://acme:8080/token\"",
    );
    fine(
        "[oauth.google]\nclient_id = \"a\"\ndiscovery_url = \"https://accounts.google.com/.well-known/openid-configuration\"",
    );
    file(
        "[oauth.acme]\nclient_id = \"a\"",
        &expect![[r#"
        gateway.toml:1:1: oauth.acme.discovery_url: is missing, or authorization_url and token_url; without any only these are known: apple, discord, facebook, github, gitlab, google, linkedin, microsoft, slack, spotify, twitch, twitter
    "#]],
    );
    file(
        "[oauth.acme]\nclient_id = \"a\"\ntoken_url = \"https://acme.example/token\"",
        &expect![[r#"
        gateway.toml:1:1: oauth.acme.authorization_url: is missing; without discovery_url both authorization_url and token_url are needed
    "#]],
    );
}

#[test]
fn what_would_do_nothing_is_refused() {
    file(
        r#"
[oauth.github]
client_id = "a"
client_secret = "b"
hd = "example.com"
team_id = "T"
tenant_id = "common"
token_url = "github.com/token"
user_info_url = "ftp://github.com/user"
jwks_url = "https://ada:s3cret@github.com/keys"
redirect_uri = "/callback"
authorization_params = { state = "x", prompt = "login" }
[oauth."a/b"]
[oauth.credential]
"#,
        &expect![[r#"
            gateway.toml:6:11: oauth.github.team_id: means something to oauth.apple only; remove it
            gateway.toml:7:13: oauth.github.tenant_id: means something to oauth.microsoft only; remove it
            gateway.toml:8:13: oauth.github.token_url: is no address; write all of it, such as "https://…"
            gateway.toml:9:17: oauth.github.user_info_url: is no address of a web server; write "https://…"
            gateway.toml:10:12: oauth.github.jwks_url: holds a login or a fragment, which are never sent; remove it
            gateway.toml:11:16: oauth.github.redirect_uri: is no address; write all of it, as the provider knows it
            gateway.toml:12:34: oauth.github.authorization_params.state: is set by the gateway in every flow; remove it
            gateway.toml:13:1: oauth."a/b": is no id: it stands in addresses, so write letters, digits, dashes, underscores and dots
            gateway.toml:14:1: oauth.credential: is the id of accounts with a password; choose another
        "#]],
    );
}

/// A secret is never repeated, even if it stands where none belongs.
#[test]
fn secrets_are_not_repeated() {
    let text = "[oauth.apple]\nclient_id = \"a\"\nteam_id = \"T\"\nkey_id = \"K\"\nprivate_key = \"s3cret\"\nclient_secret = 7";
    let problems = Given { file: text, ..Given::default() }.load().unwrap_err();
    for problem in problems {
        assert!(!problem.to_string().contains("s3cret"), "{problem}");
    }
}
