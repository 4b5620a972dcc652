//! The state of a row a logit at a time, for processors without vectors.
//!
//! Sums are those of [`blocks`](super::blocks) to the bit: a logical lane after the other, so that
//! its sum stays in registers, and lanes folded in the same tree.

use core::slice;

use super::{
    block::{VECTORS_A_TURN, block_len, first_len},
    largest::Largest,
    scale::Scale,
    state::State,
};
use crate::{
    element::Float,
    lane_sum::LaneSum,
    logit::Logit,
    pair::{Pair, quick_two_sum},
    vector::Vector,
};

/// The state of a row.
#[inline(always)]
pub(crate) fn state_of_row<Z, V>(arch: V::Arch, logits: &[Z]) -> State<V>
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    if logits.len() <= block_len::<V::Element>() {
        state_of_block(arch, logits)
    } else {
        state_of_blocks(arch, logits)
    }
}

/// The state of a row of several blocks, merged in order.
///
/// A function of its own, like the next, so that it is compiled once for all operations.
#[inline(never)]
fn state_of_blocks<Z, V>(arch: V::Arch, logits: &[Z]) -> State<V>
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let mut merged = State::EMPTY;
    for block in logits.chunks(block_len::<V::Element>()) {
        let state: State<V> = state_of_block(arch, block);
        merged = merged.merge::<V>(arch, state.first_lane());
    }
    State::splat(arch, merged)
}

#[inline(never)]
fn state_of_block<Z, V>(arch: V::Arch, logits: &[Z]) -> State<V>
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let first = first_len::<V::Element>().min(logits.len());
    let (first, others) = logits.split_at_checked(first).unwrap_or_default();
    let mut largest = looked_at(arch, Largest::new(arch), first);
    let mut others = others;
    let (scale, chosen_by) = loop {
        let scale = Scale::of(arch, largest);
        let chosen_by = largest.first;
        // With all logits known the only way to fail is a shift, which changes no scale.
        if others.is_empty() {
            break (scale, chosen_by);
        }
        largest = looked_at(arch, largest, others);
        if !V::any(scale.fails(arch, largest)) {
            break (scale, chosen_by);
        }
        others = &[];
    };
    let limit = scale.exponential.unshifted_limit(arch, scale.threshold);
    let sum = sum(arch, &scale, logits, limit);
    State::of_sum_of_one(arch, largest.first, &scale, (chosen_by, limit), sum)
}

/// The largest logits with others added.
#[inline(never)]
fn looked_at<Z, V>(arch: V::Arch, largest: Largest<V>, logits: &[Z]) -> Largest<V>
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let mut largest = largest;
    largest.add_all(arch, logits);
    largest
}

/// The sum of the terms of a block on a scale; `limit` is that of its exponential.
#[inline(always)]
fn sum<Z, V>(arch: V::Arch, scale: &Scale<V>, logits: &[Z], limit: V) -> Pair<V>
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    if logits.len() <= V::Element::LANES {
        sum_of_narrow(arch, scale, logits, limit)
    } else {
        sum_of_lanes(arch, scale, logits, limit)
    }
}

/// Of at most a logit a lane: leading parts exactly, so in any order, and the others in the tree of
/// all lanes, where none adds zero.
#[inline(always)]
fn sum_of_narrow<Z, V>(arch: V::Arch, scale: &Scale<V>, logits: &[Z], limit: V) -> Pair<V>
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let mut high = V::splat(arch, V::Element::ZERO);
    let mut lows = [high; 8];
    let mut logits = logits.iter();
    for low in &mut lows {
        let Some(logit) = logits.next() else { break };
        let mut sum = LaneSum::new(arch, scale.bias);
        add(arch, scale, &mut sum, logit, limit);
        high = high + (sum.high - scale.bias);
        if let Some(logit) = logits.next() {
            sum.high = scale.bias;
            add(arch, scale, &mut sum, logit, limit);
            high = high + (sum.high - scale.bias);
        }
        *low = sum.low;
    }
    let [a, b, c, d, e, f, g, h] = lows;
    quick_two_sum(high, ((a + b) + (c + d)) + ((e + f) + (g + h)))
}

/// A lane after the other, each added to its neighbours as soon as those are there.
#[inline(always)]
fn sum_of_lanes<Z, V>(arch: V::Arch, scale: &Scale<V>, logits: &[Z], limit: V) -> Pair<V>
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let lanes = V::Element::LANES;
    let (whole, tail) = logits
        .split_at_checked(logits.len() - logits.len() % lanes)
        .unwrap_or_default();
    let odd = whole.chunks_exact(2 * lanes).remainder();
    let mut all = LaneSum::new(arch, V::splat(arch, V::Element::ZERO));
    // At i the sum of 2^i lanes, where there is that bit in the number of lanes so far.
    let mut waiting = [all; 4];
    for lane in 0..lanes {
        let mut sum = LaneSum::new(arch, scale.bias);
        for turn in whole.chunks(VECTORS_A_TURN * lanes) {
            // Two at a time: counting takes instructions as well.
            for pair in turn.chunks_exact(2 * lanes) {
                if let (Some(first), Some(second)) = (pair.get(lane), pair.get(lanes + lane)) {
                    add(arch, scale, &mut sum, first, limit);
                    add(arch, scale, &mut sum, second, limit);
                }
            }
            if turn.len() == VECTORS_A_TURN * lanes {
                sum = sum.renormalized();
            }
        }
        // Logits of the tail are in the last lanes.
        let of_tail = (lane + tail.len()).checked_sub(lanes);
        let mut of_tail = of_tail.and_then(|index| tail.get(index));
        let mut of_odd = odd.get(lane);
        while let Some(logit) = of_odd.take().or_else(|| of_tail.take()) {
            add(arch, scale, &mut sum, logit, limit);
        }
        all = sum.without(scale.bias);
        let mut n_lanes = lane;
        for neighbours in &mut waiting {
            if n_lanes.is_multiple_of(2) {
                *neighbours = all;
                break;
            }
            all = neighbours.plus(all);
            n_lanes /= 2;
        }
    }
    all.to_pair()
}

/// Adds the term of one logit.
#[inline(always)]
fn add<Z, V>(arch: V::Arch, scale: &Scale<V>, sum: &mut LaneSum<V>, logit: &Z, limit: V)
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let z = Z::load(arch, slice::from_ref(logit));
    let (power, t) = match scale.exponential.reduce_smaller(arch, z, limit) {
        Some(reduced) => reduced.split(arch),
        None => scale.term(arch, z),
    };
    sum.add_term(power, t);
}
