//! Free ports for programs that can't pick one themselves.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the range from which Linux picks ports for connections: what is free here stays free until it is taken.
const FIRST: u16 = 15_000;
const COUNT: u16 = 15_000;

/// A port that nobody listens on, and that this process doesn't give out again. Only for programs that can't be told
/// port 0.
pub fn free() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = u16::try_from(std::process::id() % 300).expect("it is below 300") * 50;
    let candidates = (0..COUNT).map(|_| FIRST + own.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT);
    let mut free = candidates.filter(|port| TcpListener::bind((Ipv4Addr::UNSPECIFIED, *port)).is_ok());
    free.next().expect("one of fifteen thousand ports is free")
}
