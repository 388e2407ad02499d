//! Stories told by personas against the real executable, real databases and real proxies.

mod harness;
