//! Eigenvalues and eigenvectors of a diagonal matrix minus a matrix of rank one, each on its own.
//!
//! The eigenvalues of diag(d) - c u u^T are the roots of the secular function
//! `f(mu) = sum_i w_i / (d_i - mu) + constant`, one between every two neighbouring poles d_i
//! (G. H. Golub, SIAM Rev. 15 (1973) 318). Departures from the textbook:
//!
//! 1. For softmax, H = diag p - rho p p^T with sum p = 1, the textbook's 1 - rho sum p^2/(p - mu)
//!    loses all eigenvalues below the roundoff of 1. It is
//!    (1 - rho) - rho mu sum p/(p - mu), that is -rho mu times
//!    `sum p/(p - mu) + ((1 - rho)/rho)/(0 - mu)`: all weights positive, one more
//!    pole at 0, no constant. Relative changes of the weights change every root by as much,
//!    relatively; so do the roundings.
//! 2. A root is found, and kept, as its distance from the nearest pole: the differences
//!    d_i - mu are then exact to rounding, and so are eigenvectors.
//! 3. Poles that are equal, and poles without weight, are eigenvalues themselves: they are
//!    recognised by comparison, without a threshold.
//! 4. The step to the next approximation is Gragg's, which cubes the error: one more product a
//!    pole than the usual ones that square it, next to a division (W. B. Gragg, J. R. Thornton and
//!    D. D. Warner, SIAM 1992; A. Melman, Numer. Math. 69 (1995) 483). It is written
//!    in units of the distance, where no term is above its weight, and gives the new distance as
//!    a quotient of positive sums. See `interval`.
//!
//! One eigenvalue costs a sort and a few passes over the poles, at any index.

mod eigenvector;
mod interval;
mod sort;
mod sums;
#[cfg(test)]
mod tests;

use crate::element::Float;
use interval::{Interval, Place};
use sort::sort_pairs;
use sums::Rest;

/// The sorted poles and their weights.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spectrum<'w, T> {
    /// One more than eigenvalues: eigenvalue k is between pole k and pole k + 1.
    poles: &'w [T],
    weights: &'w [T],
    constant: T,
    /// Whether a number was not finite.
    is_undefined: bool,
    /// What poles are larger by than those of the matrix: a power of two, so that distances
    /// between poles are not subnormal.
    lift: T,
}

/// An eigenvalue, and what its eigenvector is made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Eigenvalue<T> {
    /// The eigenvalue.
    pub(crate) value: T,
    kind: Kind<T>,
}

/// Where an eigenvalue comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind<T> {
    /// A root at a pole plus an offset, lifted.
    Root { pole: T, offset: T },
    /// A pole, lifted, that several classes share or that has no weight: the eigenvector of this
    /// number among those that it has.
    Pole { pole: T, number: usize },
    /// The 0 of a matrix that maps constant vectors to 0.
    Constant,
    /// NaN.
    Undefined,
}

/// Length of the workspace for rows of `n_classes`: poles and weights, and one pole more.
pub(crate) const fn workspace_len(n_classes: usize) -> usize {
    2 * n_classes.saturating_add(1)
}

impl<'w, T: Float> Spectrum<'w, T> {
    /// Of diag p - rho p p^T, for probabilities p with the sum 1, rho in `[1/2, 1]` and
    /// `at_zero` = (1 - rho) / rho, at most 1.
    pub(crate) fn of_softmax(p: &[T], at_zero: T, workspace: &'w mut [T]) -> Self {
        let lift = lift();
        Self::new(workspace, lift, T::ZERO, |poles, weights| {
            let (Some((pole, poles)), Some((weight, weights))) =
                (poles.split_first_mut(), weights.split_first_mut())
            else {
                return;
            };
            (*pole, *weight) = (T::ZERO, at_zero * lift);
            for ((pole, weight), &p) in poles.iter_mut().zip(weights).zip(p) {
                *pole = p * lift;
                *weight = *pole;
            }
        })
    }

