//! Tells users by mail when somebody signs in to their account in a way that none of their sessions began: with another
//! browser or system, or from another network. Never the reason why a sign-in fails.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{device, mailing, visitor::Visitor};
use crate::{app::App, mail::Kind, store::User};

#[cfg(test)]
mod tests;

/// Where a session began, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    device: String,
    network: Option<IpAddr>,
}

impl Place {
    fn of(user_agent: &str, address: &str) -> Self {
        Self { device: device::name(user_agent), network: network(address) }
    }
}

/// Whether there are sessions of the user and none began like this. To be asked before the new session is made.
pub(super) async fn is_new(app: &App, user: &User, visitor: &Visitor) -> bool {
    if !app.config.mail.new_device {
        return false;
    }
    let earlier = match app.store.session_origins(&user.id).await {
        Ok(earlier) => earlier,
        Err(error) => {
            tracing::warn!(%error, "the earlier sessions of a user could not be read");
            return false;
        }
    };
    let here = Place::of(&visitor.user_agent, &visitor.address);
    let known = |(address, agent): &(Option<String>, Option<String>)| {
        Place::of(agent.as_deref().unwrap_or_default(), address.as_deref().unwrap_or_default()) == here
    };
    !earlier.is_empty() && !earlier.iter().any(known)
}

/// Posts the notice.
pub(super) async fn tell(app: &App, user: &User, visitor: &Visitor) {
    let notice = Kind::NewDevice {
        device: device::name(&visitor.user_agent),
        address: visitor.address.clone(),
        at: app.clock.now(),
    };
    mailing::notify(app, user, visitor, notice).await;
}

/// What stays the same while a provider hands out addresses: the first 16 bits of IPv4, the first 32 of IPv6.
fn network(address: &str) -> Option<IpAddr> {
    Some(match address.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            Ipv4Addr::new(a, b, 0, 0).into()
        }
        IpAddr::V6(address) => {
            let [a, b, ..] = address.segments();
            Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0).into()
        }
    })
}
