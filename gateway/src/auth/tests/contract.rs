//! Answers as the original gives them.

use expect_test::expect;
use serde_json::json;

use super::{browser::PASSWORD, gate::Gate};

#[tokio::test]
async fn sign_up_signs_in() {
    let gate = Gate::new().await;
    let mut ann = gate.anon();
    let answer = ann.sign_up("Ann@Example.com").await;
    expect![[r#"
        200 {"token":"ID","user":{"name":"Ann","email":"ann@example.com","emailVerified":false,"image":null,"createdAt":"TIME","updatedAt":"TIME","role":"user","banned":false,"banReason":null,"banExpires":null,"id":"ID"}}
        better-auth.session_token=TOKEN.SIG; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"#]].assert_eq(&answer.masked());
    let session = ann.get("/get-session").await;
    expect![[r#"200 {"session":{"expiresAt":"TIME","token":"ID","createdAt":"TIME","updatedAt":"TIME","ipAddress":"","userAgent":"","userId":"ID","impersonatedBy":null,"id":"ID"},"user":{"name":"Ann","email":"ann@example.com","emailVerified":false,"image":null,"createdAt":"TIME","updatedAt":"TIME","role":"user","banned":false,"banReason":null,"banExpires":null,"id":"ID"}}"#]].assert_eq(&session.masked());
    let _ = (json!({}), PASSWORD);
}
