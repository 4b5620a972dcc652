//! Sums over the poles: where the time goes.

use super::{super::loops::over_classes, interval::Point};
use crate::element::Float;

/// Accumulators of each sum: as many as keep the divider of a 128-bit unit busy, and the same on
/// every processor, so that the bits are.
const LANES: usize = 4;

/// Poles whose terms are added before they are added to those of other blocks: rounding errors
/// grow with the length of a block and the number of blocks.
const BLOCK: usize = 256;

/// The poles outside an interval, and their weights.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rest<'w, T> {
    pub(super) poles: [&'w [T]; 2],
    pub(super) weights: [&'w [T]; 2],
}

/// `sum w r`, `sum w r (r t)` and `sum w r (r t)^2` for an offset t.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments<T> {
    pub(super) first: T,
    /// The same of magnitudes, about.
    pub(super) size: T,
    pub(super) second: T,
    pub(super) third: T,
}

/// The same, lane by lane.
#[derive(Clone, Copy, Debug)]
struct Lanes<T> {
    first: [T; LANES],
    second: [T; LANES],
    third: [T; LANES],
}

impl<T: Float> Lanes<T> {
    const ZERO: Self = Self {
        first: [T::ZERO; LANES],
        second: [T::ZERO; LANES],
        third: [T::ZERO; LANES],
    };

    /// Adds the terms of a pole to each lane. One operation after the other on whole arrays, which
    /// compilers turn into vectors.
    #[inline(always)]
    fn add(&mut self, poles: &[T; LANES], weights: &[T; LANES], point: &Point<T>) {
        let mut r = [T::ZERO; LANES];
        for (r, &pole) in r.iter_mut().zip(poles) {
            *r = T::ONE / ((pole - point.pole) - point.offset);
        }
        let mut term = *weights;
        multiply(&mut term, &r);
        add(&mut self.first, &term);
        multiply(&mut r, &[point.offset; LANES]);
        multiply(&mut term, &r);
        add(&mut self.second, &term);
        multiply(&mut term, &r);
        add(&mut self.third, &term);
    }
}

#[inline(always)]
fn multiply<T: Float>(numbers: &mut [T; LANES], by: &[T; LANES]) {
    for (number, &by) in numbers.iter_mut().zip(by) {
        *number = *number * by;
    }
}

#[inline(always)]
fn add<T: Float>(sums: &mut [T; LANES], terms: &[T; LANES]) {
    for (sum, &term) in sums.iter_mut().zip(terms) {
        *sum = *sum + term;
    }
}

/// Fills the start of an array.
#[inline(always)]
fn copy<T: Float>(lanes: &mut [T; LANES], from: &[T]) {
    for (lane, &from) in lanes.iter_mut().zip(from) {
        *lane = from;
    }
}

impl<T: Float> Rest<'_, T> {
    /// The sums at a point, with t its offset and r one over the distance from it to a pole.
    pub(super) fn moments(&self, point: &Point<T>) -> Moments<T> {
        let (rest, point) = (*self, *point);
        let [lower, upper] = rest.poles.map(<[T]>::len);
        over_classes(
            lower + upper,
            #[inline(always)]
            move || rest.moments_inline(&point),
        )
    }

    #[inline(always)]
    fn moments_inline(&self, point: &Point<T>) -> Moments<T> {
        let mut total = Moments {
            first: T::ZERO,
            size: T::ZERO,
            second: T::ZERO,
            third: T::ZERO,
        };
        for (poles, weights) in self.poles.into_iter().zip(self.weights) {
            let others = total.first;
            for (poles, weights) in poles.chunks(BLOCK).zip(weights.chunks(BLOCK)) {
                let mut lanes = Lanes::ZERO;
                let (poles, last_poles) = poles.as_chunks();
                let (weights, last_weights) = weights.as_chunks();
                for (poles, weights) in poles.iter().zip(weights) {
                    lanes.add(poles, weights, point);
                }
                if !last_poles.is_empty() {
                    // The other lanes get poles at infinity, where r is 0.
                    let (mut poles, mut weights) = ([T::INFINITY; LANES], [T::ZERO; LANES]);
                    copy(&mut poles, last_poles);
                    copy(&mut weights, last_weights);
                    lanes.add(&poles, &weights, point);
                }
                for (sum, lanes) in [
                    (&mut total.first, lanes.first),
                    (&mut total.second, lanes.second),
                    (&mut total.third, lanes.third),
                ] {
                    for lane in lanes {
                        *sum = *sum + lane;
                    }
                }
            }
            // Those on one side of the point have one sign.
            total.size = total.size + (total.first - others).magnitude();
        }
        total
    }
}
