use std::{sync::mpsc, time::Duration};

use super::{BadLength, Busy, Check, Load, Passwords, check_length, gate::Gate, is_common, length_in_utf16, popular};
use crate::config::{PasswordConfig, Secret, Size};

/// Stored by the original server for `password123`.
const SCRYPT: &str = "bff74fbe749b0b830760c24f0fbb466b:33ec723bec48c8c1ebc1a90c97145a2d393d220cdfc8fb15a37f02afe7e892288ba0b400f4407a8c180bd492ececd8dc31cb7b0c911131857ec4f74a18f650d9";
/// `password123` by the Node packages `bcrypt` 6, `bcryptjs` 3 and `@node-rs/argon2` 2, for servers told to use them.
const BCRYPT: &str = "$2b$04$y8ZrvJtmenaarr9fqc1YJ.hSEX.jdKnwV.bsrQaj3Iq1sDofcNkW2";
const BCRYPT_JS: &str = "$2b$04$dtqy3PzO5rYfYXYCOudH7OjxfX46OPFlbL6yWv/D6Z90vohq/z59C";
const ARGON2_JS: &str =
    "$argon2id$v=19$m=64,t=1,p=1$JUsI5OV8CpXjKoB9eTk0ZQ$jTiC5Xud2dUKtATc+ixNeFUW/vka/sdZoaLaq++23XQ";

