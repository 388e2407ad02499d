//! Reading a request target: never a panic, and what passes is canonical, free of everything ambiguous, and has a
//! bounded number of other readings.
#![no_main]

use gateway::proxy::{host::normal_host, path::Target};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &str| {
    if let Ok(host) = normal_host(raw) {
        assert_eq!(normal_host(&host).as_deref(), Ok(&*host));
    }
    let Ok(target) = Target::parse(raw) else { return };
    let path = target.path();
    assert!(path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic()));
    for ambiguous in ["//", "\\", "#", "?", "%2F", "%5C", "%00", "%0A", "%7F"] {
        assert!(!path.contains(ambiguous), "{path:?} contains {ambiguous:?}");
    }
    assert!(path.split('/').all(|segment| segment != "." && segment != ".."), "{path:?}");
    assert_eq!(target.query(), raw.split_once('?').map(|(_, query)| query));
    let once = target.path_and_query();
    let again = Target::parse(&once).expect("what is canonical passes");
    assert!(again.is_canonical_as_sent() && again.path() == path && again.quirks() == target.quirks());
    let readings: Vec<_> = target.readings().collect();
    assert!(readings.len() < 32 && readings.iter().all(|reading| reading.path.starts_with('/')));
});
