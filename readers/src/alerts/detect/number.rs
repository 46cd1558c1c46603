//! Narrow numbers for wide tables of states: what a statistic needs, no more.
#![expect(
    clippy::float_arithmetic,
    reason = "statistics; what is reported as money is exact elsewhere"
)]

const FIXED_ONE: f64 = 1024.0;
/// Steps of an octave of [`to_octave`].
const OCTAVE_STEPS: f64 = 8.0;
/// The code of 1.0.
const OCTAVE_ONE: f64 = 100.0;

/// Single precision of a number.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a statistic needs no more digits"
)]
pub(super) const fn narrow(value: f64) -> f32 {
    value as f32
}

/// A factor from 0 to 63 in 1/1024.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is bounded in the same line"
)]
pub(super) fn to_fixed(factor: f64) -> u16 {
    (factor * FIXED_ONE).round().clamp(0.0, 65_535.0) as u16
}

/// The factor that [`to_fixed`] kept.
pub(super) fn from_fixed(fixed: u16) -> f64 {
    f64::from(fixed) / FIXED_ONE
}

/// A positive amount in one byte, to 9 %: from 0.0002 to 600,000; zero stays zero.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is bounded in the same line"
)]
pub(super) fn to_octave(amount: f64) -> u8 {
    if amount <= 0.0 {
        return 0;
    }
    (OCTAVE_ONE + OCTAVE_STEPS * amount.log2())
        .round()
        .clamp(0.0, 255.0) as u8
}

/// The amount that [`to_octave`] kept.
pub(super) fn from_octave(code: u8) -> f64 {
    if code == 0 {
        0.0
    } else {
        ((f64::from(code) - OCTAVE_ONE) / OCTAVE_STEPS).exp2()
    }
}
