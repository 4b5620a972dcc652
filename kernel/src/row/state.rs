//! The state of a row: everything that loss, gradient and curvature need of its logits.
//!
//! With m the largest logit and w = sum over all others of e^(z_j), everything follows without a
//! cancellation, because the largest term is not part of the sum: the loss of the largest is
//! ln(1 + w / e^m), and 1 - p of it is w / (w + e^m). States of consecutive parts of a row merge;
//! a row is cut into fixed blocks and their states merged in order, so the same bits come out
//! however the blocks are distributed.

use super::scale::Scale;
use crate::{
    element::{Element, Float},
    exponential::{Exponential, anchor, power_of_two},
    pair::{Pair, two_sum},
    vector::{Array, Vector},
};

/// The state of a row or of consecutive logits of it, or one in every lane.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub(crate) struct State<X> {
    /// The largest logit. Minus infinity where all are, which merges with others and gives NaN
    /// where it is all there is; NaN where a logit is NaN or plus infinity.
    pub(crate) max: X,
    /// Its exponential, scaled as [`Exponential`] scales those of a row with this maximum.
    pub(crate) top: Pair<X>,
    /// The sum of the exponentials of all other logits, on the same scale. Others that equal the
    /// largest count here.
    pub(crate) rest: Pair<X>,
}

impl<X> State<X> {
    /// Of every part.
    #[inline(always)]
    pub(crate) fn each<'a, Y>(&'a self, mut f: impl FnMut(&'a X) -> Y) -> State<Y> {
        State {
            max: f(&self.max),
            top: self.top.each(&mut f),
            rest: self.rest.each(&mut f),
        }
    }
}

impl<V: Vector> State<V> {
    /// From the largest logits and the sums of all; none but the largest may be above the threshold
    /// of the scale.
    #[inline(always)]
    pub(crate) fn of_sum(arch: V::Arch, max: V, scale: &Scale<V>, sum: Pair<V>) -> Self {
        let rest = less_term(arch, max, scale, sum);
        let rest = step_down(arch, rest, scale.step_to(arch, max));
        let exponential = Exponential::of_lanes(arch, unless_masked(arch, max));
        Self::of_rest(arch, max, &exponential, sum, rest)
    }

    /// The same where the largest logits of all have chosen the scale: it is that of the state.
    #[inline(always)]
    pub(crate) fn of_own_sum(arch: V::Arch, max: V, scale: &Scale<V>, sum: Pair<V>) -> Self {
        let rest = less_term(arch, max, scale, sum);
        Self::of_rest(arch, max, &scale.exponential, sum, rest)
    }

    /// The same without vectors, given the largest logit that the scale was chosen by, mostly that
    /// of all, and the [limit](Exponential::unshifted_limit) of its exponential.
    #[inline(always)]
    pub(crate) fn of_sum_of_one(
        arch: V::Arch,
        max: V,
        scale: &Scale<V>,
        (chosen_by, limit): (V, V),
        sum: Pair<V>,
    ) -> Self {
        let is_own = V::any(chosen_by.equal(max));
        let reduced = if is_own {
            scale.exponential.reduce_smaller(arch, max, limit)
        } else {
            None
        };
        let term = match &reduced {
            Some(reduced) => reduced.split(arch),
            None => scale.term(arch, max),
        };
        let mut rest = less(sum, term);
        let top = if let Some(reduced) = &reduced {
            reduced.exponential(arch)
        } else {
            let mut exponential = scale.exponential;
            if !is_own {
                rest = step_down(arch, rest, scale.step_to(arch, max));
                exponential = Exponential::of_lanes(arch, unless_masked(arch, max));
            }
            top(arch, max, &exponential)
        };
        Self {
            max: number_or_nan(arch, max, sum),
            top,
            rest,
        }
    }

    /// From the largest logit, the scaled exponential of rows with it, the sum of all exponentials
    /// on any scale and that of all others on this one.
    #[inline(always)]
    fn of_rest(
        arch: V::Arch,
        max: V,
        exponential: &Exponential<V>,
        sum: Pair<V>,
        rest: Pair<V>,
    ) -> Self {
        Self {
            max: number_or_nan(arch, max, sum),
            top: top(arch, max, exponential),
            rest,
        }
    }

