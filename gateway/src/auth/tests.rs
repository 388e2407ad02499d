//! The API and the pages through the router, over a real SQLite file, with a clock that only moves when told to.

mod bearer;
mod browser;
mod gate;
mod limits;
mod origin;
mod pages;
mod session_copy;
mod sessions;
mod sign_in;
mod sign_up;
mod transport;
