//! The exponential function of the contenders.

/// e^x of a block of numbers that are not positive.
pub(super) trait Exponential {
    fn of<const N: usize>(x: [f32; N]) -> [f32; N];
}

/// [`f32::exp`]: a call of the system's mathematical library for every number.
pub(super) struct Library;

impl Exponential for Library {
    #[inline(always)]
    fn of<const N: usize>(x: [f32; N]) -> [f32; N] {
        x.map(f32::exp)
    }
}

/// The usual vectorisable version: e^x = 2^n e^r with the integer n nearest to x / ln 2, and a
/// polynomial for |r| <= ln(2) / 2. About 1 ulp. With or without fused multiply-add.
pub(super) struct Polynomial<const FUSED: bool>;

impl<const FUSED: bool> Exponential for Polynomial<FUSED> {
    #[inline(always)]
    fn of<const N: usize>(mut x: [f32; N]) -> [f32; N] {
        for x in &mut x {
            *x = polynomial::<FUSED>(*x);
        }
        x
    }
}

/// Below it e^x is held at the smallest normal numbers: 1.6e-38.
const LOWEST: f32 = -87.0;

/// 1.5 * 2^23, which rounds what is added to it to an integer in its low bits, and the bias of
/// the exponent.
const ROUNDER: f32 = 12582912.0 + 127.0;

/// ln 2 as the sum of 9 bits, whose products with n are exact, and a rest.
const LN_2: [f32; 2] = [0.693359375, -2.12194440e-4];

/// (e^r - 1 - r) / r^2, highest coefficient first: from the `expf` of Moshier's Cephes library.
const COEFFICIENTS: [f32; 6] = [
    1.9875691500e-4,
    1.3981999507e-3,
    8.3334519073e-3,
    4.1665795894e-2,
    1.6666665459e-1,
    5.0000001201e-1,
];

#[inline(always)]
fn polynomial<const FUSED: bool>(x: f32) -> f32 {
    let x = if x > LOWEST { x } else { LOWEST };
    let rounded = mul_add::<FUSED>(x, std::f32::consts::LOG2_E, ROUNDER);
    let n = rounded - ROUNDER;
    let r = mul_add::<FUSED>(n, -LN_2[1], mul_add::<FUSED>(n, -LN_2[0], x));
    let mut q = COEFFICIENTS[0];
    for coefficient in &COEFFICIENTS[1..] {
        q = mul_add::<FUSED>(q, r, *coefficient);
    }
    let power = f32::from_bits(rounded.to_bits() << 23);
    (mul_add::<FUSED>(q, r * r, r) + 1.0) * power
}

#[inline(always)]
fn mul_add<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomial_is_accurate() {
        for i in 0..=87_000 {
            let x = -(i as f32 / 1000.0);
            let exact = f64::from(x).exp();
            for actual in [polynomial::<false>(x), polynomial::<true>(x)] {
                let error = (f64::from(actual) - exact).abs() / exact;
                assert!(error < 2.0 * f64::from(f32::EPSILON), "{x}: {error}");
            }
        }
    }

    #[test]
    fn far_below_there_is_next_to_nothing() {
        for x in [-88.0, -1e30, f32::NEG_INFINITY] {
            assert!(polynomial::<false>(x) < 2e-38);
        }
    }
}
