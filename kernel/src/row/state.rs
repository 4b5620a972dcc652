//! The state of a row: everything that loss, gradient and curvature need of its logits.
//!
//! With m the largest logit, a its lowest index and w = sum over j != a of e^(z_j), everything
//! follows without a cancellation, because the largest term is not part of the sum: the loss of
//! a is ln(1 + w / e^m), and 1 - p_a is w / (w + e^m). States of consecutive parts of a row
//! merge; a row is cut into fixed blocks and their states merged in order, so the same bits come
//! out however the blocks are distributed.

use crate::{
    element::{Element, Float},
    exponential::{Exponential, anchor},
    pair::{Pair, quick_two_sum, two_sum},
    vector::{Arch, MAX_LANES, Vector},
};

/// Bytes of logits that are read twice, once for their maximum and once for their sum, before
/// the next are touched: they stay in the first-level cache (32 KiB or more wherever there is
/// one), so memory is read once however wide the row.
const BLOCK_BYTES: usize = 16 * 1024;

/// The state of a row or of consecutive logits of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct State<T> {
    /// The largest logit. Minus infinity where all are; NaN where one is NaN or plus infinity.
    pub(crate) max: T,
    /// Its lowest index in the row.
    pub(crate) argmax: usize,
    /// The sum of the exponentials of all other logits, scaled as [`Exponential`] scales those
    /// of a row with this maximum.
    pub(crate) rest: Pair<T>,
}

impl<T: Element> State<T> {
    /// The state of no logits, or of masked ones only.
    const EMPTY: Self = Self {
        max: T::NEG_INFINITY,
        argmax: 0,
        rest: Pair {
            high: T::ZERO,
            low: T::ZERO,
        },
    };

    /// The state of logits that make every output of their row NaN.
    const NOT_A_NUMBER: Self = Self {
        max: T::NAN,
        argmax: 0,
        rest: Pair {
            high: T::NAN,
            low: T::NAN,
        },
    };

    /// The state of a whole row. One without a class left, like one with NaN, has no
    /// probabilities.
    ///
    /// A function of its own, so that its loops are compiled once for all operations.
    #[inline(never)]
    pub(crate) fn of_row<V: Vector<Element = T>>(arch: V::Arch, row: &[T]) -> Self {
        arch.run(
            #[inline(always)]
            || Self::of_blocks::<V>(arch, row),
        )
    }

    #[inline(always)]
    fn of_blocks<V: Vector<Element = T>>(arch: V::Arch, row: &[T]) -> Self {
        let mut state = Self::EMPTY;
        let mut first = 0;
        for block in row.chunks(BLOCK_BYTES / size_of::<T>()) {
            state = state.merge::<V>(arch, Self::of_block::<V>(arch, block, first));
            first += block.len();
        }
        if state.max == T::NEG_INFINITY {
            Self::NOT_A_NUMBER
        } else {
            state
        }
    }

    /// The state of one block, whose first logit has the index `first` in the row.
    #[inline(always)]
    fn of_block<V: Vector<Element = T>>(arch: V::Arch, block: &[T], first: usize) -> Self {
        let max = largest::<V>(arch, block);
        if max == T::NEG_INFINITY {
            // The maximum forgets NaN.
            let masked = block.iter().all(|&z| z == T::NEG_INFINITY);
            return if masked {
                Self::EMPTY
            } else {
                Self::NOT_A_NUMBER
            };
        }
        if !max.is_finite() {
            return Self::NOT_A_NUMBER;
        }
        let argmax = first_equal::<V>(arch, block, max);
        let rest = sum_without::<V>(arch, block, argmax, max);
        Self {
            max,
            argmax: first + argmax,
            rest,
        }
    }

    /// The state of these logits and those that follow them.
    #[inline(always)]
    fn merge<V: Vector<Element = T>>(self, arch: V::Arch, next: Self) -> Self {
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
        let added = loser.rescaled_total::<V>(arch, winner.max);
        let rest = pair_of::<V>(arch, winner.rest).add(added);
        Self {
            rest: first_lanes(rest),
            ..winner
        }
    }

    /// The sum of all exponentials, the largest one's included, on the scale of a row whose
    /// maximum is `max`.
    #[inline(always)]
    fn rescaled_total<V: Vector<Element = T>>(self, arch: V::Arch, max: T) -> Pair<V> {
        let largest = largest_term::<V>(arch, self.max);
        let total = pair_of::<V>(arch, self.rest).add(largest);
        let ((from, from_shift), (to, to_shift)) = (anchor(self.max), anchor(max));
        if from_shift == T::ZERO && to_shift == T::ZERO {
            // Both scales are powers of two: an exact step down, in two factors because one
            // could be subnormal; what two cannot reach vanishes.
            let lowest = T::ONE - T::EXPONENT_BIAS;
            let step = from - to;
            let half_step = if step < lowest { lowest } else { step };
            let other = step - half_step;
            let other_half = if other < lowest { lowest } else { other };
            return total
                .scale(power_of_two::<V>(arch, half_step))
                .scale(power_of_two::<V>(arch, other_half));
        }
        // One maximum was subtracted, so the scales differ by e^(difference): exact as a pair.
        let difference = two_sum(V::splat(arch, self.max), -V::splat(arch, max));
        let ratio =
            Exponential::<V>::new(arch, T::ZERO).pair(arch, difference.high, difference.low);
        let (unlift, unlift_rest) = T::UNLIFT;
        let reference = largest_term::<V>(arch, max)
            .scale(V::splat(arch, unlift))
            .scale(V::splat(arch, unlift_rest));
        ratio.mul(reference).mul(total.div(largest))
    }
}

