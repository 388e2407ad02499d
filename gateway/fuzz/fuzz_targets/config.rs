//! Reading a configuration file: never a panic, and what can be served can be compiled or says why not.
#![no_main]

use gateway::{
    config::load::load_text,
    proxy::{headers::HeaderPlan, route::Routes},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match load_text("gateway.toml", text) {
        Ok(loaded) => {
            let routes = Routes::compile(&loaded.config).map(|routes| routes.all().len());
            assert!(routes.map_or_else(|problems| !problems.is_empty(), |count| count == loaded.config.routes.len()));
            assert!(HeaderPlan::compile(&loaded.config.identity_headers).map_or_else(|problems| !problems.is_empty(), |_| true));
        }
        Err(problems) => assert!(problems.iter().all(|problem| !problem.message.is_empty())),
    }
});
