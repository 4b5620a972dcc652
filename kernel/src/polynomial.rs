//! Polynomials, lane by lane.

use crate::{element::Float, vector::Vector};

/// Horner's scheme, lowest coefficient first; up to eleven of them.
///
/// Written out: compilers that optimise for size would leave a loop.
#[inline(always)]
pub(crate) fn polynomial<V: Vector>(arch: V::Arch, coefficients: &[V::Element], x: V) -> V {
    macro_rules! horner {
        ($coefficients:expr; $_:literal) => {
            V::splat(arch, $coefficients.first().copied().unwrap_or(V::Element::ZERO))
        };
        ($coefficients:expr; $_:literal $($others:literal)*) => {
            match $coefficients {
                [] => V::splat(arch, V::Element::ZERO),
                [highest] => V::splat(arch, *highest),
                [lowest, others @ ..] => {
                    let sum = horner!(others; $($others)*);
                    sum.mul_add(x, V::splat(arch, *lowest))
                }
            }
        };
    }
    horner!(coefficients; 1 2 3 4 5 6 7 8 9 10 11)
}

/// A polynomial whose coefficients are summed four at a time, lowest first. The fours do not wait for
/// each other, which loops with long chains of other operations gain from.
#[inline(always)]
pub(crate) fn polynomial_in_fours<V: Vector>(
    arch: V::Arch,
    coefficients: &[V::Element],
    x: V,
) -> V {
    let square = x * x;
    let fourth = square * square;
    let (fours, highest) = coefficients.as_chunks::<4>();
    let mut sum = polynomial(arch, highest, x);
    for four in fours.iter().rev() {
        sum = sum.mul_add(fourth, polynomial(arch, four, x));
    }
    sum
}
