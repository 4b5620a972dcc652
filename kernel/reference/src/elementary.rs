//! Exponential, logarithm and hyperbolic functions of [`Wide`].

use std::sync::LazyLock;

use crate::{pair::Pair, wide::Wide};

/// ln 2 as the sum of three doubles, each the rest rounded to nearest: wrong by 2^-164.
const LN_2: [f64; 3] = [
    std::f64::consts::LN_2,
    2.3190468138462996e-17,
    5.707708438416212e-34,
];

/// The terms of the exponential series that are added as pairs; those after are below
/// (ln 2 / 2)^14 / 14! < 2^-57, for which doubles are enough.
const EXP_PAIR_TERMS: usize = 14;

/// Highest power in the exponential series: (ln 2 / 2)^24 / 24! < 2^-115.
const DEGREE: usize = 23;

/// 1/n!. Up to 22! the factorial is exact as a double.
static INVERSE_FACTORIALS: LazyLock<[Pair; DEGREE + 1]> = LazyLock::new(|| {
    let mut factorial = 1.0;
    std::array::from_fn(|n| {
        factorial *= n.max(1) as f64;
        Pair::from(1.0) / Pair::from(factorial)
    })
});

/// Terms of the series of artanh that [`Wide::ln_1p`] adds. The first one left out has
/// 0.1716^42 / 43 < 2^-112 of the sum.
const ARTANH_TERMS: usize = 21;

/// Those that are added as pairs; those after are below 0.1716^22 / 23 < 2^-60.
const ARTANH_PAIR_TERMS: usize = 11;

/// 1 / (2n + 1).
static INVERSE_ODD_NUMBERS: LazyLock<[Pair; ARTANH_TERMS]> =
    LazyLock::new(|| std::array::from_fn(|n| Pair::from(1.0) / Pair::from((2 * n + 1) as f64)));

impl Wide {
    /// e^self, with a relative error of at most 2^-101 for |self| up to 2^40, where the result
    /// becomes infinity or zero.
    ///
    /// With k = rint(x / ln 2) and r = x - k ln 2, e^x = 2^k e^r, and e^r is its Taylor series.
    /// The error, u = 2^-53: r is wrong by at most four roundings of 3 u^2 |r|, |r| <= 0.35, and
    /// the last product and sum of the series add 6 u^2; together below 11 u^2.
    #[must_use]
    pub fn exp(self) -> Self {
        let (hi, _, exponent) = self.parts();
        if hi.is_nan() {
            return self;
        }
        if hi.is_infinite() || exponent >= 40 {
            return if hi > 0.0 { Self::INFINITY } else { Self::ZERO };
        }
        // e^x = 1 + x + x^2/2, and x^2 is nothing beside 1.
        if exponent < -120 {
            return Self::ONE + self;
        }
        let x = self.to_pair();
        let k = (x.hi * std::f64::consts::LOG2_E).round_ties_even();
        let first = Pair::product(k, LN_2[0]);
        let second = Pair::product(k, LN_2[1]);
        let r = x
            - Pair::from(first.hi)
            - Pair::from(first.lo)
            - Pair::from(second.hi)
            - Pair::from(LN_2[2].mul_add(k, second.lo));
        Self::from_pair(series(&INVERSE_FACTORIALS[..], EXP_PAIR_TERMS, r), k as i64)
    }

    /// e^self - 1, with a relative error of at most 2^-100, for tiny arguments too.
    ///
    /// Near 0 it is the series of e^x without its 1. The error, u = 2^-53: of the series 6 u^2 and
    /// of the product 5 u^2. Elsewhere 1 is subtracted, which makes the 11 u^2 of e^x at most
    /// 3.4 times as large, where x = 0.35, and adds 3 u^2.
    #[must_use]
    pub fn exp_m1(self) -> Self {
        let (hi, _, exponent) = self.parts();
        // e^x - 1 = x + x^2/2, and x^2 is nothing beside x.
        if hi.is_nan() || exponent < -120 {
            return self;
        }
        if self.abs() < Self::from(0.35) {
            let rise = series(&INVERSE_FACTORIALS[1..], EXP_PAIR_TERMS, self.to_pair());
            return self * Self::from_pair(rise, 0);
        }
        self.exp() - Self::ONE
    }

