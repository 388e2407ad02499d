//! Connections by client address, so that no one client takes them all.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

/// Counts open connections by address. Loopback and unix peers, which are proxies and sidecars, are not counted.
pub(super) struct Crowd {
    most: usize,
    counts: Mutex<HashMap<IpAddr, usize>>,
}

/// One connection's place; leaving it makes room.
pub(super) struct Place(Option<(Arc<Crowd>, IpAddr)>);

impl Crowd {
    /// At most `most` for each address.
    pub(super) fn new(most: usize) -> Self {
        Self { most: most.max(1), counts: Mutex::default() }
    }

    /// A place, or `None` when the address has as many connections as it may have.
    pub(super) fn enter(self: &Arc<Self>, address: Option<IpAddr>) -> Option<Place> {
        let Some(address) = address.filter(|address| !address.is_loopback()).map(network) else {
            return Some(Place(None));
        };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_insert(0);
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Place(Some((self.clone(), address))))
    }
}

/// The address itself, or the /64 of an IPv6 one.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((crowd, address)) = &self.0 else { return };
        let mut counts = crowd.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_gets_its_share_and_its_place_back() {
        let crowd = Arc::new(Crowd::new(2));
        let of = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        let first = crowd.enter(of("2001:db8::1"));
        let second = crowd.enter(of("2001:db8::2"));
        assert!(first.is_some() && second.is_some());
        assert!(crowd.enter(of("2001:db8::3")).is_none(), "the same /64");
        assert!(crowd.enter(of("2001:db8:0:1::3")).is_some(), "another /64");
        drop(first);
        assert!(crowd.enter(of("2001:db8::3")).is_some());
        assert!(crowd.enter(of("127.0.0.1")).is_some() && crowd.enter(None).is_some());
    }
}
