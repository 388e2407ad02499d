//! What lasts ends with the session that opened it, at every gateway.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use gateway_tests::client::Person;
use gateway_tests::db::Database;
use gateway_tests::gateway::Gateway;
use gateway_tests::upstream::{Reply, Upstream};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

on_both!(a_websocket_is_closed_when_its_session_ends, a_change_of_roles_ends_what_it_forbids,);

/// Until when something has to have ended; it takes milliseconds unless the machine is busy.
const PATIENCE: Duration = Duration::from_secs(30);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn start(database: &Database, upstream: &Upstream) -> Gateway {
    let config = format!(
        "[upstreams.app]\nservers = [\"{}\"]\n[[routes]]\npath = \"/staff/*\"\nupstream = \"app\"\nroles = [\"user\"]\n\
         [[routes]]\npath = \"/*\"\nupstream = \"app\"",
        upstream.address()
    );
    Gateway::on(database).config(&config).start().await
}

async fn socket(gateway: &Gateway, person: &Person, path: &str) -> Socket {
    let mut request = format!("ws://{}{path}", gateway.address()).into_client_request().unwrap();
    request.headers_mut().insert("origin", gateway.origin().parse().unwrap());
    request.headers_mut().insert("cookie", person.session_cookie().parse().unwrap());
    let (mut socket, _) = connect_async(request).await.unwrap();
    echo(&mut socket, "hello").await;
    socket
}

async fn echo(socket: &mut Socket, text: &str) {
    socket.send(Message::text(text)).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text(text));
}

/// The code with which the socket is closed.
async fn closed(socket: &mut Socket) -> u16 {
    let message = tokio::time::timeout(PATIENCE, socket.next()).await.expect("it is closed in time");
    match message {
        Some(Ok(Message::Close(Some(frame)))) => frame.code.into(),
        other => panic!("the session has ended, and the socket says {other:?}"),
    }
}

/// Where there may be two, another gateway on the same database.
async fn second(database: &Database, upstream: &Upstream) -> Option<Gateway> {
    if database.is_sqlite() { None } else { Some(start(database, upstream).await) }
}

async fn a_websocket_is_closed_when_its_session_ends(database: Database) {
    let upstream = Upstream::start().await;
    upstream.on("/socket", Reply::websocket());
    let gateway = start(&database, &upstream).await;
    let other = second(&database, &upstream).await;
    let (ada, bob) = (gateway.user("ada").await, gateway.user("bob").await);
    let mut bobs = socket(&gateway, &bob, "/socket").await;
    let mut adas = vec![socket(&gateway, &ada, "/socket").await];
    if let Some(other) = &other {
        adas.push(socket(other, &ada, "/socket").await);
    }
    ada.post("/api/auth/sign-out", json!({})).await.expect(200);
    for socket in &mut adas {
        assert_eq!(closed(socket).await, 4401);
    }
    echo(&mut bobs, "still here").await;

    let eve = gateway.user("eve").await;
    let mut eves = socket(other.as_ref().unwrap_or(&gateway), &eve, "/socket").await;
    database.execute(r#"delete from "user" where email = 'eve@example.com'"#).await;
    assert_eq!(closed(&mut eves).await, 4401);
    let soon = gateway_tests::moment(1);
    let expiry = format!(r#"update "session" set "expiresAt" = '{soon}' where token = '{}'"#, bob.token());
    database.execute(&expiry).await;
    assert_eq!(closed(&mut bobs).await, 4401);
}

async fn a_change_of_roles_ends_what_it_forbids(database: Database) {
    let upstream = Upstream::start().await;
    upstream.on("/socket", Reply::websocket());
    upstream.on("/staff/socket", Reply::websocket());
    let gateway = start(&database, &upstream).await;
    let ada = gateway.user("ada").await;
    let mut staff = socket(&gateway, &ada, "/staff/socket").await;
    let mut plain = socket(&gateway, &ada, "/socket").await;
    database.execute(r#"update "user" set role = 'guest', name = 'A' where email = 'ada@example.com'"#).await;
    assert_eq!(closed(&mut staff).await, 4401);
    echo(&mut plain, "still here").await;
    database.execute(r#"update "user" set banned = true"#).await;
    assert_eq!(closed(&mut plain).await, 4401);
}
