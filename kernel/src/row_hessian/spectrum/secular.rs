//! The secular function of a matrix, and where its roots are.

use super::{
    super::sums::sums,
    interval::{Interval, Point, Root},
    sort::sort_pairs,
    sums::Rest,
};
use crate::element::{Element, Float};

/// Its poles, sorted, and their weights, which are not negative.
#[derive(Clone, Copy, Debug)]
pub(super) struct Secular<'w, T> {
    /// One more than classes: eigenvalue k is between pole k and pole k + 1.
    poles: &'w [T],
    weights: &'w [T],
    /// Whether a number was not finite.
    is_undefined: bool,
    /// Whether the additional pole is one at 0, and not a bound.
    has_pole_at_zero: bool,
    /// What poles and weights are larger by than those of the matrix: a power of two.
    pub(super) lift: T,
}

/// Where an eigenvalue is. Poles are lifted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place<T> {
    /// Near a pole.
    Root {
        /// The nearest pole.
        pole: T,
        /// The distance from it.
        offset: T,
    },
    /// At a pole that several classes have, or that has no weight.
    Pole {
        /// The pole.
        pole: T,
        /// Which of its eigenvectors.
        number: usize,
    },
    /// At 0, where the matrix maps constant vectors to.
    Constant,
    /// NaN.
    Undefined,
}

impl<'w, T: Element> Secular<'w, T> {
    /// Of diag p - rho p p^T, for probabilities p with the sum 1, rho in `[1/2, 1]` and
    /// `at_zero` = (1 - rho) / rho.
    pub(super) fn of_softmax(p: &[T], at_zero: T, workspace: &'w mut [T]) -> Self {
        let lift = lift();
        let poles = p.iter().map(|&p| (p, p));
        Self {
            has_pole_at_zero: true,
            ..Self::new(workspace, lift, (T::ZERO, at_zero), poles)
        }
    }

    /// Of diag(d) - c u u^T, given d and u of each class.
    pub(super) fn of_rank_one(
        classes: impl Iterator<Item = (T, T)> + Clone,
        c: T,
        workspace: &'w mut [T],
    ) -> Self {
        // c moves all eigenvalues to one side, away from the poles.
        let (sign, factor) = if c > T::ZERO {
            (T::ONE, c)
        } else {
            (-T::ONE, -c)
        };
        let all = (T::ZERO, T::ZERO, T::INFINITY);
        let (norm, size, outermost) = classes.clone().fold(all, |(norm, size, least), (d, u)| {
            let signed = sign * d;
            (
                norm + factor * u * u,
                size.larger(magnitude(d)),
                if signed < least { signed } else { least },
            )
        });
        // Where even the largest number can be lifted.
        let lift = if norm + size < T::LIFTED {
            lift()
        } else {
            T::ONE
        };
        // One more pole, without weight, beyond the outermost eigenvalue: at twice the largest
        // distance that this can have from its own pole, and never rounded to that.
        let bound = sign * (outermost - (norm * T::TWO + size * T::HALF));
        let poles = classes.map(|(d, u)| (d, factor * u * u));
        Self::new(workspace, lift, (bound, T::ZERO), poles)
    }

    /// Of poles and their weights, and one more of them.
    fn new(
        workspace: &'w mut [T],
        lift: T,
        first: (T, T),
        others: impl Iterator<Item = (T, T)>,
    ) -> Self {
        let (poles, weights) = workspace.split_at_mut(workspace.len() / 2);
        let mut is_undefined = false;
        let places = poles.iter_mut().zip(weights.iter_mut());
        for ((to_pole, to_weight), (pole, weight)) in
            places.zip(core::iter::once(first).chain(others))
        {
            (*to_pole, *to_weight) = (pole * lift, weight * lift);
            is_undefined |= !to_pole.is_finite() || !to_weight.is_finite();
        }
        if !is_undefined {
            sort_pairs(poles, weights);
        }
        Self {
            poles,
            weights,
            is_undefined,
            has_pole_at_zero: false,
            lift,
        }
    }

    /// The eigenvalue at a place.
    pub(super) fn value(&self, place: &Place<T>) -> T {
        let lifted = match *place {
            Place::Root { pole, offset } => pole + offset,
            Place::Pole { pole, .. } => pole,
            Place::Constant => T::ZERO,
            Place::Undefined => T::NAN,
        };
        lifted / self.lift
    }

    /// The place of an eigenvalue by its index in ascending order. `value` is that of
    /// [`Interval::root`].
    pub(super) fn place(&self, index: usize, value: impl Fn(Point<T>) -> Option<T>) -> Place<T> {
        let place = if self.is_undefined {
            None
        } else {
            self.defined_place(index, value)
        };
        place.unwrap_or(Place::Undefined)
    }

    /// The same; `None` if there is no such index.
    fn defined_place(
        &self,
        index: usize,
        value: impl Fn(Point<T>) -> Option<T>,
    ) -> Option<Place<T>> {
        let (&lower, &upper) = (self.poles.get(index)?, self.poles.get(index + 1)?);
        // All poles that equal the lower one, and those that equal the upper one.
        let start = self.poles.partition_point(|&pole| pole < lower);
        let end = self.poles.partition_point(|&pole| pole <= upper);
        let at_lower = Place::Pole {
            pole: lower,
            number: index - start,
        };
        if lower == upper {
            return Some(at_lower);
        }
        let weight = |from, to| {
            let weights = self.weights.get(from..to)?;
            let [sum] = sums([weights], |[weight]| [weight]);
            Some(sum.nearest())
        };
        let interval = Interval {
            lower,
            upper,
            weights: (weight(start, index + 1)?, weight(index + 1, end)?),
            rest: Rest {
                poles: [self.poles.get(..start)?, self.poles.get(end..)?],
                weights: [self.weights.get(..start)?, self.weights.get(end..)?],
            },
        };
        Some(match interval.root(value) {
            Root::Inside { pole, offset } => Place::Root { pole, offset },
            // The plain loss has no weight there.
            Root::Lower if self.has_pole_at_zero => Place::Constant,
            Root::Lower => at_lower,
            // After those of the intervals between its classes.
            Root::Upper => Place::Pole {
                pole: upper,
                number: end - index - 2,
            },
        })
    }
}

/// 2^66 for `f32` and 2^840 for `f64`. Lifted, probabilities are at least 2^-83 (2^-234) apart or
/// equal, so the reciprocals of distances are in range; and so is the quotient of a weight and a
/// distance, from the smallest normal number up to its reciprocal.
fn lift<T: Float>() -> T {
    T::ONE / T::UNLIFT.0
}

/// The absolute value.
#[inline(always)]
pub(super) fn magnitude<T: Float>(x: T) -> T {
    if x < T::ZERO { -x } else { x }
}