fn passwords(change: impl FnOnce(&mut PasswordConfig)) -> Passwords {
    let mut config =
        PasswordConfig { memory: Size::kib(64), iterations: 1, workers: 2, queue: 8, ..PasswordConfig::default() };
    change(&mut config);
    Passwords::new(&config)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn verify(passwords: &Passwords, stored: &str, password: &str) -> Check {
    block_on(passwords.verify(Some(Secret::new(stored)), Secret::new(password))).unwrap()
}

fn hash(passwords: &Passwords, password: &str) -> String {
    block_on(passwords.hash(Secret::new(password))).unwrap()
}

#[test]
fn the_originals_hashes_are_right_and_old() {
    let passwords = passwords(|c| c.memory = Size::kib(128));
    for stored in [SCRYPT, BCRYPT, BCRYPT_JS, ARGON2_JS] {
        assert_eq!(verify(&passwords, stored, "password123"), Check::Right { outdated: true }, "{stored}");
        assert_eq!(verify(&passwords, stored, "password124"), Check::Wrong, "{stored}");
        assert_eq!(verify(&passwords, stored, ""), Check::Wrong, "{stored}");
    }
}

#[test]
fn while_the_original_may_come_back_hashes_are_its_own_and_none_is_old() {
    let old = passwords(|c| c.rehash = false);
    let hash = hash(&old, "password123");
    assert_eq!(hash.len(), 161);
    assert_eq!(hash.find(':'), Some(32));
    let argon2 = self::hash(&passwords(|_| {}), "password123");
    for stored in [&hash, SCRYPT, BCRYPT, &argon2] {
        assert_eq!(verify(&old, stored, "password123"), Check::Right { outdated: false }, "{stored}");
    }
}

#[test]
fn new_hashes_are_argon2id_of_the_configured_cost() {
    let small = passwords(|_| {});
    let stored = hash(&small, "correct horse");
    assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");
    assert_ne!(stored, hash(&small, "correct horse"), "each hash has its own salt");
    assert_eq!(verify(&small, &stored, "correct horse"), Check::Right { outdated: false });
    assert_eq!(verify(&small, &stored, "correct horsf"), Check::Wrong);
    let larger = passwords(|c| c.iterations = 2);
    assert_eq!(verify(&larger, &stored, "correct horse"), Check::Right { outdated: true });
}

#[test]
fn the_same_text_typed_differently_is_the_same_password() {
    for rehash in [true, false] {
        let passwords = passwords(|c| c.rehash = rehash);
        let stored = hash(&passwords, "Ange\u{301}lique ﬁ");
        assert_eq!(verify(&passwords, &stored, "Ang\u{e9}lique fi"), Check::Right { outdated: false });
        assert_eq!(verify(&passwords, &stored, "Angelique fi"), Check::Wrong);
    }
}

#[test]
fn a_hash_of_the_text_as_typed_is_accepted_and_old() {
    // argon2id by another program, of a password with a decomposed accent.
    let typed = "cafe\u{301}-cafe\u{301}";
    let stored = super::argon2id::hash(
        typed,
        super::Cost::new(&PasswordConfig { memory: Size::kib(64), iterations: 1, ..PasswordConfig::default() }),
    );
    let passwords = passwords(|_| {});
    assert_eq!(verify(&passwords, &stored, typed), Check::Right { outdated: true });
    assert_eq!(verify(&passwords, &stored, "caf\u{e9}-caf\u{e9}"), Check::Wrong);
}

#[test]
fn bcrypt_counts_the_first_72_bytes_as_typed() {
    let passwords = passwords(|_| {});
    let long = "0123456789abcdef".repeat(5);
    let stored = bcrypt::hash(&long[..72], 4).unwrap();
    for (same, version) in [(&long[..], "$2b$"), (&long[..72], "$2a$"), (&long[..75], "$2y$")] {
        let stored = stored.replace("$2b$", version);
        assert_eq!(verify(&passwords, &stored, same), Check::Right { outdated: true }, "{version}");
    }
    assert_eq!(verify(&passwords, &stored, &long[..71]), Check::Wrong);
    assert_eq!(verify(&passwords, &stored.replace("$2b$", "$2x$"), &long), Check::Wrong, "a kind Node doesn't know");
}

#[test]
fn what_cannot_be_read_is_wrong() {
    let passwords = passwords(|_| {});
    let good = hash(&passwords, "x");
    let salt_and_hash = good.splitn(5, '$').nth(4).unwrap();
    let unreadable = [
        "",
        ":",
        "$",
        "$$",
        "$2",
        "$2b$",
        "$2b$99$",
        "$argon2",
        "$argon2id",
        "$argon2id$v=19$m=64,t=1,p=1",
        "salt:",
        ":00",
        "plain text",
        &SCRYPT[..160],
        &format!("{SCRYPT}0"),
        &format!("{SCRYPT}:"),
        &BCRYPT[..59],
        &good[..good.len() - 1],
        &format!("{good}$"),
        &good.replace("argon2id", "argon2x"),
        &good.replace("v=19", "v=20"),
        &good.replace("t=1", "t=0"),
        &good.replace("p=1", "p=9"),
        &good.replace("t=1", "t=-1"),
        &good.replace("t=1", "m=64"),
        &good.replace(",p=1", ""),
        "$argon2id$v=19$m=64,t=1,p=1$é$é",
        "é:é",
    ];
    for stored in unreadable {
        assert_eq!(verify(&passwords, stored, "x"), Check::Wrong, "{stored}");
    }
    // Four GiB, hours of passes, hours of rounds: refused before any work.
    for costly in
        ["m=4194304,t=1,p=1", "m=65536,t=100000,p=1", "m=4294967295,t=4294967295,p=1", "m=64,t=4294967295,p=1"]
    {
        assert_eq!(
            verify(&passwords, &format!("$argon2id$v=19${costly}${salt_and_hash}"), "x"),
            Check::Wrong,
            "{costly}"
        );
    }
    assert_eq!(verify(&passwords, &BCRYPT.replace("$04$", "$31$"), "password123"), Check::Wrong);
}

#[test]
fn without_a_hash_the_answer_is_wrong() {
    for rehash in [true, false] {
        let check = block_on(passwords(|c| c.rehash = rehash).verify(None, Secret::new("password123")));
        assert_eq!(check, Ok(Check::Wrong));
    }
}

#[test]
fn odd_costs_are_moved_to_what_the_algorithm_allows() {
    let odd = passwords(|c| (c.memory, c.iterations, c.parallelism) = (Size(0), 0, 0));
    assert_eq!(verify(&odd, &hash(&odd, "x"), "x"), Check::Right { outdated: false });
}

#[test]
fn length_is_javascripts() {
    assert_eq!(length_in_utf16("äöü"), 3);
    assert_eq!(length_in_utf16("🔑🔑🔑🔑"), 8);
    assert_eq!(check_length("🔑🔑🔑🔑", 8, 128), Ok(()));
    assert_eq!(check_length("1234567", 8, 128), Err(BadLength::TooShort));
    assert_eq!(check_length(&"x".repeat(129), 8, 128), Err(BadLength::TooLong));
    assert_eq!(check_length("x", 0, 128), Ok(()));
}

#[test]
fn the_list_is_sorted_lower_case_ascii_of_eight_and_more() {
    let list: Vec<&str> = popular::all().collect();
    assert!(list.len() > 1000);
    assert!(list.is_sorted_by(|a, b| a < b));
    for word in list {
        assert!(word.len() >= 8 && word.is_ascii() && word.to_lowercase() == word, "{word}");
        assert!(is_common(word), "{word}");
    }
}

#[test]
fn the_top_ones_are_refused_and_the_samples_are_not() {
    for common in ["12345678", "password", "Password1", "qwertyuiop", "ILOVEYOU", "11111111", "zzzzzzzzzz", "!qaz2wsx"]
    {
        assert!(is_common(common), "{common}");
    }
    for sample in [
        "password123",
        "password1234",
        "Password123!",
        "correct horse battery staple",
        "test123456",
        "",
        "\n",
        "0",
        "zzzzzzzzzzz",
        "12345678\n",
    ] {
        assert!(!is_common(sample), "{sample}");
    }
}

/// Work that stands still until told to go on.
fn held() -> (mpsc::Sender<()>, impl FnOnce() + Send) {
    let (go, stop) = mpsc::channel();
    (go, move || _ = stop.recv())
}

async fn until(what: impl Fn() -> bool) {
    for _ in 0..1000 {
        if what() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("it never came to be");
}

#[test]
fn who_finds_no_place_is_told_so_at_once() {
    block_on(async {
        let gate = Gate::new(1, 2);
        let (go, work) = held();
        let first = gate.run(work);
        let (second, third) = (gate.run(|| 2), gate.run(|| 3));
        let scene = async {
            until(|| gate.load() == Load { running: 1, waiting: 2 }).await;
            let Busy { retry_after } = gate.run(|| 4).await.unwrap_err();
            assert!(retry_after >= Duration::from_secs(1) && retry_after <= Duration::from_secs(30));
            go.send(()).unwrap();
        };
        let (first, second, third, ()) = tokio::join!(first, second, third, scene);
        assert_eq!((first, second, third), (Ok(()), Ok(2), Ok(3)));
        assert_eq!(gate.load(), Load { running: 0, waiting: 0 });
        assert_eq!(gate.run(|| 5).await, Ok(5));
    });
}

#[test]
fn who_goes_away_while_waiting_gives_the_place_back() {
    block_on(async {
        let gate = std::sync::Arc::new(Gate::new(1, 1));
        let run = |work| {
            tokio::spawn({
                let gate = gate.clone();
                async move { gate.run(work).await }
            })
        };
        let (go, work) = held();
        let first = run(Box::new(work) as Box<dyn FnOnce() + Send>);
        until(|| gate.load() == Load { running: 1, waiting: 0 }).await;
        for _ in 0..3 {
            let waiting = run(Box::new(|| ()));
            until(|| gate.load() == Load { running: 1, waiting: 1 }).await;
            assert!(gate.run(|| ()).await.is_err());
            waiting.abort();
            assert!(waiting.await.is_err());
            assert_eq!(gate.load(), Load { running: 1, waiting: 0 });
        }
        go.send(()).unwrap();
        assert_eq!(first.await.unwrap(), Ok(()));
    });
}

#[test]
fn a_running_hash_keeps_its_permit_when_its_caller_is_gone() {
    block_on(async {
        let gate = std::sync::Arc::new(Gate::new(1, 0));
        let (go, work) = held();
        let caller = tokio::spawn({
            let gate = gate.clone();
            async move { gate.run(work).await }
        });
        until(|| gate.load().running == 1).await;
        caller.abort();
        assert!(caller.await.is_err());
        assert_eq!(gate.load(), Load { running: 1, waiting: 0 });
        assert!(gate.run(|| ()).await.is_err());
        go.send(()).unwrap();
        until(|| gate.load().running == 0).await;
        assert_eq!(gate.run(|| 1).await, Ok(1));
    });
}

#[cfg(target_os = "linux")]
#[test]
fn hashes_give_way_to_requests() {
    let niceness = || rustix::process::getpriority_process(None).unwrap();
    let before = niceness();
    let gate = Gate::new(1, 1);
    let during = block_on(gate.run(niceness)).unwrap();
    assert!(during > before, "{during} is not nicer than {before}");
    assert_eq!(niceness(), before, "everybody else goes on as before");
}

#[test]
fn work_that_panics_frees_its_place() {
    block_on(async {
        let gate = Gate::new(1, 0);
        assert!(gate.run(|| panic!("on purpose")).await.is_err());
        until(|| gate.load().running == 0).await;
        assert_eq!(gate.run(|| 1).await, Ok(1));
    });
}