    /// The hyperbolic tangent, with a relative error of at most 2^-100.
    ///
    /// tanh |x| = -d / (2 + d) with d = e^{-2|x|} - 1. The error, u = 2^-53: that of d is at most
    /// 30 u^2 for negative arguments, largest at -0.35, where it becomes 35 u^2; sum 3 u^2,
    /// quotient 15 u^2.
    #[must_use]
    pub fn tanh(self) -> Self {
        let d = (-self.abs().scale(1)).exp_m1();
        let tanh = -d / (Self::from(2.0) + d);
        if self < Self::ZERO { -tanh } else { tanh }
    }

    /// sech^2 = 1 / cosh^2 = 1 - tanh^2, the derivative of the hyperbolic tangent, with a relative
    /// error of at most 2^-100 for |self| up to 2^39, where it becomes 0.
    ///
    /// It is 4 E / (1 + E)^2 with E = e^{-2|x|} <= 1. The error, u = 2^-53: that of E is 11 u^2,
    /// of 1 + E at most 9 u^2, twice that and 5 u^2 of its square, quotient 15 u^2.
    #[must_use]
    pub fn sech_squared(self) -> Self {
        let e = (-self.abs().scale(1)).exp();
        let sum = Self::ONE + e;
        e.scale(2) / (sum * sum)
    }

    /// ln(1 + self) for `self >= 0`, with a relative error of at most 2^-100, for tiny and for
    /// huge arguments too. NaN for negative ones.
    ///
    /// With 1 + x = 2^k f and f in [0.7, 1.42], it is k ln 2 + 2 artanh((f - 1) / (f + 1)), and
    /// k = 0 for x < 0.41, where f - 1 is x itself. The error, u = 2^-53: quotient 15 u^2 and
    /// sum in it 3 u^2, series 4 u^2, last product 5 u^2; where k is not 0, that of 1 + x,
    /// 3 u^2 over a logarithm of at least 0.34, and less for the rest.
    #[must_use]
    pub fn ln_1p(self) -> Self {
        let (hi, _, _) = self.parts();
        if hi.is_nan() || hi < 0.0 {
            return Self::NAN;
        }
        if hi.is_infinite() || hi == 0.0 {
            return self;
        }
        if self < Self::from(0.41) {
            return two_artanh(self / (Self::from(2.0) + self));
        }
        let sum = Self::ONE + self;
        let (hi, _, exponent) = sum.parts();
        let k = exponent + i64::from(hi > std::f64::consts::SQRT_2);
        let f = sum.scale(-k);
        let whole = Self::from(k as f64) * Self::from_sum(LN_2[0], LN_2[1]);
        whole + two_artanh((f - Self::ONE) / (f + Self::ONE))
    }
}

/// The sum of c_n x^n, of which the first terms are added as pairs and the others as doubles.
fn series(coefficients: &[Pair], pair_terms: usize, x: Pair) -> Pair {
    let (head, tail) = coefficients.split_at(pair_terms);
    let tail = tail.iter().rev().fold(0.0, |sum, c| sum * x.hi + c.hi);
    let head = head.iter().rev();
    head.fold(Pair::from(tail), |sum, &c| sum * x + c)
}

/// 2 artanh s = 2 s (1 + s^2/3 + s^4/5 + ..) for |s| <= 0.1716.
fn two_artanh(s: Wide) -> Wide {
    // Below this s^2 is nothing beside 1, and might not be a double.
    if s.exponent() < -120 {
        return s.scale(1);
    }
    let pair = s.to_pair();
    let square = pair * pair;
    let sum = series(&INVERSE_ODD_NUMBERS[..], ARTANH_PAIR_TERMS, square);
    (s * Wide::from_pair(sum, 0)).scale(1)
}
