//! Sums over classes, of terms made of a few arrays.
//!
//! Terms go to eight lanes in turn, whatever the processor: the order of additions is part of the
//! result. Every lane keeps what its additions round off, so a sum has twice the precision of its
//! terms.

use crate::{
    element::Element,
    pair::{Pair, two_sum},
};

/// Lanes of a sum: for `f64` the eight of 64 bytes, and no more for `f32`, which leaves room in the
/// registers of small processors for several sums at once.
const LANES: usize = 8;

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

/// Sums of K terms made of the entries of M arrays, each over all classes.
#[inline]
pub(super) fn sums<T: Element, const M: usize, const K: usize>(
    arrays: [&[T]; M],
    terms: impl Fn([T; M]) -> [T; K],
) -> [Pair<T>; K] {
    let mut sums = [Sum::ZERO; K];
    let chunks = arrays.map(<[T]>::as_chunks::<LANES>);
    let n_chunks = chunks.iter().map(|(whole, _)| whole.len()).min();
    let none = [T::ZERO; LANES];
    for chunk in 0..n_chunks.unwrap_or_default() {
        // Of a length that the compiler knows, so that it makes vectors of the lanes.
        let lanes = chunks.map(|(whole, _)| whole.get(chunk).unwrap_or(&none));
        add(&mut sums, LANES, lanes, &terms);
    }
    let mut rest = [none; M];
    let mut n_rest = LANES;
    for (padded, (_, entries)) in rest.iter_mut().zip(&chunks) {
        n_rest = n_rest.min(entries.len());
        for (padded, &entry) in padded.iter_mut().zip(*entries) {
            *padded = entry;
        }
    }
    add(&mut sums, n_rest, rest.each_ref(), &terms);
    sums.map(Sum::total)
}

/// Adds the terms of some classes, one a lane; of the others zero.
#[inline(always)]
fn add<T: Element, const M: usize, const K: usize>(
    sums: &mut [Sum<T>; K],
    n_classes: usize,
    arrays: [&[T; LANES]; M],
    terms: &impl Fn([T; M]) -> [T; K],
) {
    let mut blocks = [[T::ZERO; LANES]; K];
    for class in 0..n_classes.min(LANES) {
        let entries = arrays.map(|array| array.get(class).copied().unwrap_or(T::ZERO));
        for (block, term) in blocks.iter_mut().zip(terms(entries)) {
            if let Some(lane) = block.get_mut(class) {
                *lane = term;
            }
        }
    }
    for (sum, block) in sums.iter_mut().zip(&blocks) {
        sum.add(block);
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
