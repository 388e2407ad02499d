//! Where frames begin.

use proptest::prelude::*;

use super::{Frames, SESSION_OVER};

fn frame(length: usize) -> Vec<u8> {
    let mut frame = vec![0x82];
    match length {
        0..=125 => frame.push(length as u8),
        126..=65_535 => {
            frame.push(126);
            frame.extend((length as u16).to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(std::iter::repeat_n(0x0d, length));
    frame
}

const HEAD: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n";

#[test]
fn the_last_word_is_a_whole_frame() {
    let mut frames = Frames::default();
    frames.feed(HEAD);
    frames.feed(SESSION_OVER);
    assert!(frames.are_between());
    assert_eq!(u16::from_be_bytes([SESSION_OVER[2], SESSION_OVER[3]]), 4401);
}

proptest! {
    #[test]
    fn frames_begin_where_others_end(lengths in prop::collection::vec(prop_oneof![0..300usize, 65_530..65_540usize], 0..5), cuts in prop::collection::vec(1..100usize, 1..50)) {
        let mut bytes = HEAD.to_vec();
        let mut ends = vec![bytes.len()];
        for length in lengths {
            bytes.extend(frame(length));
            ends.push(bytes.len());
        }
        let (mut frames, mut at, mut cuts) = (Frames::default(), 0, cuts.into_iter().cycle());
        while at < bytes.len() {
            let next = (at + cuts.next().unwrap_or(1)).min(bytes.len());
            frames.feed(&bytes[at..next]);
            at = next;
            prop_assert_eq!(frames.are_between(), ends.contains(&at), "at {}", at);
        }
    }
}
