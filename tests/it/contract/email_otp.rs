//! Codes by mail, step by step beside the original server. What happens when several guess at once is in `codes`.

use gateway_tests::db::Database;
use http::Method;
use serde_json::{Value, json};

use super::{
    both::{ADA, Both, Original, PASSWORD},
    mails::Code,
};

on_both!(
    a_code_makes_an_account_and_signs_in,
    wrong_guesses_are_counted_alike,
    addresses_are_proved_alike,
    passwords_are_reset_alike,
    accounts_move_alike,
    what_is_wrong_is_told_the_same,
    strangers_get_no_code,
    signing_up_sends_a_code,
    codes_take_the_place_of_links,
    the_same_code_is_sent_again,
    codes_are_limited_alike
);

const ON: &str = "[email_otp]\nenabled = true";
const SEND: &str = "/email-otp/send-verification-otp";
const NEW: &str = "countess@example.com";

async fn both(database: &Database) -> Both {
    Both::plugged(database, ON, "email-otp", &json!({})).await
}

impl Both {
    /// Asks for a code, the `count`th.
    async fn ask_for_code(&mut self, what: &str, count: usize, path: &str, body: Value) -> [Code; 2] {
        self.post(what, path, body).await;
        self.coded(count).await
    }

    /// Sends a body with a code to both, each with its own.
    async fn say(&mut self, what: &str, path: &str, [ours, theirs]: [&str; 2], body: Value) {
        self.step(what, Method::POST, path, |ask, us| {
            let mut body = body.clone();
            body["otp"] = json!(if us { ours } else { theirs });
            ask.json(&body)
        })
        .await;
    }

    async fn say_right(&mut self, what: &str, path: &str, codes: &[Code; 2], body: Value) {
        self.say(what, path, codes.each_ref().map(|code| code.digits.as_str()), body).await;
    }

    async fn say_wrong(&mut self, what: &str, path: &str, codes: &[Code; 2], body: Value) {
        let wrong = codes.each_ref().map(Code::wrong);
        self.say(what, path, wrong.each_ref().map(String::as_str), body).await;
    }
}

