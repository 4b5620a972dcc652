//! The arithmetic and the functions of [`Wide`].

use rand::{Rng, SeedableRng, rngs::Xoshiro256PlusPlus};
use surprisal_reference::Wide;

use crate::big::{Big, big, big_of, power, relative_error};

/// Enough for sums of numbers 2^100 apart, and far beyond the 106 bits under test.
const BITS: usize = 500;

struct Draw(Xoshiro256PlusPlus);

impl Draw {
    fn new() -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(1))
    }

    /// Uniform in [0, 1).
    fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * power(-53)
    }

    /// All 106 bits at random, of either sign, with an exponent in `low..high`.
    fn wide(&mut self, low: i64, high: i64) -> Wide {
        let magnitude = Wide::from_sum(1.0 + self.unit(), (self.unit() - 0.5) * power(-52));
        let exponent = low + (self.unit() * (high - low) as f64) as i64;
        let signed = if self.unit() < 0.5 {
            -magnitude
        } else {
            magnitude
        };
        signed.scale(exponent)
    }
}

/// The worst relative error over pairs of numbers, near each other half of the time.
fn worst_over_pairs(of: fn(Wide, Wide) -> Wide, exactly: fn(Big, Big) -> Big) -> f64 {
    let mut draw = Draw::new();
    let pairs = (0..20_000).map(|n| {
        let a = draw.wide(-50, 50);
        let b = if n % 2 == 0 {
            draw.wide(-50, 50)
        } else {
            -a * (Wide::ONE + draw.wide(-106, -1))
        };
        relative_error(of(a, b), &exactly(big_of(a, BITS), big_of(b, BITS)))
    });
    pairs.fold(0.0, f64::max)
}

// The bounds of these three are those proved in the paper that `pair.rs` cites, u = 2^-53.

#[test]
fn sums_are_within_three_roundings() {
    let worst = worst_over_pairs(|a, b| a + b, |a, b| a + b);
    assert!(worst <= 3.001 * power(-106), "{worst:e}");
    let worst = worst_over_pairs(|a, b| a - b, |a, b| a - b);
    assert!(worst <= 3.001 * power(-106), "{worst:e}");
}

#[test]
fn products_are_within_five_roundings() {
    let worst = worst_over_pairs(|a, b| a * b, |a, b| a * b);
    assert!(worst <= 5.0 * power(-106), "{worst:e}");
}

#[test]
fn quotients_are_within_fifteen_roundings() {
    let worst = worst_over_pairs(|a, b| a / b, |a, b| a / b);
    assert!(worst <= 15.001 * power(-106), "{worst:e}");
}

#[test]
fn differences_of_doubles_are_exact() {
    let tiny = f64::from_bits(1);
    let values = [
        0.0,
        tiny,
        3.0 * tiny,
        f64::MIN_POSITIVE,
        0.1,
        1.0,
        1e9,
        0.7e-9,
        1e300,
        f64::MAX,
    ];
    for a in values.into_iter().flat_map(|x| [x, -x]) {
        for b in values.into_iter().flat_map(|x| [x, -x]) {
            let exact = big(a, 2200) - big(b, 2200);
            // Beyond 2^-1000 of the larger one the smaller is given up, as documented.
            let error = relative_error(Wide::from(a) - Wide::from(b), &exact);
            let apart = (a / b).abs().max((b / a).abs());
            let allowed = if apart < power(1000) {
                0.0
            } else {
                power(-1000)
            };
            assert!(error <= allowed, "{a:e} - {b:e}: {error:e}");
        }
    }
}

#[test]
fn exp_is_within_2_to_minus_101() {
    let mut draw = Draw::new();
    let mut worst = 0.0_f64;
    for n in 0..20_000 {
        // Every binade that matters, and evenly over the range where results are numbers.
        let x = match n % 3 {
            0 => draw.wide(-130, 12),
            1 => Wide::from(-1500.0 * draw.unit()),
            _ => Wide::from((draw.unit() - 0.5) * 2.0),
        };
        worst = worst.max(relative_error(x.exp(), &big_of(x, BITS).exp()));
    }
    // The bound that its documentation derives.
    assert!(worst <= power(-101), "{worst:e}");
    // Where ln 2 must be known to many bits.
    for x in [-1e6, 1e6, -123_456_789.125, 1e9] {
        let x = Wide::from(x);
        assert!(
            relative_error(x.exp(), &big_of(x, BITS).exp()) <= power(-101),
            "{x:?}"
        );
    }
}

#[test]
fn ln_1p_is_within_2_to_minus_100() {
    let mut draw = Draw::new();
    let mut worst = 0.0_f64;
    for n in 0..20_000 {
        let x = match n % 3 {
            0 => draw.wide(-1100, 200),
            1 => draw.wide(-6, 6),
            // Around the change from one formula to the other.
            _ => Wide::from(0.3 + 0.3 * draw.unit()),
        };
        let x = x.abs();
        worst = worst.max(relative_error(x.ln_1p(), &big_of(x, BITS).ln_1p()));
    }
    // The bound that its documentation derives.
    assert!(worst <= power(-100), "{worst:e}");
}

