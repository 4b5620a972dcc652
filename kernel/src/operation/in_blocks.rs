//! Rows one after the other, in groups of those that are finished together; wide ones block by
//! block.

use core::ops::Range;

use super::groups::{StateVisitor, classes_of};
use crate::{
    door::Batch,
    logit::Logit,
    row::{
        ahead::{halves_of_next, logits_ahead},
        block::{Block, block_len, first_len},
        blocks::states,
        state::{State, States},
    },
    vector::{Array, Vector},
};

/// Bytes of the elements of rows that are finished together before their derivatives read them
/// again: they stay in the second-level cache.
const GROUP_BYTES: usize = 128 * 1024;

/// Some rows at a time, and those that do not fit into one block block by block.
#[inline(always)]
pub(super) fn in_blocks<Z, V>(
    arch: V::Arch,
    batch: &Batch<'_>,
    visitor: &mut dyn StateVisitor<Z, V>,
) where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let n_classes = batch.n_classes.get();
    let row_bytes = n_classes.saturating_mul(size_of::<V::Element>());
    let rows_together = (GROUP_BYTES / row_bytes.max(1)).clamp(1, V::LANES);
    for first_row in (0..batch.n_rows).step_by(rows_together.max(1)) {
        let rows = first_row..batch.n_rows.min(first_row + rows_together);
        let ahead = Ahead::of::<V>(batch, &rows, visitor.reads_again());
        let logits = visitor.logits();
        let states = if n_classes <= block_len::<V::Element>() {
            states_of_rows(arch, batch, logits, &rows, ahead)
        } else {
            states_of_wide_rows(arch, batch, logits, &rows, ahead)
        };
        if let Some(states) = states {
            visitor.visit(arch, rows, &states);
        }
    }
}

/// How far ahead of the logits that are summed others are asked for.
#[derive(Clone, Copy)]
struct Ahead {
    /// Index of the first logit of the rows.
    start: usize,
    /// From there to what is asked for when it is summed.
    distance: usize,
    /// At half the pace, the other half being asked for when the logits are read again.
    half: bool,
}

impl Ahead {
    #[inline(always)]
    fn of<V: Vector>(batch: &Batch<'_>, rows: &Range<usize>, reads_again: bool) -> Self {
        let group = rows.len().saturating_mul(batch.stride.get());
        let start = rows.start.wrapping_mul(batch.stride.get());
        let least = logits_ahead::<V::Element>();
        // Short rows are looked at together: while they are summed, the next are on their way.
        let are_short = batch.n_classes.get() <= first_len::<V::Element>();
        let distance = if reads_again {
            group
        } else if are_short {
            group.max(least)
        } else {
            least
        };
        Self {
            start,
            distance,
            half: reads_again,
        }
    }

    /// The block of so many logits from `start` on.
    #[inline(always)]
    fn block<Z>(self, logits: &[Z], start: usize, len: usize) -> Block<'_, Z> {
        let ahead = if self.half {
            let [first, _] =
                halves_of_next(self.start, self.distance, start.wrapping_sub(self.start));
            first
        } else {
            start.wrapping_add(self.distance)
        };
        let onwards = logits.get(start..).unwrap_or_default();
        Block {
            logits: onwards.get(..len).unwrap_or_default(),
            onwards,
            ahead: logits.get(ahead..).unwrap_or_default(),
            half: self.half,
        }
    }
}

/// The states of rows of a block each.
#[inline(always)]
fn states_of_rows<Z, V>(
    arch: V::Arch,
    batch: &Batch<'_>,
    logits: &[Z],
    rows: &Range<usize>,
    ahead: Ahead,
) -> Option<State<V>>
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let mut blocks = V::PerLane::filled(Block::default());
    let labels = classes_of::<V>(batch, rows);
    for (block, (row, label)) in blocks.as_mut().iter_mut().zip(rows.clone().zip(labels)) {
        // Of an ignored row nothing is read.
        if label.index().is_some() {
            let start = row.wrapping_mul(batch.stride.get());
            *block = ahead.block(logits, start, batch.n_classes.get());
        }
    }
    states::<Z, V>(arch, blocks.as_ref().get(..rows.len())?)
}

/// The states of rows that do not fit into one block: those of their blocks merged in order.
#[inline(always)]
fn states_of_wide_rows<Z, V>(
    arch: V::Arch,
    batch: &Batch<'_>,
    logits: &[Z],
    rows: &Range<usize>,
    ahead: Ahead,
) -> Option<State<V>>
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let (n_classes, block_len) = (batch.n_classes.get(), block_len::<V::Element>());
    let blocks_at_once = (GROUP_BYTES / size_of::<V::Element>() / block_len).clamp(1, V::LANES);
    let labels = classes_of::<V>(batch, rows);
    let mut together = States::<V>::new();
    for (lane, (row, label)) in rows.clone().zip(labels).enumerate() {
        let start = row.wrapping_mul(batch.stride.get());
        let mut merged = State::EMPTY;
        for first in (0..n_classes).step_by(block_len * blocks_at_once) {
            let mut blocks = V::PerLane::filled(Block::default());
            let starts = (first..n_classes).step_by(block_len).take(blocks_at_once);
            let n_blocks = starts.len();
            if label.index().is_some() {
                for (block, class) in blocks.as_mut().iter_mut().zip(starts) {
                    let len = block_len.min(n_classes - class);
                    *block = ahead.block(logits, start.wrapping_add(class), len);
                }
            }
            let states = states::<Z, V>(arch, blocks.as_ref().get(..n_blocks)?)?;
            for state in states.to_rows().take(n_blocks) {
                merged = merged.merge::<V>(arch, state);
            }
        }
        together.put(lane, &State::splat(arch, merged));
    }
    Some(together.to_lanes(arch))
}