async fn a_code_makes_an_account_and_signs_in(database: Database) {
    let mut both = both(&database).await;
    let ask = json!({ "email": ADA, "type": "sign-in" });
    let code = both.ask_for_code("a stranger asks", 1, SEND, ask.clone()).await;
    both.say_right("checked before", "/email-otp/check-verification-otp", &code, ask.clone()).await;
    let new = json!({ "email": "Ada@Example.com", "name": "Ada", "image": "/ada.png", "rememberMe": false });
    both.say_right("a new account", "/sign-in/email-otp", &code, new.clone()).await;
    both.get("signed in", "/get-session").await;
    both.get("by which ways", "/list-accounts").await;
    both.say_right("once more", "/sign-in/email-otp", &code, new.clone()).await;
    let first = both.ask_for_code("as somebody known", 2, SEND, ask.clone()).await;
    let second = both.ask_for_code("and again", 3, SEND, ask.clone()).await;
    both.say_right("checked", "/email-otp/check-verification-otp", &second, ask.clone()).await;
    both.say_right("a known account", "/sign-in/email-otp", &second, new.clone()).await;
    both.say_right("the one before", "/sign-in/email-otp", &first, new.clone()).await;
    let late = both.ask_for_code("late", 4, SEND, ask.clone()).await;
    both.execute(r#"update "verification" set "expiresAt" = '2020-01-01T00:00:00.000Z'"#).await;
    both.say_right("too late", "/sign-in/email-otp", &late, new.clone()).await;
    both.say_right("much too late", "/sign-in/email-otp", &late, new.clone()).await;
    let shut = both.ask_for_code("banned", 5, SEND, ask).await;
    both.execute(r#"update "user" set "banned" = true"#).await;
    both.say_right("the door is shut", "/sign-in/email-otp", &shut, new).await;
    both.end();
}

async fn wrong_guesses_are_counted_alike(database: Database) {
    let mut both = both(&database).await;
    both.new_user().await;
    for (count, purpose) in [(1, "sign-in"), (2, "email-verification"), (3, "forget-password")] {
        let about = json!({ "email": ADA, "type": purpose });
        let code = both.ask_for_code("a code", count, SEND, about.clone()).await;
        for _ in 0..3 {
            both.say_wrong("wrong", "/email-otp/check-verification-otp", &code, about.clone()).await;
        }
        both.say_right("right, but too late", "/email-otp/check-verification-otp", &code, about.clone()).await;
        both.say_right("and gone", "/email-otp/check-verification-otp", &code, about).await;
    }
    both.say("never asked for", "/sign-in/email-otp", ["123456"; 2], json!({ "email": "bob@example.com" })).await;
    both.end();
}

async fn addresses_are_proved_alike(database: Database) {
    let options = json!({ "emailVerification": { "autoSignInAfterVerification": true } });
    for (auto, options) in [(false, json!({})), (true, options)] {
        let own = Database::sqlite();
        let database = if auto { &own } else { &database };
        let config = format!("{ON}\n[email_verification]\nauto_sign_in = {auto}");
        let original = Original { plugins: "email-otp", options, ..Original::default() };
        let mut both = Both::set_up(database, &config, &original).await;
        both.new_user().await;
        let ask = json!({ "email": ADA, "type": "email-verification" });
        let code = both.ask_for_code("a code", 1, SEND, ask.clone()).await;
        both.say_wrong("wrong", "/email-otp/verify-email", &code, json!({ "email": ADA })).await;
        both.say_right("proved", "/email-otp/verify-email", &code, json!({ "email": ADA })).await;
        both.get("it shows", "/get-session").await;
        let code = both.ask_for_code("once more", 2, SEND, ask).await;
        both.somebody_else();
        both.say_right("proved again", "/email-otp/verify-email", &code, json!({ "email": ADA })).await;
        both.get("who that is", "/get-session").await;
        both.end();
    }
}

async fn passwords_are_reset_alike(database: Database) {
    let mut both = both(&database).await;
    both.new_user().await;
    let path = "/email-otp/reset-password";
    let set = |password: &str| json!({ "email": ADA, "password": password });
    let ask = "/email-otp/request-password-reset";
    let code = both.ask_for_code("a code", 1, ask, json!({ "email": "ADA@example.com" })).await;
    both.say_right("too short", path, &code, set("short")).await;
    both.say_right("too long", path, &code, set(&"x".repeat(129))).await;
    both.say_wrong("wrong", path, &code, set("another phrase")).await;
    both.say_right("set", path, &code, set("another phrase")).await;
    both.say_right("once more", path, &code, set("a third phrase")).await;
    both.get("proved by it", "/get-session").await;
    both.somebody_else();
    both.post("the old one", "/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;
    both.post("the new one", "/sign-in/email", json!({ "email": ADA, "password": "another phrase" })).await;
    let code = both.ask_for_code("by the older name", 2, "/forget-password/email-otp", json!({ "email": ADA })).await;
    both.say_right("set again", path, &code, set("a third phrase")).await;
    both.post("nobody's", ask, json!({ "email": "bob@example.com" })).await;
    both.say("guessed", path, ["123456"; 2], json!({ "email": "bob@example.com", "password": PASSWORD })).await;
    let sign_in = json!({ "email": "bob@example.com", "type": "sign-in" });
    let code = both.ask_for_code("without a password", 3, SEND, sign_in).await;
    both.say_right("a new account", "/sign-in/email-otp", &code, json!({ "email": "bob@example.com" })).await;
    let code = both.ask_for_code("the first password", 4, ask, json!({ "email": "bob@example.com" })).await;
    both.say_right("set", path, &code, json!({ "email": "bob@example.com", "password": PASSWORD })).await;
    both.post("now there is one", "/sign-in/email", json!({ "email": "bob@example.com", "password": PASSWORD })).await;
    both.end();
}

async fn accounts_move_alike(database: Database) {
    let (ask, change) = ("/email-otp/request-email-change", "/email-otp/change-email");
    let mut both = both(&database).await;
    both.post("nobody asks", ask, json!({ "newEmail": NEW })).await;
    both.new_user().await;
    both.post("switched off", ask, json!({ "newEmail": NEW })).await;
    both.post("off, too", change, json!({ "newEmail": NEW, "otp": "123456" })).await;
    both.end();
    for verify_current in [false, true] {
        let own = Database::sqlite();
        let config = format!("{ON}\nchange_email.enabled = true\nchange_email.verify_current_email = {verify_current}");
        let options =
            json!({ "email-otp": { "changeEmail": { "enabled": true, "verifyCurrentEmail": verify_current } } });
        let mut both = Both::plugged(&own, &config, "email-otp", &options).await;
        both.new_user().await;
        let mut count = 0;
        if verify_current {
            both.post("without a code", ask, json!({ "newEmail": NEW })).await;
            count += 1;
            let code = both
                .ask_for_code("for the old", count, SEND, json!({ "email": ADA, "type": "email-verification" }))
                .await;
            both.say_wrong("wrong", ask, &code, json!({ "newEmail": NEW })).await;
            both.say_right("agreed", ask, &code, json!({ "newEmail": NEW })).await;
        } else {
            for wrong in [ADA, "nonsense", ""] {
                both.post("no address", ask, json!({ "newEmail": wrong })).await;
                both.post("no address, later", change, json!({ "newEmail": wrong, "otp": "1" })).await;
            }
            both.post("asked", ask, json!({ "newEmail": "Countess@example.com" })).await;
        }
        let code = both.coded(count + 1).await;
        both.say_wrong("wrong", change, &code, json!({ "newEmail": NEW })).await;
        both.say_right("for another", change, &code, json!({ "newEmail": "bob@example.com" })).await;
        both.say_right("moved", change, &code, json!({ "newEmail": NEW })).await;
        both.say_right("once more", change, &code, json!({ "newEmail": NEW })).await;
        both.get("moved", "/get-session").await;
        both.end();
    }
}

async fn what_is_wrong_is_told_the_same(database: Database) {
    let mut both = both(&database).await;
    let paths = [
        SEND,
        "/email-otp/check-verification-otp",
        "/email-otp/verify-email",
        "/sign-in/email-otp",
        "/email-otp/request-password-reset",
        "/forget-password/email-otp",
        "/email-otp/reset-password",
        "/email-otp/request-email-change",
        "/email-otp/change-email",
    ];
    let otp = "123456";
    let bodies = [
        json!({}),
        json!([]),
        json!({ "email": "ada", "type": "sign-in", "otp": otp, "password": PASSWORD, "newEmail": NEW }),
        json!({ "email": ADA, "type": "change-email", "otp": otp, "password": PASSWORD, "newEmail": "x" }),
        json!({ "email": ADA, "type": "nonsense", "otp": 3, "password": 4, "newEmail": 5 }),
        json!({ "email": null, "type": 1, "otp": null, "password": null, "newEmail": null, "name": 3, "image": 4 }),
        json!({ "email": "bob@example.com", "type": "sign-in", "otp": "", "password": "short", "newEmail": NEW }),
    ];
    for path in paths {
        for body in &bodies {
            both.post(&format!("{body}"), path, body.clone()).await;
        }
        both.get("by GET", path).await;
        both.step("a form", Method::POST, path, |ask, _| ask.form(&[("email", ADA)])).await;
    }
    let evil = "http://evil.example";
    let ask = json!({ "email": ADA, "type": "email-verification" });
    both.step("from elsewhere", Method::POST, SEND, |it, _| it.json(&ask).header("origin", evil)).await;
    both.step("elsewhere, a code", Method::POST, paths[3], |it, _| {
        it.json(&json!({ "email": ADA, "otp": otp })).header("origin", evil)
    })
    .await;
    both.get("only for servers", "/email-otp/get-verification-otp?email=ada@example.com&type=sign-in").await;
    both.end();
}

async fn strangers_get_no_code(database: Database) {
    let config = format!("{ON}\ndisable_sign_up = true");
    let options = json!({ "email-otp": { "disableSignUp": true } });
    let mut both = Both::plugged(&database, &config, "email-otp", &options).await;
    for purpose in ["sign-in", "email-verification", "forget-password"] {
        both.post(purpose, SEND, json!({ "email": NEW, "type": purpose })).await;
        both.say(
            "guessed",
            "/email-otp/check-verification-otp",
            ["123456"; 2],
            json!({ "email": NEW, "type": purpose }),
        )
        .await;
    }
    both.say("guessed", "/sign-in/email-otp", ["123456"; 2], json!({ "email": NEW })).await;
    both.new_user().await;
    both.ask_for_code("the only one", 1, SEND, json!({ "email": ADA, "type": "sign-in" })).await;
    both.end();
}

async fn signing_up_sends_a_code(database: Database) {
    let config = format!("{ON}\nsend_verification_on_sign_up = true\notp_length = 8\nallowed_attempts = 1");
    let options = json!({ "sendVerificationOnSignUp": true, "otpLength": 8, "allowedAttempts": 1 });
    let mut both = Both::plugged(&database, &config, "email-otp", &json!({ "email-otp": options })).await;
    both.new_user().await;
    let code = both.coded(1).await;
    both.say_right("proved", "/email-otp/verify-email", &code, json!({ "email": ADA })).await;
    let code = both.ask_for_code("another", 2, SEND, json!({ "email": ADA, "type": "email-verification" })).await;
    both.say_wrong("wrong", "/email-otp/verify-email", &code, json!({ "email": ADA })).await;
    both.say_right("too late", "/email-otp/verify-email", &code, json!({ "email": ADA })).await;
    both.end();
}

async fn codes_take_the_place_of_links(database: Database) {
    let config = format!(
        "{ON}\noverride_default_email_verification = true\n[email_password]\nrequire_verification = true\n[email_verification]\nsend_on_sign_in = true"
    );
    let original = Original {
        plugins: "email-otp",
        plugin_options: json!({ "email-otp": { "overrideDefaultEmailVerification": true } }),
        options: json!({
            "emailAndPassword": { "requireEmailVerification": true }, "emailVerification": { "sendOnSignIn": true, "sendVerificationEmail": false }
        }),
        ..Original::default()
    };
    let mut both = Both::set_up(&database, &config, &original).await;
    both.new_user().await;
    both.coded(1).await;
    both.post("too early", "/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;
    both.coded(2).await;
    both.post("once more", "/send-verification-email", json!({ "email": ADA })).await;
    let code = both.coded(3).await;
    both.say_right("proved", "/email-otp/verify-email", &code, json!({ "email": ADA })).await;
    both.post("now", "/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;
    both.end();
}

async fn the_same_code_is_sent_again(database: Database) {
    for (number, form) in ["plain", "encrypted", "hashed"].into_iter().enumerate() {
        let own = Database::sqlite();
        let database = if number == 0 { &database } else { &own };
        let config = format!("{ON}\nresend_strategy = \"reuse\"\nstore_otp = \"{form}\"");
        let options = json!({ "email-otp": { "resendStrategy": "reuse", "storeOTP": form } });
        let mut both = Both::plugged(database, &config, "email-otp", &options).await;
        let ask = json!({ "email": ADA, "type": "sign-in" });
        let first = both.ask_for_code("first", 1, SEND, ask.clone()).await;
        both.say_wrong("wrong", "/email-otp/check-verification-otp", &first, ask.clone()).await;
        let second = both.ask_for_code("second", 2, SEND, ask.clone()).await;
        let same =
            [&first, &second].map(|codes| (codes[0].digits == first[0].digits, codes[1].digits == first[1].digits));
        assert_eq!(same[1], if form == "hashed" { (false, false) } else { (true, true) }, "{form}");
        for _ in 0..2 {
            both.say_wrong("wrong", "/email-otp/check-verification-otp", &second, ask.clone()).await;
        }
        let third = both.ask_for_code("third", 3, SEND, ask.clone()).await;
        both.say_right("signed in", "/sign-in/email-otp", &third, json!({ "email": ADA })).await;
        both.end();
    }
}

async fn codes_are_limited_alike(database: Database) {
    let options = json!({ "rateLimit": { "enabled": true } });
    let original = Original { plugins: "email-otp", options, ..Original::default() };
    let mut both = Both::set_up(&database, &format!("{ON}\n[rate_limit]\nenabled = true"), &original).await;
    let body =
        json!({ "email": ADA, "type": "email-verification", "otp": "123456", "password": PASSWORD, "newEmail": NEW });
    for path in ["/sign-in/email-otp", "/email-otp/verify-email", "/forget-password/email-otp", SEND] {
        for number in 1..=4 {
            both.post(&format!("{number}"), path, body.clone()).await;
        }
    }
    both.end();
}