/// The worst relative error of a function of one argument: in every binade that matters, evenly
/// where it changes, and around the change from one formula to the other.
fn worst_of(of: fn(Wide) -> Wide, exactly: fn(Big) -> Big) -> f64 {
    let mut draw = Draw::new();
    let arguments = (0..20_000).map(|n| match n % 3 {
        0 => draw.wide(-300, 7),
        1 => Wide::from(20.0 * (draw.unit() - 0.5)),
        // Either sign, and half of it: the hyperbolic functions double their argument.
        _ => {
            let change = Wide::from(0.35 + 0.01 * (draw.unit() - 0.5)).scale(-(n / 2 % 2));
            if n % 2 == 0 { change } else { -change }
        }
    });
    arguments
        .map(|x| relative_error(of(x), &exactly(big_of(x, BITS))))
        .fold(0.0, f64::max)
}

// The bounds of these three are those that their documentation derives.

#[test]
fn exp_m1_is_within_2_to_minus_100() {
    let worst = worst_of(Wide::exp_m1, |x| x.exp_m1());
    assert!(worst <= power(-100), "{worst:e}");
}

#[test]
fn tanh_is_within_2_to_minus_100() {
    let worst = worst_of(Wide::tanh, |x| {
        let d = (x << 1).exp_m1();
        &d / (&d + big(2.0, BITS))
    });
    assert!(worst <= power(-100), "{worst:e}");
}

#[test]
fn sech_squared_is_within_2_to_minus_100() {
    let worst = worst_of(Wide::sech_squared, |x| {
        let cosh = (x.exp() + (-x).exp()) >> 1;
        big(1.0, BITS) / cosh.sqr()
    });
    assert!(worst <= power(-100), "{worst:e}");
}

/// Whether `rounded` is the nearest double to a finite `x`, the even one of two.
fn is_nearest(rounded: f64, x: &Big) -> bool {
    let distance = |y: f64| {
        // Infinity is where the next number would be.
        let y = if y.is_infinite() {
            big(y.signum(), BITS) << 1024
        } else {
            big(y, BITS)
        };
        (x - y).sqr()
    };
    let own = distance(rounded);
    let neighbours = [rounded.next_up(), rounded.next_down()];
    neighbours
        .into_iter()
        .filter(|&other| other != rounded)
        .all(|other| {
            let its = distance(other);
            own < its || own == its && rounded.to_bits().is_multiple_of(2)
        })
}

#[test]
fn to_f64_rounds_to_nearest_subnormals_included() {
    let mut draw = Draw::new();
    let check = |x: Wide| {
        let rounded = x.to_f64();
        assert!(
            is_nearest(rounded, &big_of(x, BITS)),
            "{x:?} to {rounded:e}"
        );
    };
    for _ in 0..20_000 {
        check(draw.wide(-1080, -1015));
        check(draw.wide(-1000, 1030));
    }
    // Ties between subnormal numbers, alone and with a little more or less.
    for n in 0..64 {
        let tie = Wide::from(f64::from(n) + 0.5).scale(-1074);
        for nudge in [Wide::ZERO, tie.scale(-100), -tie.scale(-100)] {
            check(tie + nudge);
            check(-(tie + nudge));
        }
    }
}

#[test]
fn what_is_not_a_number_of_the_line() {
    let (inf, nan) = (Wide::INFINITY, Wide::NAN);
    let one = Wide::ONE;
    assert!((inf - inf).is_nan() && (Wide::ZERO * inf).is_nan() && (nan + one).is_nan());
    assert!((Wide::ZERO / Wide::ZERO).is_nan() && (-one).ln_1p().is_nan());
    assert_eq!(
        (inf + one, one / inf, -one / Wide::ZERO),
        (inf, Wide::ZERO, -inf)
    );
    assert_eq!(
        (inf.exp(), (-inf).exp(), inf.ln_1p()),
        (inf, Wide::ZERO, inf)
    );
    assert_eq!(
        ((-Wide::from(1e38)).exp(), Wide::from(1e38).exp()),
        (Wide::ZERO, inf)
    );
    assert_eq!((Wide::ZERO.exp(), Wide::ZERO.ln_1p()), (one, Wide::ZERO));
    assert_eq!(
        (inf.exp_m1(), (-inf).exp_m1(), Wide::ZERO.exp_m1()),
        (inf, -one, Wide::ZERO)
    );
    for huge in [inf, Wide::from(1e300), Wide::ONE.scale(1 << 39)] {
        assert_eq!((huge.tanh(), (-huge).tanh()), (one, -one));
        assert_eq!(
            (huge.sech_squared(), (-huge).sech_squared()),
            (Wide::ZERO, Wide::ZERO)
        );
    }
    assert_eq!(
        (Wide::ZERO.tanh(), Wide::ZERO.sech_squared()),
        (Wide::ZERO, one)
    );
    assert!(nan.exp_m1().is_nan() && nan.tanh().is_nan() && nan.sech_squared().is_nan());
    assert_eq!(Wide::from(-0.0), Wide::ZERO);
    assert_eq!(
        (inf.to_f64(), (-inf).to_f64(), Wide::ZERO.to_f64()),
        (f64::INFINITY, f64::NEG_INFINITY, 0.0)
    );
    assert!(nan.to_f64().is_nan() && nan.partial_cmp(&one).is_none());
    assert!(-inf < -one && -one < Wide::ZERO && Wide::ZERO < one && one < inf && inf <= inf);
    assert!(one < one + one.scale(-100) && one > one - one.scale(-100));
    assert_eq!((one - one.scale(-100)).floor_log2(), Some(-1));
    assert_eq!((one + one.scale(-100)).floor_log2(), Some(0));
    assert_eq!(
        (Wide::ZERO.floor_log2(), inf.floor_log2(), nan.floor_log2()),
        (None, None, None)
    );
}
