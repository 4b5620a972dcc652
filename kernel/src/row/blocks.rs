//! The states of some blocks of logits, found together.
//!
//! A block is a row, or a part of a row too wide for the first-level cache. What is small work
//! for each of them, from lanes to numbers and from numbers to states, is done for all at once,
//! a block a lane.

use super::{
    block::{Block, first_len},
    largest::Largest,
    scale::Scale,
    state::State,
};
use crate::{
    element::Float,
    lane_sum::{LaneSum, fold_lanes},
    logit::Logit,
    vector::{Arch, Array, Vector},
};

/// The states of blocks, one a lane: at most as many as a vector has. `None` for none.
///
/// A function of its own, so that its loops are compiled once for all operations.
#[inline(never)]
pub(crate) fn states<Z, V>(arch: V::Arch, blocks: &[Block<'_, Z>]) -> Option<State<V>>
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    arch.run(
        #[inline(always)]
        || states_inline(arch, blocks),
    )
}

#[inline(always)]
fn states_inline<Z, V>(arch: V::Arch, blocks: &[Block<'_, Z>]) -> Option<State<V>>
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let mut firsts = V::PerLane::filled(Largest::new(arch));
    let firsts = firsts.as_mut().get_mut(..blocks.len())?;
    // Of short blocks all are looked at before any is summed, so that their scales are found
    // together; of others only the first logits are near enough to be read twice.
    let are_short = blocks
        .iter()
        .all(|block| block.logits.len() <= first_len::<V::Element>());
    let mut first = None;
    if are_short {
        for (first, block) in firsts.iter_mut().zip(blocks) {
            block.look_at_first(arch, first);
        }
        first = fold_lanes::<V, _>(firsts);
    }
    let scales = first.map(
        #[inline(always)]
        |first| Scale::of(arch, first),
    );
    let mut scales = scales.map(Scale::to_rows);

    let zero = V::splat(arch, V::Element::ZERO);
    let mut sums = V::PerLane::filled(LaneSum::new(arch, zero));
    let mut others = V::PerLane::filled(Largest::new(arch));
    let mut guesses = blocks.iter().zip(&mut *firsts).map(
        #[inline(always)]
        |(block, first)| {
            if let Some(scales) = &mut scales {
                return Some(Scale::splat(arch, scales.next()?));
            }
            block.look_at_first(arch, first);
            Some(Scale::of(arch, first.of_all_lanes()))
        },
    );
    // One block ahead: a guess is a chain of operations that wait for each other, and the sum
    // before it keeps the processor busy.
    let mut next = guesses.next().flatten();
    let lanes = sums.as_mut().iter_mut().zip(others.as_mut());
    for ((sum, others), block) in lanes.zip(blocks) {
        let scale = next?;
        next = guesses.next().flatten();
        *sum = block.sum_and_look(arch, &scale, &mut others.first);
        // A second logit above the threshold would be missing in the sum.
        if V::any(scale.threshold.less_than(others.first)) {
            *others = Largest::new(arch);
            others.add_all(arch, block.split::<V>().1);
        }
    }
    let first = match first {
        Some(first) => first,
        None => fold_lanes::<V, _>(firsts)?,
    };
    let guess = Scale::of(arch, first);
    let sum = fold_lanes::<V, _>(sums.as_mut().get_mut(..blocks.len())?)?;
    let largest = if are_short {
        first
    } else {
        first.plus(fold_lanes::<V, _>(
            others.as_mut().get_mut(..blocks.len())?,
        )?)
    };

    let (scale, sum) = if V::any(guess.fails(arch, largest)) {
        sum_again(arch, blocks, guess, largest, sum)
    } else {
        (guess, sum)
    };
    Some(State::of_sum(arch, largest.first, &scale, sum.to_pair()))
}

/// The scales and sums of all blocks, those on which the guess fails summed on a scale that suits
/// all their logits.
#[inline(never)]
fn sum_again<Z, V>(
    arch: V::Arch,
    blocks: &[Block<'_, Z>],
    guess: Scale<V>,
    largest: Largest<V>,
    sum: LaneSum<V>,
) -> (Scale<V>, LaneSum<V>)
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    arch.run(
        #[inline(always)]
        || {
            let (zero, one) = (V::Element::ZERO, V::Element::ONE);
            let fails = guess.fails(arch, largest);
            let failing = V::select(fails, V::splat(arch, one), V::splat(arch, zero));
            let (mut first, mut second) = (largest.first.to_lanes(), largest.second.to_lanes());
            let lanes = first.as_mut().iter_mut().zip(second.as_mut());
            for ((first, second), (block, fails)) in
                lanes.zip(blocks.iter().zip(failing.to_lanes()))
            {
                if fails != zero {
                    let mut largest = Largest::<V>::new(arch);
                    largest.add_all(arch, block.logits);
                    let largest = largest.of_all_lanes();
                    (*first, *second) = (largest.first.first_lane(), largest.second.first_lane());
                }
            }
            let largest = Largest {
                first: V::load(arch, first.as_ref(), zero),
                second: V::load(arch, second.as_ref(), zero),
            };
            let scale = Scale::select(fails, Scale::of(arch, largest), guess);
            let (mut high, mut low) = (sum.high.to_lanes(), sum.low.to_lanes());
            let sums = high.as_mut().iter_mut().zip(low.as_mut());
            let rows = scale.to_rows().zip(failing.to_lanes());
            for ((high, low), (block, (scale, fails))) in sums.zip(blocks.iter().zip(rows)) {
                if fails != zero {
                    let sum = block.sum(arch, &Scale::<V>::splat(arch, scale));
                    (*high, *low) = (sum.high.first_lane(), sum.low.first_lane());
                }
            }
            let sum = LaneSum {
                high: V::load(arch, high.as_ref(), zero),
                low: V::load(arch, low.as_ref(), zero),
            };
            (scale, sum)
        },
    )
}
