//! What the package asks of an element type.

use std::fmt::Debug;

use crate::Wide;

/// `f32` or `f64`, with the numbers of its format.
pub trait Float: Copy + Debug + PartialOrd + Into<f64> + Into<Wide> + 'static {
    /// Its name in Rust.
    const NAME: &'static str;
    /// Bits of the significand, the leading one included.
    const PRECISION: i64;
    /// Exponent of the smallest normal number.
    const E_MIN: i64;
    /// Exponent of the largest number.
    const E_MAX: i64;
    /// The largest finite number.
    const MAX: Self;

    /// Rounds to nearest.
    fn round(x: f64) -> Self;

    /// The number with the bit pattern in the low bits of `bits`.
    fn from_low_bits(bits: u64) -> Self;
}

impl Float for f32 {
    const NAME: &'static str = "f32";
    const PRECISION: i64 = 24;
    const E_MIN: i64 = -126;
    const E_MAX: i64 = 127;
    const MAX: Self = Self::MAX;

    fn round(x: f64) -> Self {
        x as Self
    }

    fn from_low_bits(bits: u64) -> Self {
        Self::from_bits(bits as u32)
    }
}

impl Float for f64 {
    const NAME: &'static str = "f64";
    const PRECISION: i64 = 53;
    const E_MIN: i64 = -1022;
    const E_MAX: i64 = 1023;
    const MAX: Self = Self::MAX;

    fn round(x: f64) -> Self {
        x
    }

    fn from_low_bits(bits: u64) -> Self {
        Self::from_bits(bits)
    }
}
