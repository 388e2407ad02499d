//! Codes by mail when several guess at one, at two servers with one database, and in the official client.

use futures_util::future::join_all;
use gateway_tests::client::{Answer, Person};
use gateway_tests::db::Database;
use gateway_tests::gateway::{Gateway, SECRET};
use gateway_tests::mailbox::Mailbox;
use gateway_tests::peers::{NodeServer, OfficialClient};
use serde_json::{Value, json};

use super::{
    alone,
    both::{ADA, PASSWORD},
    mails::{Code, codes},
};

on_both!(
    guesses_at_the_same_time_each_count,
    of_many_who_know_the_code_one_gets_in,
    codes_of_either_server_are_good_at_the_other,
    the_official_client_is_led_through
);

const ON: &str = "[email_otp]\nenabled = true";
const SEND: &str = "/email-otp/send-verification-otp";
const NEW: &str = "countess@example.com";

async fn send(gateway: &Gateway, count: usize) -> Code {
    let ask = json!({ "email": ADA, "type": "sign-in" });
    gateway.anon().post(&format!("/api/auth{SEND}"), ask).await.expect(200);
    codes(gateway, count).await.pop().expect("there is one")
}

async fn at_once(gateway: &Gateway, guesses: Vec<String>) -> Vec<Answer> {
    let guess = |person: Person, otp: String| async move {
        person.post("/api/auth/sign-in/email-otp", json!({ "email": ADA, "otp": otp })).await
    };
    join_all(guesses.into_iter().map(|otp| guess(gateway.anon(), otp))).await
}

async fn guesses_at_the_same_time_each_count(database: Database) {
    let gateway = alone(&database).config(&format!("{ON}\nallowed_attempts = 5")).start().await;
    for round in 1..=3 {
        let code = send(&gateway, round).await;
        let answers = at_once(&gateway, vec![code.wrong(); 5]).await;
        assert!(answers.iter().all(|answer| answer.code() == "INVALID_OTP"), "{answers:?}");
        let kept = database.text("select value from \"verification\"").await.unwrap();
        assert_eq!(kept, format!("{}:5", code.digits), "each of them counts");
        let late = at_once(&gateway, vec![code.digits.clone()]).await;
        assert_eq!((late[0].status.as_u16(), late[0].code()), (403, "TOO_MANY_ATTEMPTS".into()));
        assert_eq!(at_once(&gateway, vec![code.digits]).await[0].code(), "INVALID_OTP");
    }
}

async fn of_many_who_know_the_code_one_gets_in(database: Database) {
    let gateway = alone(&database).config(ON).start().await;
    for round in 1..=3 {
        let code = send(&gateway, round).await;
        let answers = at_once(&gateway, vec![code.digits; 8]).await;
        let inside = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(inside, 1, "{answers:?}");
        assert!(answers.iter().all(|answer| answer.status == 200 || answer.code() == "INVALID_OTP"), "{answers:?}");
        assert_eq!(database.count(r#"select count(*) from "session""#).await, i64::try_from(round).unwrap());
    }
}

async fn codes_of_either_server_are_good_at_the_other(database: Database) {
    let gateway = alone(&database).config(&format!("{ON}\nstore_otp = \"encrypted\"")).start().await;
    let node = tokio::task::block_in_place(|| {
        let options = json!({ "email-otp": { "storeOTP": "encrypted" } });
        NodeServer::on(&database.url(), SECRET).plugins("admin,bearer,email-otp").plugin_options(&options).start()
    });
    let ours = send(&gateway, 1).await;
    let kept = database.text("select value from \"verification\"").await.unwrap();
    assert!(!kept.contains(&ours.digits) && kept.ends_with(":0"), "{kept}");
    let sign_in = |otp: &str| json!({ "email": ADA, "otp": otp });
    node.anon().post("/api/auth/sign-in/email-otp", sign_in(&ours.digits)).await.expect(200);
    let ask = json!({ "email": ADA, "type": "sign-in" });
    node.anon().post(&format!("/api/auth{SEND}"), ask).await.expect(200);
    let theirs = node.anon().get("/__mails").await.json()[0]["otp"].as_str().unwrap().to_owned();
    gateway.anon().post("/api/auth/sign-in/email-otp", sign_in(&theirs)).await.expect(200);
}

async fn the_official_client_is_led_through(database: Database) {
    let mailbox = Mailbox::start();
    let config = format!("{ON}\nchange_email.enabled = true");
    let gateway = alone(&database).config(&config).mails_to(&mailbox).start().await;
    let mut client = OfficialClient::with_plugins(gateway.origin(), "email-otp");
    let done = json!({ "success": true });
    let ask = json!({ "email": ADA, "type": "sign-in" });
    assert_eq!(client.call("ada", "emailOtp.sendVerificationOtp", ask.clone()).ok(), done);
    let mail = mailbox.mail_to(ADA).await;
    let code = mail.code();
    gateway.never_log(&code);
    assert!(mail.subject().ends_with("your code to sign in") && !mail.subject().contains(&code));
    let mut checked = ask;
    checked["otp"] = json!(code);
    let refused = client.call("ada", "emailOtp.checkVerificationOtp", checked).refused();
    assert_eq!(refused, (400, "USER_NOT_FOUND".into()), "the code is right and stays good");
    let signed_in = client.call("ada", "signIn.emailOtp", json!({ "email": ADA, "otp": code, "name": "Ada" })).ok();
    assert_eq!((&signed_in["user"]["name"], &signed_in["user"]["emailVerified"]), (&json!("Ada"), &json!(true)));
    client.call("ada", "emailOtp.requestPasswordReset", json!({ "email": ADA })).ok();
    let code = mailbox.nth_mail_to(ADA, 2).await.code();
    let reset = json!({ "email": ADA, "otp": code, "password": PASSWORD });
    assert_eq!(client.call("ada", "emailOtp.resetPassword", reset.clone()).ok(), done);
    assert_eq!(client.call("ada", "emailOtp.resetPassword", reset).refused(), (400, "INVALID_OTP".into()));
    client.call("phone", "signIn.email", json!({ "email": ADA, "password": PASSWORD })).ok();
    assert_eq!(client.call("ada", "emailOtp.requestEmailChange", json!({ "newEmail": NEW })).ok(), done);
    let code = mailbox.mail_to(NEW).await.code();
    assert_eq!(client.call("ada", "emailOtp.changeEmail", json!({ "newEmail": NEW, "otp": code })).ok(), done);
    assert_eq!(client.call("ada", "getSession", json!({})).ok()["user"]["email"], NEW);
    client.call("ada", "emailOtp.sendVerificationOtp", json!({ "email": NEW, "type": "email-verification" })).ok();
    let code = mailbox.nth_mail_to(NEW, 2).await.code();
    let proved = client.call("ada", "emailOtp.verifyEmail", json!({ "email": NEW, "otp": code })).ok();
    assert_eq!((&proved["status"], &proved["token"]), (&json!(true), &Value::Null));
}