/// The term of the largest logit.
#[inline(always)]
fn largest_term<V: Vector>(arch: V::Arch, max: V::Element) -> Pair<V> {
    let zero = V::splat(arch, V::Element::ZERO);
    Exponential::<V>::new(arch, max).pair(arch, V::splat(arch, max), zero)
}

/// 2^integer, which must be normal.
#[inline(always)]
fn power_of_two<V: Vector>(arch: V::Arch, integer: V::Element) -> V {
    let biased = V::Element::ROUNDER + (V::Element::EXPONENT_BIAS + integer);
    V::splat(arch, biased).low_bits_to_exponent()
}

/// The largest logit; forgets NaN.
#[inline(always)]
fn largest<V: Vector>(arch: V::Arch, block: &[V::Element]) -> V::Element {
    let lowest = V::Element::NEG_INFINITY;
    let mut lanes = V::splat(arch, lowest);
    let whole = block.chunks_exact(V::LANES);
    let rest = V::load(arch, whole.remainder(), lowest);
    for chunk in whole {
        lanes = lanes.max(V::load(arch, chunk, lowest));
    }
    lanes = lanes.max(rest);
    let mut max = lowest;
    for lane in to_lanes(lanes).into_iter().take(V::LANES) {
        if lane > max {
            max = lane;
        }
    }
    max
}

/// The lowest index of a value that is in the block.
#[inline(always)]
fn first_equal<V: Vector>(arch: V::Arch, block: &[V::Element], value: V::Element) -> usize {
    let wanted = V::splat(arch, value);
    let mut first = 0;
    for chunk in block.chunks(V::LANES) {
        if V::any(V::load(arch, chunk, V::Element::NAN).equal(wanted)) {
            return first + chunk.iter().position(|&z| z == value).unwrap_or_default();
        }
        first += V::LANES;
    }
    0
}

/// The sum of the scaled exponentials of all logits but the one at `skip`.
///
/// Every lane sums its terms as a pair, and the lanes are summed in a fixed tree.
#[inline(always)]
fn sum_without<V: Vector>(
    arch: V::Arch,
    block: &[V::Element],
    skip: usize,
    max: V::Element,
) -> Pair<V::Element> {
    let exponential = Exponential::<V>::new(arch, max);
    let mut sum = LaneSum::<V>::new(arch);
    let lane = skip % V::LANES;
    let (before, from_skip) = block.split_at_checked(skip - lane).unwrap_or_default();
    let (with_skip, after) = from_skip
        .split_at_checked(V::LANES)
        .unwrap_or((from_skip, Default::default()));
    let mut held = [V::Element::NEG_INFINITY; MAX_LANES];
    for (i, (to, from)) in held.iter_mut().zip(with_skip).enumerate() {
        if i != lane {
            *to = *from;
        }
    }
    let held = held.get(..V::LANES).unwrap_or_default();
    for part in [before, held, after] {
        sum.add_terms(arch, &exponential, part);
    }
    sum.total()
}

/// A running sum in every lane, with the rounding errors of the additions summed apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LaneSum<V> {
    high: V,
    low: V,
}

impl<V: Vector> LaneSum<V> {
    #[inline(always)]
    pub(crate) fn new(arch: V::Arch) -> Self {
        let zero = V::splat(arch, V::Element::ZERO);
        Self {
            high: zero,
            low: zero,
        }
    }

    #[inline(always)]
    fn add_terms(&mut self, arch: V::Arch, exponential: &Exponential<V>, logits: &[V::Element]) {
        let whole = logits.chunks_exact(V::LANES);
        let rest = whole.remainder();
        for chunk in whole {
            self.add_term(arch, exponential, chunk);
        }
        if !rest.is_empty() {
            self.add_term(arch, exponential, rest);
        }
    }

    #[inline(always)]
    fn add_term(&mut self, arch: V::Arch, exponential: &Exponential<V>, logits: &[V::Element]) {
        let logits = V::load(arch, logits, V::Element::NEG_INFINITY);
        let (power, significand) = exponential.term(arch, logits);
        self.add(power, significand);
    }

    /// Adds `factor * term`; the product with the high part must be exact.
    #[inline(always)]
    pub(crate) fn add(&mut self, factor: V, term: Pair<V>) {
        let sum = two_sum(self.high, factor * term.high);
        // In this order one addition a term depends on the last.
        let low = factor.mul_add(term.low, sum.low);
        *self = Self {
            high: sum.high,
            low: self.low + low,
        };
    }

    /// The sum over the lanes.
    #[inline(always)]
    pub(crate) fn total(self) -> Pair<V::Element> {
        first_lanes(quick_two_sum(self.high, self.low).sum_lanes())
    }
}

/// The same pair in every lane.
#[inline(always)]
pub(crate) fn pair_of<V: Vector>(arch: V::Arch, pair: Pair<V::Element>) -> Pair<V> {
    Pair::new(V::splat(arch, pair.high), V::splat(arch, pair.low))
}

/// Lane 0 of both parts.
#[inline(always)]
pub(crate) fn first_lanes<V: Vector>(pair: Pair<V>) -> Pair<V::Element> {
    Pair {
        high: first_lane(pair.high),
        low: first_lane(pair.low),
    }
}

/// The lanes as an array; those beyond the vector's are zero.
#[inline(always)]
pub(crate) fn to_lanes<V: Vector>(vector: V) -> [V::Element; MAX_LANES] {
    let mut lanes = [V::Element::ZERO; MAX_LANES];
    vector.store(&mut lanes);
    lanes
}

/// Lane 0.
#[inline(always)]
pub(crate) fn first_lane<V: Vector>(vector: V) -> V::Element {
    let [first, ..] = to_lanes(vector);
    first
}
