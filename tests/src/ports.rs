//! Free ports for programs that can't pick one themselves.

use std::net::{Ipv4Addr, TcpListener};

/// A port that was free a moment ago. Only for programs that can't be told port 0.
pub fn free() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port is free");
    listener.local_addr().expect("a bound socket has an address").port()
}
