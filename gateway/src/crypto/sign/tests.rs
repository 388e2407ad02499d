use proptest::prelude::*;

use super::{Signature, Signer};

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdefXYZ!";

/// Values signed by the original server.
const SAMPLES: [(&str, &str); 2] = [
    ("true", "BFyhMoAFQICgH++8ONDt5pnF0t4lX8vI8t0WqggnFC8="),
    ("t8O2DXJC7OtBTEtpsvutRdLWIU6Zog33", "c6nPF9TeIAFpIWZGcI2DViZKVd9lMOuf73dY0mWLPhc="),
];

#[test]
fn signs_as_the_original_does() {
    let signer = Signer::new(SECRET);
    for (value, signature) in SAMPLES {
        assert_eq!(signer.signature(value).as_str(), signature);
        assert_eq!(signer.signed(value), format!("{value}.{signature}"));
        assert!(signer.verify(value, signature));
        assert!(!signer.verify("other", signature));
        assert!(!Signer::new(b"another").verify(value, signature));
    }
}

#[test]
fn what_is_no_signature_is_not_parsed() {
    let good = SAMPLES[0].1;
    assert!(Signature::parse(good).is_some());
    for bad in ["", "=", &good[1..], &good[..43], &format!("{good}="), &good.replace('+', "-"), &good.replace('=', "A")]
    {
        assert!(Signature::parse(bad).is_none(), "{bad}");
        assert!(!Signer::new(SECRET).verify("true", bad), "{bad}");
    }
    // The same 32 bytes, but with stray bits behind the last one.
    assert!(!Signer::new(SECRET).verify("true", &good.replace("8=", "9=")));
}

#[test]
fn older_keys_are_accepted_and_new_signatures_are_of_the_newest() {
    let signer = Signer::new(b"newest").accepting([SECRET, b"oldest".as_slice()]);
    for (value, old) in SAMPLES {
        let signatures = signer.signatures(value);
        let parsed = Signature::parse(old).unwrap();
        assert!(signer.verify(value, old) && signatures.accept(&parsed));
        assert!(!signatures.is_newest(&parsed));
        assert!(signatures.is_newest(&signer.signature(value)));
        assert_eq!(signer.signature(value), Signer::new(b"newest").signature(value));
        let foreign = Signer::new(b"foreign").signature(value);
        assert!(!signer.accepts(value, &foreign) && !signatures.accept(&foreign));
    }
}

proptest! {
    #[test]
    fn what_was_signed_verifies_and_nothing_else(key in proptest::collection::vec(any::<u8>(), 0..100), value in ".*", other in ".*", at in 0..44_usize) {
        let signer = Signer::new(&key);
        let signature = signer.signature(&value);
        prop_assert!(signer.verify(&value, signature.as_str()));
        prop_assert_eq!(signer.verify(&other, signature.as_str()), other == value);
        let mut tampered = signature.as_str().to_owned().into_bytes();
        tampered[at] = if tampered[at] == b'A' { b'B' } else { b'A' };
        prop_assert!(!signer.verify(&value, str::from_utf8(&tampered).unwrap()));
    }
}
