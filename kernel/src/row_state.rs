//! States of parts of rows, for streams of logits and for vocabularies in shards.

use crate::{
    element::Element,
    pair::Pair,
    row::{block::block_len, state::State},
};

/// What loss and gradient need of some consecutive logits of a row: five numbers, which lie in
/// memory as an array of those of [`to_parts`](Self::to_parts).
///
/// States of parts that follow each other merge into the state of both. A whole row is computed
/// as blocks of [`BLOCK_LEN`](Self::BLOCK_LEN) logits, the last one shorter, merged in order: who
/// merges the states of the same blocks in the same order gets the bits of the whole row, wherever
/// the blocks are. Other parts give the same numbers up to rounding.
///
/// ```
/// use surprisal::{CrossEntropy, RowState};
///
/// let loss = CrossEntropy::new();
/// // One row of four logits, in two places; its label is class 2.
/// let (mut here, mut there) = ([RowState::EMPTY], [RowState::EMPTY]);
/// loss.row_states(&[1.0_f64, 2.0], 2, &mut here)?;
/// loss.row_states(&[5.0_f64, 3.0], 2, &mut there)?;
/// loss.merge_row_states(&mut here, &there)?;
///
/// let mut losses = [0.0];
/// loss.losses_of_states(&here, &[5.0], &mut losses)?;
/// assert!((losses[0] - 0.185182452603812).abs() < 1e-15);
/// # Ok::<(), surprisal::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(transparent)]
pub struct RowState<T>(pub(crate) State<T>);

impl<T: Element> RowState<T> {
    /// Of no logits: merging it changes nothing.
    pub const EMPTY: Self = Self(State::EMPTY);

    /// Number of logits of the blocks that whole rows are computed in.
    pub const BLOCK_LEN: usize = block_len::<T>();

    /// The state that goes out, whose bits are to be the same on every backend. The largest of 0 and
    /// -0 is either, as the processor has it; no result depends on which: 0. With plus infinity in a
    /// row, sums are of no meaning, nor of the same bits: every number is NaN.
    pub(crate) fn of(state: State<T>) -> Self {
        if state.max.is_nan() {
            return Self(State::NOT_A_NUMBER);
        }
        Self(State {
            max: state.max + T::ZERO,
            ..state
        })
    }

    /// The state as five numbers, to be stored or sent: the largest logit, its exponential and
    /// the sum of the others', each of these as the sum of two numbers and scaled alike.
    pub const fn to_parts(self) -> [T; 5] {
        let State { max, top, rest } = self.0;
        [max, top.high, top.low, rest.high, rest.low]
    }

    /// The state that [`to_parts`](Self::to_parts) gave these numbers of. Any others give
    /// results without meaning, and nothing worse.
    pub const fn from_parts([max, top, top_low, rest, rest_low]: [T; 5]) -> Self {
        Self(State {
            max,
            top: Pair {
                high: top,
                low: top_low,
            },
            rest: Pair {
                high: rest,
                low: rest_low,
            },
        })
    }
}