    /// One state in every lane.
    #[inline(always)]
    pub(crate) fn splat(arch: V::Arch, state: State<V::Element>) -> Self {
        Self {
            max: V::splat(arch, state.max),
            top: Pair::splat(arch, state.top),
            rest: Pair::splat(arch, state.rest),
        }
    }

    /// The state of lane 0.
    #[inline(always)]
    pub(crate) fn first_lane(&self) -> State<V::Element> {
        State {
            max: self.max.first_lane(),
            top: self.top.first_lane(),
            rest: self.rest.first_lane(),
        }
    }

    /// The states of the lanes.
    #[inline(always)]
    pub(crate) fn to_rows(self) -> impl Iterator<Item = State<V::Element>> {
        let pairs = self.top.to_lanes().zip(self.rest.to_lanes());
        let lanes = self.max.to_lanes().into_iter().zip(pairs);
        lanes.map(|(max, (top, rest))| State { max, top, rest })
    }
}

impl<T: Element> State<T> {
    /// The state of no logits, or of masked ones only.
    pub(crate) const EMPTY: Self = Self {
        max: T::NEG_INFINITY,
        top: Pair::ZERO,
        rest: Pair::ZERO,
    };

    /// The state of logits that make every output of their row NaN.
    pub(crate) const NOT_A_NUMBER: Self = Self {
        max: T::NAN,
        top: Pair {
            high: T::NAN,
            low: T::NAN,
        },
        rest: Pair {
            high: T::NAN,
            low: T::NAN,
        },
    };

    /// The state of these logits and those that follow them.
    #[inline(always)]
    pub(crate) fn merge<V: Vector<Element = T>>(self, arch: V::Arch, next: Self) -> Self {
        if self.max == T::NEG_INFINITY {
            return next;
        }
        if next.max == T::NEG_INFINITY {
            return self;
        }
        let (winner, loser) = if next.max > self.max {
            (next, self)
        } else {
            (self, next)
        };
        if !winner.max.is_finite() || !loser.max.is_finite() {
            return Self::NOT_A_NUMBER;
        }
        let added = loser.rescaled_total::<V>(arch, &winner);
        let rest = Pair::splat(arch, winner.rest).add(added);
        Self {
            rest: rest.first_lane(),
            ..winner
        }
    }

    /// The sum of all exponentials, the largest one's included, on the scale of a row whose
    /// largest logit is that of `winner`.
    #[inline(always)]
    fn rescaled_total<V: Vector<Element = T>>(self, arch: V::Arch, winner: &Self) -> Pair<V> {
        let largest: Pair<V> = Pair::splat(arch, self.top);
        let total = Pair::splat(arch, self.rest).add(largest);
        let max = (V::splat(arch, self.max), V::splat(arch, winner.max));
        let (from, from_shift) = anchor(arch, max.0);
        let (to, to_shift) = anchor(arch, max.1);
        if from_shift.first_lane() == T::ZERO && to_shift.first_lane() == T::ZERO {
            // Both scales are powers of two.
            return step_down(arch, total, from - to);
        }
        // One maximum was subtracted, so the scales differ by e^(difference): exact as a pair.
        let difference = two_sum(max.0, -max.1);
        let ratio = Exponential::<V>::new(arch, T::ZERO).pair_of(arch, difference);
        let (unlift, unlift_rest) = T::UNLIFT;
        let reference: Pair<V> = Pair::splat(arch, winner.top)
            .scale(V::splat(arch, unlift))
            .scale(V::splat(arch, unlift_rest));
        ratio.mul(reference).mul(total.div(largest))
    }
}

/// The sum without the term of the largest logit: the very one that was added, so that what it errs
/// is no part of the difference.
#[inline(always)]
fn less_term<V: Vector>(arch: V::Arch, max: V, scale: &Scale<V>, sum: Pair<V>) -> Pair<V> {
    less(sum, scale.term(arch, max))
}

/// The sum less `power` (1 + `t`).
#[inline(always)]
fn less<V: Vector>(sum: Pair<V>, (power, t): (V, V)) -> Pair<V> {
    let term = power.mul_add(t, power);
    let term_low = power.mul_add(t, power - term);
    sum.add(Pair::new(-term, -term_low))
}

