//! Texts mean what they say, exactly, or are refused with what to write.

use schemas::money::PicoUsd;

use super::{choice, count, days, dollars, duration_s, number, permille, share, span_s, truth};

#[test]
fn durations() {
    for (text, seconds) in [
        ("0s", 0),
        ("90s", 90),
        ("15m", 900),
        ("1h30m", 5400),
        ("7d", 604_800),
        ("1w1s", 604_801),
        ("100d12h", 8_683_200),
    ] {
        assert_eq!(duration_s(text), Ok(seconds), "{text}");
    }
    for text in [
        "",
        "5",
        "m",
        "1m1h",
        "1m1m",
        "-1m",
        "1.5h",
        "1 m",
        "5ms",
        "99999999999s",
        "1ä",
    ] {
        let wrong = duration_s(text).unwrap_err();
        assert!(wrong.starts_with("must be a duration"), "{text}: {wrong}");
    }
    assert!(duration_s("9999w").is_err());
    assert!(span_s("0s").is_err());
}

#[test]
fn amounts_are_exact() {
    assert_eq!(dollars("5"), Ok(PicoUsd(5_000_000_000_000)));
    assert_eq!(dollars("$0.1"), Ok(PicoUsd(100_000_000_000)));
    assert_eq!(dollars("0.000000000001"), Ok(PicoUsd(1)));
    assert_eq!(dollars("1000000000000000"), Ok(PicoUsd(10_i128.pow(27))));
    for text in [
        "", "-5", "1e3", "5 USD", "1,000", ".5", "5.", "$", "1.2.3", "٣",
    ] {
        assert!(dollars(text).is_err(), "{text}");
    }
    let finer = dollars("0.0000000000001").unwrap_err();
    assert!(finer.ends_with("more than 12 decimal places"), "{finer}");
    let larger = dollars("1000000000000001").unwrap_err();
    assert!(larger.contains("is beyond"), "{larger}");
}

#[test]
fn shares_are_percentages() {
    assert_eq!(share("20%"), Ok(200_000_000_000));
    assert_eq!(share("0.0000000001%"), Ok(1));
    assert_eq!(share("33.3 %"), Ok(333_000_000_000));
    assert_eq!(permille("33.3%"), Ok(333));
    assert_eq!(permille("120%"), Ok(1200));
    for text in ["20", "0.2", "%", "-1%", "20%%"] {
        assert!(share(text).is_err(), "{text}");
    }
    for text in ["0%", "0.05%", "1001%"] {
        assert!(permille(text).is_err(), "{text}");
    }
}

#[test]
fn numbers_days_and_words() {
    assert_eq!(number("2.5"), Ok(2_500_000_000_000));
    assert_eq!(days("30d"), Ok(30_000_000_000_000));
    assert_eq!(days("1w"), Ok(7_000_000_000_000));
    assert_eq!(days("30"), Ok(30_000_000_000_000));
    assert!(days("36h").is_err() && days("a month").is_err());
    assert_eq!(count("100"), Ok(100));
    assert!(count("2.5").is_err() && count("-1").is_err());
    assert_eq!((truth("true"), truth("false")), (Ok(true), Ok(false)));
    assert!(truth("yes").is_err());
    let choices = [("low", 1), ("medium", 2)];
    assert_eq!(choice("low", &choices), Ok(1));
    assert_eq!(
        choice("medum", &choices).unwrap_err(),
        "cannot be \"medum\"; did you mean `medium`?"
    );
    assert_eq!(
        choice("x", &choices).unwrap_err(),
        "cannot be \"x\"; known are low, medium"
    );
}
