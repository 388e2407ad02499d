//! An upstream that records every byte it was sent and answers by script. It speaks HTTP/1.1 by hand, so that
//! nothing is repaired on the way in and anything can be sent on the way out.

mod message;
mod reply;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub use message::Seen;
pub use reply::{Reply, Step};

/// A running upstream.
pub struct Upstream {
    address: String,
    state: Arc<State>,
    accepting: JoinHandle<()>,
}

/// What answers where there is no script.
type Answering = Box<dyn Fn(&Seen) -> Reply + Send + Sync>;

struct State {
    scripts: Mutex<HashMap<String, Reply>>,
    seen: Mutex<Vec<Seen>>,
    otherwise: Answering,
}

impl Upstream {
    /// Starts on a port of its own. Without a script it answers every request with what it has seen, as JSON.
    pub async fn start() -> Self {
        Self::answering(Reply::echo).await
    }

    /// The same, but what has no script is answered by this function.
    pub async fn answering(otherwise: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port is free");
        let address = listener.local_addr().expect("a bound socket has an address").to_string();
        let (scripts, seen) = (Mutex::default(), Mutex::default());
        let state = Arc::new(State { scripts, seen, otherwise: Box::new(otherwise) });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&state)));
        Self { address, state, accepting }
    }

    /// `host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Answers this path by this script from now on.
    pub fn on(&self, path: &str, reply: Reply) -> &Self {
        self.state.scripts.lock().expect("nobody panics with it").insert(path.into(), reply);
        self
    }

    /// Forgets the script of this path.
    pub fn forget(&self, path: &str) {
        self.state.scripts.lock().expect("nobody panics with it").remove(path);
    }

    /// Every request so far, in the order in which they were complete.
    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().expect("nobody panics with it").clone()
    }

    /// The last request; panics when there was none.
    #[track_caller]
    pub fn last(&self) -> Seen {
        self.seen().pop().expect("the upstream has seen a request")
    }

    /// How many requests have come so far.
    pub fn count(&self) -> usize {
        self.seen().len()
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut connection = 0;
    while let Ok((stream, _)) = listener.accept().await {
        connection += 1;
        tokio::spawn(serve(stream, connection, Arc::clone(&state)));
    }
}

/// Serves one connection until either side closes it.
async fn serve(stream: TcpStream, connection: usize, state: Arc<State>) {
    stream.set_nodelay(true).ok();
    let mut stream = BufStream::new(stream);
    while let Ok(Some(mut seen)) = message::read_head(&mut stream, connection).await {
        let script = state.scripts.lock().expect("nobody panics with it").get(seen.path()).cloned();
        if seen.header("expect").is_some() && stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.is_err() {
            return;
        }
        let whole = stream.flush().await.is_ok() && message::read_body(&mut stream, &mut seen).await.is_ok();
        seen.whole = whole;
        state.seen.lock().expect("nobody panics with it").push(seen.clone());
        if !whole {
            return;
        }
        let reply = script.unwrap_or_else(|| (state.otherwise)(&seen));
        match reply::play(reply, stream, &seen).await {
            Some(open) => stream = open,
            None => return,
        }
    }
}
