//! What becomes of an answer; the stories in `tests/it` look at the requests.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;
use crate::mail::{Kind, Language, Mail, Recipient};

async fn sent(status: u16, body: &'static str) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = MailConfig {
        resend_url: format!("http://{}", listener.local_addr().unwrap()),
        resend_api_key: Secret::new("re_key"),
        ..MailConfig::default()
    };
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 64 << 10];
        assert!(stream.read(&mut request).await.unwrap() > 0);
        let head = format!("HTTP/1.1 {status} X\r\nlocation: http://127.0.0.1:9/\r\nconnection: close\r\n");
        let answer = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.shutdown().await.ok();
        // Until the client has read it.
        while stream.read(&mut request).await.is_ok_and(|read| read > 0) {}
    });
    let to = Recipient { name: "Ada".into(), email: "ada@example.com".into() };
    let mail = Mail { to, language: Language::English, kind: Kind::Test };
    let outgoing = Outgoing {
        id: "id1".into(),
        to: "ada@example.com".into(),
        posted_at: chrono::DateTime::UNIX_EPOCH,
        letter: mail.letter("Acme"),
    };
    let outcome = Resend::new(&config).unwrap().send(&outgoing).await;
    served.await.unwrap();
    outcome
}

#[tokio::test]
async fn answers_are_told_apart() {
    use Failure::{Later, Refused, Unreachable};
    let invalid = r#"{"statusCode":422,"name":"validation_error","message":"Invalid `to`: ada@example.com"}"#;
    let table = [
        (200, "{\"id\":\"x\"}", Ok(())),
        (422, invalid, Err(Refused("422 validation_error Invalid `to`: the recipient".into()))),
        (400, "", Err(Refused("400".into()))),
        (403, r#"{"name":"validation_error"}"#, Err(Refused("403 validation_error".into()))),
        (403, r#"{"name":"invalid_api_key"}"#, Err(Unreachable("403 invalid_api_key".into()))),
        (401, r#"{"name":"missing_api_key"}"#, Err(Unreachable("401 missing_api_key".into()))),
        (409, r#"{"name":"concurrent_idempotent_requests"}"#, Err(Later("409 concurrent_idempotent_requests".into()))),
        (409, r#"{"name":"invalid_idempotent_request"}"#, Err(Refused("409 invalid_idempotent_request".into()))),
        (429, r#"{"message":"Too many requests"}"#, Err(Later("429 Too many requests".into()))),
        (302, "", Err(Unreachable("302".into()))),
        (500, "<html>", Err(Unreachable("500".into()))),
    ];
    for (status, body, expected) in table {
        assert_eq!(sent(status, body).await, expected, "{status} {body}");
    }
}

#[tokio::test]
async fn nobody_there_is_said() {
    let config = MailConfig { resend_url: "http://127.0.0.1:9".into(), ..MailConfig::default() };
    let resend = Resend::new(&config).unwrap();
    let error = resend.client.get("http://127.0.0.1:9").send().await.unwrap_err();
    assert!(causes(&error).contains("refused"), "{}", causes(&error));
}
