//! Numbers of arbitrary precision.

use dashu_float::{FBig, round::mode::HalfEven};
use surprisal_reference::Wide;

/// A binary number that carries its precision with it.
pub(crate) type Big = FBig<HalfEven, 2>;

/// A finite double, as a number of `bits` bits.
pub(crate) fn big(x: f64, bits: usize) -> Big {
    Big::try_from(x)
        .expect("finite")
        .with_precision(bits)
        .value()
}

/// A finite wide number, as a number of `bits` bits.
pub(crate) fn big_of(x: Wide, bits: usize) -> Big {
    let (hi, lo, exponent) = x.parts();
    (big(hi, bits) + big(lo, bits)) << exponent as isize
}

/// |actual - exact| / |exact|; 0 where both are 0.
pub(crate) fn relative_error(actual: Wide, exact: &Big) -> f64 {
    assert!(
        actual.is_finite(),
        "{actual:?} is not a number, {exact} was expected"
    );
    let difference = big_of(actual, exact.precision()) - exact;
    if difference == Big::ZERO {
        return 0.0;
    }
    assert_ne!(*exact, Big::ZERO, "{actual:?} should be 0");
    (difference / exact).to_f64().value().abs()
}

/// 2^n.
pub(crate) fn power(n: i32) -> f64 {
    2.0_f64.powi(n)
}
