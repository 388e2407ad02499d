//! The API and the pages through the router, over a real SQLite file, with a clock that only moves when told to.

mod browser;
mod contract;
mod gate;
