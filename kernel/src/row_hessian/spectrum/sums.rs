//! Sums over the poles: where the time goes.

use super::interval::Point;
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

/// `sum w r`, `sum w r (r t)` and `sum w r (r t)^2` for a distance t.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments<T> {
    pub(super) first: T,
    pub(super) second: T,
    pub(super) third: T,
}

impl<T: Float> Moments<T> {
    const ZERO: Self = Self {
        first: T::ZERO,
        second: T::ZERO,
        third: T::ZERO,
    };

    /// Of one pole at a distance, which is about `unit` or more.
    #[inline(always)]
    fn of(weight: T, distance: T, unit: T) -> Self {
        let r = T::ONE / distance;
        let first = weight * r;
        let second = first * (r * unit);
        Self {
            first,
            second,
            third: second * (r * unit),
        }
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self {
            first: self.first + other.first,
            second: self.second + other.second,
            third: self.third + other.third,
        }
    }
}

impl<T: Float> Rest<'_, T> {
    /// The sums at a point, with t its distance and `1 / r = (pole - point's) sign - t`.
    pub(super) fn moments(&self, point: Point<T>) -> Moments<T> {
        let Point {
            pole: origin,
            sign,
            distance: t,
        } = point;
        let term = |(&pole, &weight)| Moments::of(weight, (pole - origin) * sign - t, t);
        let mut total = Moments::ZERO;
        for (poles, weights) in self.poles.into_iter().zip(self.weights) {
            for (poles, weights) in poles.chunks(BLOCK).zip(weights.chunks(BLOCK)) {
                let (poles, last_poles) = poles.as_chunks::<LANES>();
                let (weights, last_weights) = weights.as_chunks::<LANES>();
                let mut lanes = [Moments::ZERO; LANES];
                for of in poles.iter().zip(weights) {
                    for (sum, of) in lanes.iter_mut().zip(of.0.iter().zip(of.1)) {
                        *sum = sum.plus(term(of));
                    }
                }
                let last = last_poles.iter().zip(last_weights).map(term);
                total = lanes.into_iter().chain(last).fold(total, Moments::plus);
            }
        }
        total
    }
}
