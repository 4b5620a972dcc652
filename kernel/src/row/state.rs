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
    vector::{MAX_LANES, Vector},
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
    const EMPTY: Self = Self { max: T::NEG_INFINITY, argmax: 0, rest: Pair { high: T::ZERO, low: T::ZERO } };

    /// The state of logits that make every output of their row NaN.
    const NOT_A_NUMBER: Self = Self { max: T::NAN, argmax: 0, rest: Pair { high: T::NAN, low: T::NAN } };

    /// The state of a whole row. One without a class left, like one with NaN, has no
    /// probabilities.
    #[inline(always)]
    pub(crate) fn of_row<V: Vector<Element = T>>(arch: V::Arch, row: &[T]) -> Self {
        let block_len = BLOCK_BYTES / size_of::<T>();
        let blocks = (0..).step_by(block_len).zip(row.chunks(block_len));
        let state = blocks.fold(Self::EMPTY, |before, (first, block)| {
            before.merge::<V>(arch, Self::of_block::<V>(arch, block, first))
        });
        if state.max == T::NEG_INFINITY { Self::NOT_A_NUMBER } else { state }
    }

    /// The state of one block, whose first logit has the index `first` in the row.
    #[inline(always)]
    fn of_block<V: Vector<Element = T>>(arch: V::Arch, block: &[T], first: usize) -> Self {
        let max = largest::<V>(arch, block);
        if max == T::NEG_INFINITY {
            // The maximum forgets NaN.
            let masked = block.iter().all(|&z| z == T::NEG_INFINITY);
            return if masked { Self::EMPTY } else { Self::NOT_A_NUMBER };
        }
        if !(max < T::INFINITY) {
            return Self::NOT_A_NUMBER;
        }
        let argmax = first_equal::<V>(arch, block, max);
        let rest = sum_without::<V>(arch, block, argmax, max);
        Self { max, argmax: first + argmax, rest }
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
        let (winner, loser) = if next.max > self.max { (next, self) } else { (self, next) };
        if !(winner.max < T::INFINITY && loser.max < T::INFINITY) {
            return Self::NOT_A_NUMBER;
        }
        let added = loser.rescaled_total::<V>(arch, winner.max);
        let rest = pair_of::<V>(arch, winner.rest).add(added);
        Self { rest: first_lanes(rest), ..winner }
    }

    /// The sum of all exponentials, the largest one's included, on the scale of a row whose
    /// maximum is `max`.
    #[inline(always)]
    fn rescaled_total<V: Vector<Element = T>>(self, arch: V::Arch, max: T) -> Pair<V> {
        let one_of = |m: T| {
            let zero = V::splat(arch, T::ZERO);
            Exponential::<V>::new(arch, m).pair(arch, V::splat(arch, m), zero)
        };
        let largest = one_of(self.max);
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
            let power = |integer: T| {
                let rounded = T::ROUNDER + (T::EXPONENT_BIAS + integer);
                V::splat(arch, rounded).low_bits_to_exponent()
            };
            return total.scale(power(half_step)).scale(power(other_half));
        }
        // One maximum was subtracted, so the scales differ by e^(difference): exact as a pair.
        let difference = two_sum(V::splat(arch, self.max), -V::splat(arch, max));
        let ratio = Exponential::<V>::new(arch, T::ZERO).pair(
            arch,
            difference.high,
            difference.low,
        );
        let (unlift, unlift_rest) = T::UNLIFT;
        let reference =
            one_of(max).scale(V::splat(arch, unlift)).scale(V::splat(arch, unlift_rest));
        ratio.mul(reference).mul(total.div(largest))
    }
}

/// The largest logit; forgets NaN.
#[inline(always)]
fn largest<V: Vector>(arch: V::Arch, block: &[V::Element]) -> V::Element {
    let lowest = V::Element::NEG_INFINITY;
    let lanes = block.chunks(V::LANES).fold(V::splat(arch, lowest), |max, chunk| {
        max.max(V::load(arch, chunk, lowest))
    });
    to_lanes(lanes).iter().take(V::LANES).fold(lowest, |max, &lane| {
        if lane > max { lane } else { max }
    })
}

/// The lowest index of a value that is in the block.
#[inline(always)]
fn first_equal<V: Vector>(arch: V::Arch, block: &[V::Element], value: V::Element) -> usize {
    let wanted = V::splat(arch, value);
    let mut chunks = block.chunks(V::LANES);
    let in_chunk =
        |chunk: &&[V::Element]| V::any(V::load(arch, chunk, V::Element::NAN).equal(wanted));
    let before = chunks.by_ref().take_while(|chunk| !in_chunk(chunk)).count() * V::LANES;
    let chunk = block.get(before..).unwrap_or_default();
    before + chunk.iter().position(|&z| z == value).unwrap_or_default()
}

/// The sum of the scaled exponentials of all logits but the one at `skip`.
///
/// Every lane sums its terms exactly, as a pair, and the lanes are summed in a fixed tree.
#[inline(always)]
fn sum_without<V: Vector>(
    arch: V::Arch,
    block: &[V::Element],
    skip: usize,
    max: V::Element,
) -> Pair<V::Element> {
    let exponential = Exponential::<V>::new(arch, max);
    let mut sum = LaneSum::<V>::new(arch);
    let (before, from_skip) = block.split_at_checked(skip - skip % V::LANES).unwrap_or_default();
    let (with_skip, after) =
        from_skip.split_at_checked(V::LANES).unwrap_or((from_skip, Default::default()));

    let mut held = [V::Element::NEG_INFINITY; MAX_LANES];
    held.iter_mut().zip(with_skip).for_each(|(to, from)| *to = *from);
    if let Some(skipped) = held.get_mut(skip % V::LANES) {
        *skipped = V::Element::NEG_INFINITY;
    }

    let mut add = |chunk: &[V::Element]| {
        let logits = V::load(arch, chunk, V::Element::NEG_INFINITY);
        let (power, significand) = exponential.term(arch, logits);
        sum.add(power, significand);
    };
    before.chunks(V::LANES).for_each(&mut add);
    add(&held);
    after.chunks(V::LANES).for_each(&mut add);
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
        Self { high: zero, low: zero }
    }

    /// Adds `factor * term`; the product with the high part must be exact.
    #[inline(always)]
    pub(crate) fn add(&mut self, factor: V, term: Pair<V>) {
        let sum = two_sum(self.high, factor * term.high);
        *self = Self { high: sum.high, low: factor.mul_add(term.low, self.low) + sum.low };
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
fn first_lanes<V: Vector>(pair: Pair<V>) -> Pair<V::Element> {
    Pair { high: first_lane(pair.high), low: first_lane(pair.low) }
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
