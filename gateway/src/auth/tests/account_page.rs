//! The forms of the account page, as a browser without scripts uses them.

use chrono::TimeDelta;

use super::{
    gate::Gate,
    pages::{see, submit},
};

const ANN: &str = "ann@example.com";

#[tokio::test]
async fn the_name_is_changed() {
    let gate = Gate::new().await;
    let mut ann = gate.user(ANN).await;
    for empty in ["name=", "name=+++", "", &format!("name={}", "x".repeat(257))] {
        let answer = submit(&mut ann, "/auth/account/name", empty).await;
        assert_eq!(answer.status, 400);
        assert!(answer.body.contains("Tell us your name"));
    }
    let answer = submit(&mut ann, "/auth/account/name", "name=%3Cb%3EAnna&role=admin").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/auth/account?notice=named"));
    let page = see(&mut ann, "/auth/account?notice=named").await;
    assert!(page.body.contains("Your name is saved.") && page.body.contains("&#60;b&#62;Anna"), "{}", page.body);
    assert_eq!(gate.stored(ANN).await.role.as_deref(), Some("user"));
}

#[tokio::test]
async fn the_password_is_changed_and_others_are_signed_out() {
    let gate = Gate::new().await;
    let mut ann = gate.user(ANN).await;
    let mut phone = gate.anon();
    phone.sign_in(ANN).await;
    let wrong = "current_password=wrong&new_password=another+password&sign_out_others=true";
    let answer = submit(&mut ann, "/auth/account/password", wrong).await;
    assert!(answer.status == 400 && answer.body.contains("That is not your password."), "{}", answer.body);
    let short = submit(&mut ann, "/auth/account/password", "current_password=password123&new_password=x").await;
    assert!(short.status == 400 && short.body.contains("That password is too short."));
    assert!(!short.body.contains("password123"));

    let keep = "current_password=password123&new_password=another+password";
    let answer = submit(&mut ann, "/auth/account/password", keep).await;
    assert_eq!(answer.header("location"), "/auth/account?notice=password");
    assert!(phone.is_signed_in().await && ann.is_signed_in().await);
    let end = "current_password=another+password&new_password=password123&sign_out_others=true";
    submit(&mut ann, "/auth/account/password", end).await;
    assert!(!phone.is_signed_in().await && ann.is_signed_in().await);
}

#[tokio::test]
async fn the_last_way_to_sign_in_is_not_taken_away() {
    let gate = Gate::new().await;
    let mut ann = gate.user(ANN).await;
    let page = see(&mut ann, "/auth/account").await.body;
    assert!(page.contains("<strong>Password</strong>") && !page.contains("/auth/account/unlink"), "{page}");
    let answer = submit(&mut ann, "/auth/account/unlink", "id=x").await;
    assert!(answer.status == 400 && answer.body.contains("unlink your last account"), "{}", answer.body);
    gate.wait(TimeDelta::days(1));
    let answer = submit(&mut ann, "/auth/account/unlink", "id=x").await;
    assert!(answer.status == 403 && answer.body.contains("recent sign-in"), "{}", answer.body);
}

#[tokio::test]
async fn the_account_is_deleted_with_the_password_and_by_the_link() {
    let gate = Gate::new().await;
    let mut ann = gate.user(ANN).await;
    for form in ["", "password=", "password=wrong"] {
        let answer = submit(&mut ann, "/auth/account/delete", form).await;
        assert!(answer.status == 400 && answer.body.contains("That is not your password."), "{}", answer.body);
    }
    assert!(gate.mails().await.is_empty());
    let answer = submit(&mut ann, "/auth/account/delete", "password=password123").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/auth/account?notice=deletion-mailed"));
    assert!(see(&mut ann, "/auth/account?notice=deletion-mailed").await.body.contains("We have sent you a mail."));
    let mail = gate.mail().await;
    assert_eq!(mail.kind, "delete-account");
    let gone = see(&mut ann, &mail.link()).await;
    assert_eq!((gone.status.as_u16(), gone.header("location")), (302, "/auth/sign-in?notice=account-deleted"));
    assert!(see(&mut ann, gone.header("location")).await.body.contains("Your account is deleted."));
}

#[tokio::test]
async fn the_account_is_deleted_at_once_where_no_mail_is_asked_for() {
    let gate = Gate::with(|config| config.users.send_delete_account_verification = false).await;
    let mut ann = gate.user(ANN).await;
    assert_eq!(submit(&mut ann, "/auth/account/delete", "").await.status, 400, "the page wants the password");
    let answer = submit(&mut ann, "/auth/account/delete", "password=password123").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/auth/sign-in?notice=account-deleted"));
    assert!(ann.cookies.is_empty());
}

#[tokio::test]
async fn what_is_switched_off_is_not_offered() {
    let gate = Gate::with(|config| config.users.delete_user = false).await;
    let mut ann = gate.user(ANN).await;
    assert!(!see(&mut ann, "/auth/account").await.body.contains("Delete your account"));
    assert_eq!(submit(&mut ann, "/auth/account/delete", "password=password123").await.status, 404);
    assert!(ann.is_signed_in().await);
}

#[tokio::test]
async fn forms_of_other_sites_and_of_nobody_are_refused() {
    let gate = Gate::new().await;
    let mut ann = gate.user(ANN).await;
    for path in ["name", "password", "unlink", "delete"] {
        let path = format!("/auth/account/{path}");
        assert_eq!(submit(&mut gate.anon(), &path, "name=x").await.status, 401);
        let forged = ann.visit("POST", &path).form("name=x&password=password123").header("origin", "http://evil.test");
        assert_eq!(forged.send().await.status, 403, "{path}");
    }
    assert_eq!(gate.stored(ANN).await.name, "Ann");
}

#[tokio::test]
async fn sessions_tell_device_and_last_use() {
    let gate = Gate::new().await;
    let mut ann = gate.user(ANN).await;
    let mut phone = gate.anon().at("203.0.113.7");
    let body = serde_json::json!({ "email": ANN, "password": "password123" });
    let agent =
        "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36";
    phone.ask("POST", "/sign-in/email").json(&body).header("user-agent", agent).send().await;
    gate.wait(TimeDelta::days(2));
    phone.get("/get-session").await;
    let page = see(&mut ann, "/auth/account").await.body;
    for text in ["Chrome on Android", "203.0.113.7", "Last used now", "Last used 20 November 2026", "Since 18 November"]
    {
        assert!(page.contains(text), "{text}:\n{page}");
    }
}
