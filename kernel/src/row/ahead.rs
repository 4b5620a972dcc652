//! Memory that is needed soon, asked for ahead of time where that can be asked. It shows in no result.

use core::slice::Chunks;

use super::block::{block_len, first_len};
use crate::{
    element::Float,
    vector::{Arch, Vector},
};

/// Logits between one that is summed and one that is asked for from memory: a block and its
/// successor's first logits, which are looked at before the block is summed.
pub(crate) const fn logits_ahead<T: Float>() -> usize {
    block_len::<T>() + 4 * first_len::<T>()
}

/// Half the lanes of a vector, at least one: the step in what is asked for where two passes ask for
/// a half each.
pub(crate) const fn half_of<V: Vector>() -> usize {
    V::LANES.div_ceil(2)
}

/// Where two passes over a group of logits ask for those of the next group, each for a half of them at
/// half its own pace: the indices at so many logits after the start of the group.
#[inline(always)]
pub(crate) fn halves_of_next(start: usize, group: usize, before: usize) -> [usize; 2] {
    let first = start.wrapping_add(group).wrapping_add(before / 2);
    [first, first.wrapping_add(group / 2)]
}

/// The first of as many logits as a turn that are asked for while the turn that begins at `start` is
/// summed, and whether they are: at half the pace in every other turn.
#[inline(always)]
pub(crate) fn asked_in_turn(start: usize, turn: usize, at_half_pace: bool) -> (usize, bool) {
    if at_half_pace {
        (start / 2, (start / turn).is_multiple_of(2))
    } else {
        (start, true)
    }
}

/// Asks for the next chunk, if there is one.
#[inline(always)]
pub(crate) fn prefetch_next<T, V: Vector>(arch: V::Arch, chunks: &mut Chunks<'_, T>) {
    if !V::IS_SCALAR
        && let Some(chunk) = chunks.next()
    {
        arch.prefetch(chunk);
    }
}

/// Bytes that memory gives at once.
const LINE_BYTES: usize = 64;

/// A slice line by line. A vector of a row in every lane may take several of them.
pub(crate) struct Lines<'a, T>(Chunks<'a, T>);

impl<'a, T> Lines<'a, T> {
    /// Of a slice, line after line from its beginning on.
    #[inline(always)]
    pub(crate) fn of(slice: &'a [T]) -> Self {
        Self(slice.chunks(const { LINE_BYTES / size_of::<T>() }))
    }

    /// Asks for as many as a vector of such elements takes.
    #[inline(always)]
    pub(crate) fn prefetch<V: Vector>(&mut self, arch: V::Arch) {
        for line in self.of_vector::<V>() {
            arch.prefetch(line);
        }
    }

    /// The same, for use at once.
    #[inline(always)]
    pub(crate) fn prefetch_near<V: Vector>(&mut self, arch: V::Arch) {
        for line in self.of_vector::<V>() {
            arch.prefetch_near(line);
        }
    }

    #[inline(always)]
    fn of_vector<V: Vector>(&mut self) -> impl Iterator<Item = &'a [T]> {
        let n = const { (V::LANES * size_of::<T>()).div_ceil(LINE_BYTES) };
        self.0.by_ref().take(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::{Fused, portable::Portable};

    extern crate std;

    use std::vec::Vec;

    #[test]
    fn a_line_is_64_bytes() {
        type Number = <Portable<Fused> as Arch>::F32;
        fn lens<T: Copy>(numbers: &[T]) -> Vec<usize> {
            Lines::of(numbers).0.map(<[T]>::len).collect()
        }
        assert_eq!(lens(&[0.0_f32; 40]), [16, 16, 8]);
        assert_eq!(lens(&[0.0_f64; 17]), [8, 8, 1]);
        assert_eq!(lens(&[0_u16; 32]), [32]);
        // Of one number, the line that it is in.
        let n_lines = Lines::of(&[0.0_f32; 40]).of_vector::<Number>().count();
        assert_eq!(n_lines, 1);
    }

    /// Further than a vector behind what is read before it is summed, and within a quarter of a
    /// second-level cache of 256 KiB, the smallest there is.
    #[test]
    fn memory_is_asked_for_while_another_block_is_summed() {
        fn is_between<T: Float>() -> bool {
            let distance = logits_ahead::<T>();
            let bytes = distance.saturating_mul(size_of::<T>());
            distance > block_len::<T>() + first_len::<T>() + T::LANES && bytes < 256 * 1024 / 4
        }
        assert!(is_between::<f32>() && is_between::<f64>());
    }

    /// Rows 5 to 8 of 12 logits, of which each asks for 6 in each pass: rows 9 to 12 and no other.
    #[test]
    fn two_passes_ask_for_all_of_the_next_group_once() {
        let (row, rows) = (12, 5..9);
        let asked = |pass: usize| {
            rows.clone().flat_map(move |index| {
                let from = halves_of_next(5 * row, 4 * row, (index - 5) * row)[pass];
                from..from + row / 2
            })
        };
        let all: Vec<usize> = asked(0).chain(asked(1)).collect();
        assert_eq!(all, (9 * row..13 * row).collect::<Vec<_>>());
    }

    #[test]
    fn turns_ask_for_what_follows_without_a_gap() {
        const TURN: usize = 8;
        let asked = |n_turns: usize, at_half_pace| {
            let starts = (0..n_turns).map(|index| index * TURN);
            let turns = starts.map(move |start| asked_in_turn(start, TURN, at_half_pace));
            let asked = turns.filter(|&(_, asks)| asks);
            let asked = asked.flat_map(|(from, _)| from..from + TURN);
            asked.collect::<Vec<_>>()
        };
        assert_eq!(asked(6, false), (0..6 * TURN).collect::<Vec<_>>());
        assert_eq!(asked(6, true), (0..3 * TURN).collect::<Vec<_>>());
    }
}
