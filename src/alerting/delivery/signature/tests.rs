//! Signatures against the published example, and secrets that are no keys.

use super::SigningKey;

/// The example that the libraries of Standard Webhooks test themselves with.
#[test]
fn the_published_example_is_signed_alike() {
    let key = SigningKey::of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    assert_eq!(
        key.sign(id, 1_614_265_330, "{\"test\": 2432232314}"),
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    );
}

#[test]
fn every_part_is_signed() {
    let key = SigningKey::of("a text of one's own").unwrap();
    let signed = key.sign("a", 1, "b");
    assert_ne!(signed, key.sign("x", 1, "b"));
    assert_ne!(signed, key.sign("a", 2, "b"));
    assert_ne!(signed, key.sign("a", 1, "c"));
    assert_ne!(
        signed,
        SigningKey::of("a text of one's 0wn")
            .unwrap()
            .sign("a", 1, "b")
    );
}

#[test]
fn a_secret_that_is_no_key_is_refused_and_not_quoted() {
    for secret in ["", "short", "whsec_!!!!not base64!!!!", "whsec_c2hvcnQ="] {
        let wrong = SigningKey::of(secret).unwrap_err();
        assert!(wrong.contains("must"), "{wrong}");
        assert!(secret.is_empty() || !wrong.contains(secret), "{wrong}");
    }
    let key = SigningKey::of("a text of one's own").unwrap();
    assert_eq!(format!("{key:?}"), "SigningKey");
}
