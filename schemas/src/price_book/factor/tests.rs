//! Fractions: read exactly, multiplied exactly, refused where they cannot be kept.

use crate::price_book::exact_number::NumberError;
use crate::price_book::factor::Factor;

fn factor(text: &str) -> Factor {
    Factor::parse(text).unwrap()
}

#[test]
fn decimals_are_read_exactly() {
    assert_eq!(factor("0.125"), Factor::new(1, 8).unwrap());
    assert_eq!(factor("1e3"), Factor::whole(1_000));
    assert_eq!(factor("0.000"), Factor::whole(0));
    assert_eq!(Factor::parse("-1"), Err(NumberError::Syntax));
    assert_eq!(Factor::parse("1,5"), Err(NumberError::Syntax));
    assert_eq!(Factor::parse("1e39"), Err(NumberError::OutOfRange));
}

#[test]
fn products_and_quotients_are_exact() {
    assert_eq!(factor("0.1").times(factor("0.2")), Factor::new(1, 50));
    assert_eq!(factor("1").over(factor("3")), Factor::new(1, 3));
    assert_eq!(factor("1").over(factor("0")), None);
    assert_eq!(factor("0.85").rest(), Some(factor("0.15")));
    assert_eq!(factor("1.01").rest(), None);
    // What cancels out does not overflow; what does not is refused.
    let huge = Factor::whole(u128::MAX);
    assert_eq!(huge.over(huge), Some(Factor::ONE));
    assert_eq!(huge.times(Factor::whole(2)), None);
}
