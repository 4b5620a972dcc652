//! The secular function of a matrix, and where its roots are.

use super::{
    super::{over, sums::sums},
    interval::{Interval, Root},
    sort::sort_pairs,
    sums::Rest,
};
use crate::{
    element::{Element, Float},
    pair::Pair,
};

/// Its poles, sorted, and their weights, which are not negative.
#[derive(Clone, Copy, Debug)]
pub(super) struct Secular<'w, T> {
    /// One more than classes: eigenvalue k is between pole k and pole k + 1.
    poles: &'w [T],
    weights: &'w [T],
    /// Whether a number was not finite.
    is_undefined: bool,
    /// The additional pole, not lifted: 0, or a bound.
    first: T,
    /// |c|, lifted: weights are that times u^2 / |d - first|.
    factor: T,
    /// Whether weights may be of any size beside the distances of their poles.
    are_any: bool,
    /// What poles are larger by than those of the matrix: a power of two.
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
        /// Which of its eigenvectors; the last for all numbers beyond.
        number: usize,
    },
    /// At 0, where the matrix maps D^-1 u to, a constant vector unless there is a softcap.
    Null,
    /// NaN.
    Undefined,
}

impl<'w, T: Element> Secular<'w, T> {
    /// Of diag p - rho p p^T, for probabilities p with the sum 1, rho in `[1/2, 1]` and
    /// `at_zero` = (1 - rho) / rho.
    pub(super) fn of_softmax(p: &[T], at_zero: T, workspace: &'w mut [T]) -> Self {
        let lift = lift();
        let poles = p.iter().map(|&p| (p, p * lift));
        Self::new(workspace, lift, (T::ZERO, at_zero * lift), poles)
    }

    /// Of diag(d) - c u u^T, given d and u of each class; and 1 - c sum u^2 / d where the matrix is known
    /// to be semidefinite and c positive.
    pub(super) fn of_rank_one(
        classes: impl Iterator<Item = (T, T)> + Clone,
        c: T,
        at_zero: Option<T>,
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
                size.larger(d.magnitude()),
                least.smaller(signed),
            )
        });
        // Where even the largest number can be lifted.
        let lift = if norm + size < T::LIFTED {
            lift()
        } else {
            T::ONE
        };
        // One more pole, beyond the outermost eigenvalue: at twice the largest distance that this can
        // have from its own pole, and never rounded to that. The weights of the others sum to 1/2 at
        // most.
        let bound = sign * (outermost - (norm * T::TWO + size * T::HALF));
        let first = if at_zero.is_some() { T::ZERO } else { bound };
        // Less than poles, as the weight of the additional pole is 1 and not of the size of its distance.
        let factor = factor * T::LIFTED;
        let poles = classes.map(|(d, u)| (d, weight(factor, first, (d, u))));
        let all = Pair::exactly(T::LIFTED);
        let others = poles.clone().map(|(_, weight)| Pair::exactly(-weight));
        let of_first = at_zero.map_or_else(
            || others.fold(all, Pair::plus).nearest(),
            |at_zero| at_zero * T::LIFTED,
        );
        Self {
            factor,
            are_any: true,
            ..Self::new(workspace, lift, (first, of_first), poles)
        }
    }

    /// Of poles, and their weights lifted; and one more of them.
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
            (*to_pole, *to_weight) = (pole * lift, weight);
            is_undefined |= !to_pole.is_finite() || !to_weight.is_finite();
        }
        if !is_undefined {
            sort_pairs(poles, weights);
        }
        Self {
            poles,
            weights,
            is_undefined,
            first: first.0,
            factor: lift,
            are_any: false,
            lift,
        }
    }

    /// The eigenvalue at a place.
    pub(super) fn value(&self, place: &Place<T>) -> T {
        let lifted = match *place {
            Place::Root { pole, offset } => pole + offset,
            Place::Pole { pole, .. } => pole,
            Place::Null => T::ZERO,
            Place::Undefined => T::NAN,
        };
        lifted / self.lift
    }

    /// u of a class as far as it takes part in the eigenvectors of other poles: 0 where its weight is.
    pub(super) fn part(&self, (d, u): (T, T)) -> T {
        if weight(self.factor, self.first, (d, u)) == T::ZERO {
            T::ZERO
        } else {
            u
        }
    }

    /// The place of an eigenvalue by its index in ascending order.
    pub(super) fn place(&self, index: usize) -> Place<T> {
        let place = if self.is_undefined {
            None
        } else {
            self.defined_place(index)
        };
        place.unwrap_or(Place::Undefined)
    }

    /// The same; `None` if there is no such index.
    fn defined_place(&self, index: usize) -> Option<Place<T>> {
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
            // Mostly one.
            if let &[weight] = weights {
                return Some(weight);
            }
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
            poles: self.poles,
            pole_weights: self.weights,
            are_any: self.are_any,
        };
        Some(match interval.root() {
            Root::Inside { pole, offset } => Place::Root { pole, offset },
            // The plain loss has no weight there.
            Root::Lower if self.first == T::ZERO && lower == T::ZERO => Place::Null,
            Root::Lower => at_lower,
            // The last, after those of the intervals between its classes.
            Root::Upper => Place::Pole {
                pole: upper,
                number: self.poles.len(),
            },
        })
    }
}

/// The lifted weight of a class, given |c| lifted, the additional pole, d and u.
fn weight<T: Element>(factor: T, first: T, (d, u): (T, T)) -> T {
    factor * u * over(u, (d - first).magnitude())
}

/// 2^66 for `f32` and 2^840 for `f64`. Lifted, probabilities are at least 2^-83 (2^-234) apart or
/// equal, so the reciprocals of distances are in range; and so is the quotient of a weight and a
/// distance, from the smallest normal number up to its reciprocal.
fn lift<T: Float>() -> T {
    T::ONE / T::UNLIFT.0
}
