//! Heads as bytes.

use proptest::prelude::*;

use crate::proxy::head_scan::{Fault, HeadScan};

const MOST: usize = 200;

/// Feeds a head in pieces of every size; the outcome must not depend on where it is cut.
fn scan(head: &[u8]) -> Result<bool, Fault> {
    let outcome = |size: usize| {
        let mut scan = HeadScan::default();
        for piece in head.chunks(size) {
            if scan.feed(piece, MOST)? {
                return Ok(true);
            }
        }
        Ok(false)
    };
    let whole = outcome(head.len());
    for size in 1..head.len() {
        assert_eq!(outcome(size), whole, "in pieces of {size}");
    }
    whole
}

#[test]
fn heads_are_taken_or_refused() {
    let cases: &[(&str, Result<bool, Fault>)] = &[
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", Ok(true)),
        ("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Ok(true)),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\nbody\nwith\rbare ends", Ok(true)),
        ("GET / HTTP/1.1\r\nHost: a\r\n", Ok(false)),
        ("GET / HTTP/1.1\nHost: a\n\n", Err(Fault::BareLineEnd)),
        ("GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", Err(Fault::BareLineEnd)),
        ("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", Err(Fault::BareLineEnd)),
        ("GET / HTTP/1.1\r\n\r\r\n", Err(Fault::BareLineEnd)),
        ("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", Err(Fault::Fragment)),
        ("GET /a HTTP/1.1\r\nX: a#b\r\n\r\n", Ok(true)),
        ("POST / HTTP/1.1\r\ncontent-LENGTH: 3\r\nTransfer-Encoding: chunked\r\n\r\n", Err(Fault::LengthAndEncoding)),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nX: y\r\nContent-Length: 3\r\n\r\n",
            Err(Fault::LengthAndEncoding),
        ),
        ("POST / HTTP/1.1\r\nX-Content-Length: 3\r\nTransfer-Encodings: chunked\r\n\r\n", Ok(true)),
        ("POST / HTTP/1.1\r\nContent-Length: 3\r\nX: transfer-encoding: chunked\r\n\r\n", Ok(true)),
    ];
    for (head, expected) in cases {
        assert_eq!(scan(head.as_bytes()), *expected, "{head:?}");
    }
}

#[test]
fn a_head_is_too_large_by_one_byte() {
    let of = |size: usize| {
        let frame = "GET / HTTP/1.1\r\nX: \r\n\r\n".len();
        format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(size - frame))
    };
    assert_eq!(scan(of(MOST).as_bytes()), Ok(true));
    assert_eq!(scan(of(MOST + 1).as_bytes()), Err(Fault::TooLarge));
}

#[test]
fn answers_are_whole() {
    for fault in [Fault::BareLineEnd, Fault::Fragment, Fault::LengthAndEncoding, Fault::TooLarge, Fault::TooSlow] {
        let text = std::str::from_utf8(fault.answer()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{text}");
        assert!(serde_json::from_str::<serde_json::Value>(body).is_ok(), "{body}");
    }
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_give_one_outcome(head in proptest::collection::vec(prop::sample::select(b"ab:\r\n \x00".to_vec()), 1..60)) {
        let _ = scan(&head);
    }
}
