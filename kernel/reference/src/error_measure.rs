//! How far a computed number is from the exact one.
//!
//! `err = |x - r| / ulp(r)` with `ulp(r) = 2^{max(floor(log2 |r|), e_min) - p + 1}`, p the bits of
//! the significand: the unit in the last place of the binade of the exact value r, and for subnormals
//! the smallest number. A correctly rounded x has err <= 1/2.
//!
//! What is not a number of the line is compared as such: a NaN is exact where a NaN is expected
//! and infinitely wrong elsewhere, and so are infinities; infinity is also exact where r rounds to
//! it. Where 0 is expected exactly, only 0 (of either sign) is right.

use crate::{Float, Wide};

/// The error of `actual` in units in the last place of `exact`.
pub fn ulps<T: Float>(actual: T, exact: Wide) -> f64 {
    match exact.floor_log2() {
        Some(binade) => {
            let ulp = binade.max(T::E_MIN) - T::PRECISION + 1;
            in_units_of(actual, exact, Wide::ONE.scale(ulp))
        }
        None => in_units_of(actual, exact, Wide::ZERO),
    }
}

/// The error of `actual` in roundings of `bound`: |x - r| / (u bound), u = 2^-p.
///
/// For outputs that cancel by nature, whose error is bounded by what they were summed from. A
/// rounding is at least that of a subnormal, half the smallest number.
pub fn roundings<T: Float>(actual: T, exact: Wide, bound: Wide) -> f64 {
    let rounding = bound.scale(-T::PRECISION);
    let least = Wide::ONE.scale(T::E_MIN - T::PRECISION);
    in_units_of(
        actual,
        exact,
        if rounding < least { least } else { rounding },
    )
}

/// |actual - exact| / unit; a unit of 0 allows no error.
fn in_units_of<T: Float>(actual: T, exact: Wide, unit: Wide) -> f64 {
    let actual: Wide = actual.into();
    let same = actual == exact || actual.is_nan() && exact.is_nan();
    if same || !actual.is_finite() && actual == rounded_over::<T>(exact) {
        return 0.0;
    }
    if !actual.is_finite() || !exact.is_finite() {
        return f64::INFINITY;
    }
    ((actual - exact).abs() / unit).to_f64()
}

/// The infinity that `exact` rounds to in the type, if it does; else `exact`.
pub fn rounded_over<T: Float>(exact: Wide) -> Wide {
    // Half an ulp above the largest number, a tie that goes to infinity.
    let threshold = Wide::ONE.scale(T::E_MAX + 1) - Wide::ONE.scale(T::E_MAX - T::PRECISION);
    if exact >= threshold {
        Wide::INFINITY
    } else if exact <= -threshold {
        -Wide::INFINITY
    } else {
        exact
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_in_units_of_the_exact_value() {
        let one = Wide::ONE;
        assert_eq!(ulps(1.0_f32, one), 0.0);
        assert_eq!(ulps(1.0_f32 + f32::EPSILON, one), 1.0);
        assert_eq!(ulps(-1.0_f64 - f64::EPSILON, -one), 1.0);
        // Just below a power of two the unit is half as long.
        assert_eq!(ulps(1.0_f64, one - one.scale(-54)), 0.5);
        assert_eq!(ulps(1.0_f64 - f64::EPSILON / 2.0, one), 0.5);
        assert_eq!(ulps(1.0_f64, one + one.scale(-54)), 0.25);
        // Subnormals: the smallest number, however small the exact value is.
        let tiny = f32::from_bits(1);
        assert_eq!(ulps(tiny, Wide::ZERO + one.scale(-150)), 0.5);
        assert_eq!(ulps(0.0_f32, one.scale(-151)), 0.25);
        assert_eq!(ulps(3.0 * tiny, one.scale(-149)), 2.0);
        assert_eq!(ulps(0.0_f64, one.scale(-5000)), 0.0);
    }

    #[test]
    fn compares_what_is_not_a_number_of_the_line() {
        assert_eq!(ulps(f64::NAN, Wide::NAN), 0.0);
        assert_eq!(ulps(f64::NAN, Wide::ONE), f64::INFINITY);
        assert_eq!(ulps(1.0, Wide::NAN), f64::INFINITY);
        assert_eq!(ulps(f64::NAN, Wide::INFINITY), f64::INFINITY);
        assert_eq!(ulps(f64::INFINITY, Wide::NAN), f64::INFINITY);
        assert_eq!(ulps(f32::INFINITY, Wide::INFINITY), 0.0);
        assert_eq!(ulps(f32::NEG_INFINITY, Wide::INFINITY), f64::INFINITY);
        assert_eq!(ulps(f32::MAX, Wide::INFINITY), f64::INFINITY);
        assert_eq!(ulps(-0.0_f32, Wide::ZERO), 0.0);
        assert_eq!(ulps(f32::from_bits(1), Wide::ZERO), f64::INFINITY);
    }

    #[test]
    fn infinity_is_right_where_rounding_leads_to_it() {
        let max = Wide::from(f32::MAX);
        let half = Wide::ONE.scale(127 - 24);
        assert_eq!(ulps(f32::INFINITY, max + half), 0.0);
        assert_eq!(ulps(f32::NEG_INFINITY, -(max + half)), 0.0);
        assert_eq!(ulps(f32::NEG_INFINITY, max + half), f64::INFINITY);
        assert_eq!(ulps(f32::INFINITY, max + half - Wide::ONE), f64::INFINITY);
        assert_eq!(ulps(f32::MAX, max + half), 0.5);
        assert_eq!(ulps(f64::INFINITY, Wide::from(f64::MAX).scale(1)), 0.0);
    }

    #[test]
    fn counts_in_roundings_of_a_bound() {
        let bound = Wide::from(8.0);
        assert_eq!(roundings(0.25_f32, Wide::from(0.25), bound), 0.0);
        assert_eq!(roundings(2.0_f32.powi(-20), Wide::ZERO, bound), 2.0);
        assert_eq!(roundings(2.0_f64.powi(-50), Wide::ZERO, bound), 1.0);
        // Half the smallest number is one rounding, whatever the bound.
        assert_eq!(roundings(f64::from_bits(1), Wide::ZERO, Wide::ZERO), 2.0);
        assert_eq!(roundings(f64::NAN, Wide::NAN, Wide::NAN), 0.0);
        assert_eq!(roundings(1.0, Wide::NAN, Wide::NAN), f64::INFINITY);
        assert_eq!(roundings(f64::INFINITY, Wide::ONE, bound), f64::INFINITY);
    }
}