/// The largest logit; NaN where it is infinite, or a sum of NaN tells of one that it has forgotten.
#[inline(always)]
fn number_or_nan<V: Vector>(arch: V::Arch, max: V, sum: Pair<V>) -> V {
    let highest = V::splat(arch, V::Element::INFINITY);
    let nan = V::splat(arch, V::Element::NAN);
    let known = sum.high.equal(sum.high);
    V::select(known, V::select(max.equal(highest), nan, max), nan)
}

/// The scaled exponential of the largest logit; 0 where all are masked.
#[inline(always)]
fn top<V: Vector>(arch: V::Arch, max: V, exponential: &Exponential<V>) -> Pair<V> {
    let zero = V::splat(arch, V::Element::ZERO);
    let masked = max.equal(V::splat(arch, V::Element::NEG_INFINITY));
    let none = Pair::new(zero, zero);
    if V::IS_SCALAR && V::any(masked) {
        return none;
    }
    let top = exponential.pair(arch, unless_masked(arch, max));
    Pair::select(masked, none, top)
}

/// The largest logit, or 0 where all are masked.
#[inline(always)]
fn unless_masked<V: Vector>(arch: V::Arch, max: V) -> V {
    let lowest = V::splat(arch, V::Element::NEG_INFINITY);
    V::select(max.equal(lowest), V::splat(arch, V::Element::ZERO), max)
}

/// A sum times 2^step, for a step that is not positive: exact, in two factors because one could be
/// subnormal; what two cannot reach vanishes. A positive step is that of a sum of zero, and none.
#[inline(always)]
fn step_down<V: Vector>(arch: V::Arch, sum: Pair<V>, step: V) -> Pair<V> {
    if V::IS_SCALAR {
        step_down_of_one(arch, sum, step)
    } else {
        step_down_inline(arch, sum, step)
    }
}

/// Where there are no vectors, a function of its own: small processors have little room.
#[inline(never)]
fn step_down_of_one<V: Vector>(arch: V::Arch, sum: Pair<V>, step: V) -> Pair<V> {
    step_down_inline(arch, sum, step)
}

#[inline(always)]
fn step_down_inline<V: Vector>(arch: V::Arch, sum: Pair<V>, step: V) -> Pair<V> {
    let zero = V::splat(arch, V::Element::ZERO);
    let lowest = V::splat(arch, V::Element::ONE - V::Element::EXPONENT_BIAS);
    let step = step.min(zero);
    let half_step = step.max(lowest);
    let other_half = (step - half_step).max(lowest);
    sum.scale(power_of_two(arch, half_step))
        .scale(power_of_two(arch, other_half))
}

/// States of up to as many rows as a vector has lanes, side by side.
pub(crate) struct States<V: Vector> {
    max: V::PerLane<V::Element>,
    top: [V::PerLane<V::Element>; 2],
    rest: [V::PerLane<V::Element>; 2],
}

impl<V: Vector> States<V> {
    /// Of no row.
    #[inline(always)]
    pub(crate) fn new() -> Self {
        let zeros = [V::PerLane::filled(V::Element::ZERO); 2];
        Self {
            max: V::PerLane::filled(V::Element::NEG_INFINITY),
            top: zeros,
            rest: zeros,
        }
    }

    /// Puts the states of the lanes at `row` and after it.
    #[inline(always)]
    pub(crate) fn put(&mut self, row: usize, states: &State<V>) {
        let ([top, top_low], [rest, rest_low]) = (&mut self.top, &mut self.rest);
        for (column, lanes) in [
            (&mut self.max, states.max),
            (top, states.top.high),
            (top_low, states.top.low),
            (rest, states.rest.high),
            (rest_low, states.rest.low),
        ] {
            if let Some(column) = column.as_mut().get_mut(row..) {
                lanes.store(column);
            }
        }
    }

    /// One a lane.
    #[inline(always)]
    pub(crate) fn to_lanes(&self, arch: V::Arch) -> State<V> {
        let zero = V::Element::ZERO;
        let [top, top_low] = &self.top;
        let [rest, rest_low] = &self.rest;
        State {
            max: V::load(arch, self.max.as_ref(), zero),
            top: Pair::new(
                V::load(arch, top.as_ref(), zero),
                V::load(arch, top_low.as_ref(), zero),
            ),
            rest: Pair::new(
                V::load(arch, rest.as_ref(), zero),
                V::load(arch, rest_low.as_ref(), zero),
            ),
        }
    }
}
