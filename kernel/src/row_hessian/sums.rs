//! Sums over classes, of terms made of a few arrays.
//!
//! Terms go to eight lanes in turn, whatever the processor: the order of additions is part of the
//! result. Every lane keeps what its additions round off, so a sum has twice the precision of its
//! terms.

use super::loops::{BLOCK, over_classes};
use crate::{
    element::Element,
    pair::{Pair, two_sum},
};

/// Lanes of a sum: for `f64` the eight of 64 bytes, and no more for `f32`, which leaves room in the
/// registers of small processors for several sums at once.
pub(super) const LANES: usize = 8;

/// A running sum.
#[derive(Clone, Copy)]
struct Sum<T> {
    high: [T; LANES],
    low: [T; LANES],
}

impl<T: Element> Sum<T> {
    const ZERO: Self = Self {
        high: [T::ZERO; LANES],
        low: [T::ZERO; LANES],
    };

    /// Adds a term to each lane.
    #[inline(always)]
    fn add(&mut self, terms: &[T; LANES]) {
        let lanes = self.high.iter_mut().zip(&mut self.low);
        for ((high, low), &term) in lanes.zip(terms) {
            let sum = two_sum(*high, term);
            *high = sum.high;
            *low = *low + sum.low;
        }
    }

    fn total(self) -> Pair<T> {
        let lanes = self.high.into_iter().zip(self.low);
        lanes.fold(Pair::ZERO, |total, (high, low)| {
            total.plus(two_sum(high, low))
        })
    }
}

/// Sums of K terms made of the entries of M arrays, each over all classes. `terms` owns what it computes
/// with: of what is read through references compilers make no vectors.
#[inline]
pub(super) fn sums<T: Element, const M: usize, const K: usize>(
    arrays: [&[T]; M],
    terms: impl Fn([T; M]) -> [T; K],
) -> [Pair<T>; K] {
    let n_classes = arrays.iter().map(|array| array.len()).min();
    let sums = over_classes(
        n_classes.unwrap_or_default(),
        #[inline(always)]
        move || lanes_of_sums(arrays, &terms),
    );
    sums.map(Sum::total)
}

#[inline(always)]
fn lanes_of_sums<T: Element, const M: usize, const K: usize>(
    arrays: [&[T]; M],
    terms: &impl Fn([T; M]) -> [T; K],
) -> [Sum<T>; K] {
    let mut sums = [Sum::ZERO; K];
    let rest = add_blocks::<T, BLOCK, M, K>(&mut sums, arrays, terms);
    let rest = add_blocks::<T, LANES, M, K>(&mut sums, rest, terms);
    let mut padded = [[T::ZERO; LANES]; M];
    let mut n_rest = LANES;
    for (padded, entries) in padded.iter_mut().zip(rest) {
        n_rest = n_rest.min(entries.len());
        for (padded, &entry) in padded.iter_mut().zip(entries) {
            *padded = entry;
        }
    }
    add(&mut sums, n_rest, padded.each_ref(), terms);
    sums
}

/// Adds the terms of as many blocks of N classes as there are; gives what is left.
#[inline(always)]
fn add_blocks<'a, T: Element, const N: usize, const M: usize, const K: usize>(
    sums: &mut [Sum<T>; K],
    arrays: [&'a [T]; M],
    terms: &impl Fn([T; M]) -> [T; K],
) -> [&'a [T]; M] {
    let blocks = arrays.map(<[T]>::as_chunks::<N>);
    let n_blocks = blocks.iter().map(|(whole, _)| whole.len()).min();
    let none = [T::ZERO; N];
    for block in 0..n_blocks.unwrap_or_default() {
        // Of a length that the compiler knows.
        let entries = blocks.map(|(whole, _)| whole.get(block).unwrap_or(&none));
        add(sums, N, entries, terms);
    }
    blocks.map(|(_, rest)| rest)
}

/// Adds the terms of the first classes of a block, of the others zero: one to each lane in turn.
#[inline(always)]
fn add<T: Element, const N: usize, const M: usize, const K: usize>(
    sums: &mut [Sum<T>; K],
    n_classes: usize,
    arrays: [&[T; N]; M],
    terms: &impl Fn([T; M]) -> [T; K],
) {
    let mut blocks = [[T::ZERO; N]; K];
    for class in 0..n_classes.min(N) {
        let entries = arrays.map(|array| array.get(class).copied().unwrap_or(T::ZERO));
        for (block, term) in blocks.iter_mut().zip(terms(entries)) {
            if let Some(entry) = block.get_mut(class) {
                *entry = term;
            }
        }
    }
    for (sum, block) in sums.iter_mut().zip(&blocks) {
        for lanes in block.as_chunks::<LANES>().0 {
            sum.add(lanes);
        }
    }
}

/// The same over all classes but one.
#[inline]
pub(super) fn sums_of_others<T: Element, const M: usize, const K: usize>(
    class: usize,
    arrays: [&[T]; M],
    terms: impl Fn([T; M]) -> [T; K],
) -> [Pair<T>; K] {
    let before = arrays.map(|array| array.get(..class).unwrap_or(array));
    let after = arrays.map(|array| array.get(class..).and_then(<[T]>::split_first));
    let mut totals = sums(before, &terms);
    let after = sums(
        after.map(|rest| rest.map_or(&[][..], |(_, rest)| rest)),
        &terms,
    );
    for (total, after) in totals.iter_mut().zip(after) {
        *total = total.plus(after);
    }
    totals
}