    /// Of diag(d) - c u u^T.
    ///
    /// This keeps small eigenvalues relatively, too, where I - c D^-1/2 u u^T D^-1/2 is well
    /// conditioned: for softmax with rho up to 1/2.
    pub(crate) fn of_rank_one(d: &[T], u: &[T], c: T, workspace: &'w mut [T]) -> Self {
        let (sign, factor) = if c > T::ZERO { (T::ONE, c) } else { (-T::ONE, -c) };
        let norm = u.iter().fold(T::ZERO, |sum, &u| sum + u * u) * factor;
        // The outermost pole towards the sign, and the largest magnitude.
        let (outermost, size) = d.iter().fold((T::INFINITY, T::ZERO), |(least, size), &d| {
            (
                if sign * d < least { sign * d } else { least },
                if magnitude(d) > size { magnitude(d) } else { size },
            )
        });
        // Where even the largest number can be lifted.
        let lift = if norm + size < T::LIFTED { lift() } else { T::ONE };
        Self::new(workspace, lift, -sign, |poles, weights| {
            let (Some((pole, poles)), Some((weight, weights))) =
                (poles.split_first_mut(), weights.split_first_mut())
            else {
                return;
            };
            // Beyond the outermost eigenvalue, without weight: at twice the largest distance it
            // can have from its pole, and not rounded to the pole itself.
            let away = norm * T::TWO + size * T::HALF;
            (*pole, *weight) = (sign * (outermost - away) * lift, T::ZERO);
            for ((pole, weight), (&d, &u)) in poles.iter_mut().zip(weights).zip(d.iter().zip(u)) {
                *pole = d * lift;
                *weight = u * lift * u * factor;
            }
        })
    }

    /// Poles and weights as `fill` leaves them, sorted.
    fn new(
        workspace: &'w mut [T],
        lift: T,
        constant: T,
        fill: impl FnOnce(&mut [T], &mut [T]),
    ) -> Self {
        let (poles, weights) = workspace.split_at_mut(workspace.len() / 2);
        fill(poles, weights);
        let finite = poles.iter().chain(&*weights).all(|x| x.is_finite());
        if finite {
            sort_pairs(poles, weights);
        }
        Self {
            poles,
            weights,
            constant,
            is_undefined: !finite,
            lift,
        }
    }

    /// Eigenvalue `index` in ascending order; NaN where a number of the matrix is not finite.
    pub(crate) fn eigenvalue(&self, index: usize) -> Eigenvalue<T> {
        let kind = self.kind(index).unwrap_or(Kind::Undefined);
        let lifted = match kind {
            Kind::Root { pole, offset } => pole + offset,
            Kind::Pole { pole, .. } => pole,
            Kind::Constant => T::ZERO,
            Kind::Undefined => T::NAN,
        };
        Eigenvalue {
            value: lifted / self.lift,
            kind,
        }
    }

    /// All eigenvalues in ascending order.
    pub(crate) fn eigenvalues(&self, eigenvalues: &mut [T]) {
        for (index, out) in eigenvalues.iter_mut().enumerate() {
            *out = self.eigenvalue(index).value;
        }
    }

    /// Where eigenvalue `index` comes from; `None` where there is none.
    fn kind(&self, index: usize) -> Option<Kind<T>> {
        let (&lower, &upper) = (self.poles.get(index)?, self.poles.get(index + 1)?);
        if self.is_undefined {
            return None;
        }
        let start = self.poles.get(..index)?.partition_point(|&pole| pole < lower);
        let pole = |pole| Kind::Pole {
            pole,
            number: index - start,
        };
        if lower == upper {
            return Some(pole(lower));
        }
        let end = self.poles.partition_point(|&pole| pole <= upper);
        let weight = |from, to| {
            let weights = self.weights.get(from..to)?;
            Some(weights.iter().fold(T::ZERO, |sum, &weight| sum + weight))
        };
        let interval = Interval {
            lower,
            upper,
            weights: (weight(start, index + 1)?, weight(index + 1, end)?),
            rest: Rest {
                poles: [self.poles.get(..start)?, self.poles.get(end..)?],
                weights: [self.weights.get(..start)?, self.weights.get(end..)?],
            },
            constant: self.constant,
        };
        Some(match interval.root() {
            Place::Inside(pole, offset) => Kind::Root { pole, offset },
            Place::Lower if self.constant == T::ZERO => Kind::Constant,
            Place::Lower => pole(lower),
            Place::Upper => Kind::Pole {
                pole: upper,
                number: end - index - 2,
            },
        })
    }
}

/// What poles are multiplied by: 2^66 for `f32` and 2^840 for `f64`. For softmax, distances
/// between different poles are then from 2^-83 (2^-234) to the lift, and so are their reciprocals
/// in range; and weight / distance is of normal weights from the smallest normal number to its
/// reciprocal.
fn lift<T: Float>() -> T {
    T::ONE / T::UNLIFT.0
}

/// The absolute value.
#[inline(always)]
fn magnitude<T: Float>(x: T) -> T {
    if x < T::ZERO { -x } else { x }
}
