//! From the states of rows to what their outputs need: several rows at once, one in a lane.

use super::state::{State, to_lanes};
use crate::{
    element::Element,
    exponential::Exponential,
    logarithm::ln_1p,
    pair::{Pair, two_sum},
    vector::{MAX_LANES, Vector},
};

/// Rows that are finished together: their states and label logits, side by side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group<T> {
    max: [T; MAX_LANES],
    rest_high: [T; MAX_LANES],
    rest_low: [T; MAX_LANES],
    label_logit: [T; MAX_LANES],
    label_is_max: [T; MAX_LANES],
}

/// What the outputs of a row, or of rows in lanes, are made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finished<V> {
    /// -ln p of the label.
    pub(crate) loss: V,
    /// The sum of all exponentials, as [`Exponential`] scales them, inverted.
    pub(crate) reciprocal: Pair<V>,
    /// Probability of the most probable class.
    pub(crate) top: Pair<V>,
    /// Probability of all other classes, 1 - `top` without the cancellation.
    pub(crate) rest: Pair<V>,
    /// p - 1 of the label, without the cancellation.
    pub(crate) label_gradient: Pair<V>,
}

impl<T: Element> Group<T> {
    pub(crate) const EMPTY: Self = Self {
        max: [T::ZERO; MAX_LANES],
        rest_high: [T::ZERO; MAX_LANES],
        rest_low: [T::ZERO; MAX_LANES],
        label_logit: [T::ZERO; MAX_LANES],
        label_is_max: [T::ZERO; MAX_LANES],
    };

    /// Reads a row and puts it into a lane.
    #[inline(always)]
    pub(crate) fn read<V: Vector<Element = T>>(
        &mut self,
        arch: V::Arch,
        lane: usize,
        logits: &[T],
        label: usize,
    ) -> State<T> {
        let state = State::of_row::<V>(arch, logits);
        let label_is_max = if label == state.argmax { T::ONE } else { T::ZERO };
        let columns = [
            (&mut self.max, state.max),
            (&mut self.rest_high, state.rest.high),
            (&mut self.rest_low, state.rest.low),
            (&mut self.label_logit, logits.get(label).copied().unwrap_or(T::NAN)),
            (&mut self.label_is_max, label_is_max),
        ];
        for (column, value) in columns {
            if let Some(entry) = column.get_mut(lane) {
                *entry = value;
            }
        }
        state
    }

    /// Finishes the rows of all lanes.
    #[inline(always)]
    pub(crate) fn finish<V: Vector<Element = T>>(&self, arch: V::Arch) -> Finished<V> {
        let load = |column: &[T; MAX_LANES]| V::load(arch, column, T::ZERO);
        let splat = |value| V::splat(arch, value);
        let (zero, one) = (splat(T::ZERO), splat(T::ONE));
        let (unlift, unlift_rest) = (splat(T::UNLIFT.0), splat(T::UNLIFT.1));

        let max = load(&self.max);
        let label_logit = load(&self.label_logit);
        let rest = Pair::new(load(&self.rest_high), load(&self.rest_low));
        let exponential = Exponential::<V>::of_rows(arch, self.max);

        let largest = exponential.pair(arch, max, zero).scale(unlift).scale(unlift_rest);
        let sum = largest.add(rest.scale(unlift).scale(unlift_rest));
        let reciprocal = Pair::from_one(arch, one).div(sum);
        let scaled_reciprocal = reciprocal.scale(unlift).scale(unlift_rest);

        // A quotient of the small terms is taken after the first factor, where both are normal,
        // and scaled down last, so that it is rounded to a subnormal once.
        let rest = rest.scale(unlift);
        let ratio = rest.div(largest).scale(unlift_rest);
        let rest = rest.mul(reciprocal).scale(unlift_rest);

        let below = two_sum(max, -label_logit);
        let log_sum = ln_1p(arch, ratio);
        let loss = two_sum(below.high, log_sum.high);
        let loss_low = loss.low + (below.low + log_sum.low);
        // The difference of finite logits may overflow, and a masked label lies infinitely far
        // below: the loss is infinite, and the low parts NaN.
        let infinite = below.high.equal(splat(T::INFINITY));
        let infinite_loss = below.high + log_sum.high;
        let loss = V::select(infinite, infinite_loss, loss.high + loss_low);

        let label = exponential.pair(arch, label_logit, zero).mul(scaled_reciprocal);
        let is_max = load(&self.label_is_max).equal(one);
        let label_gradient = Pair::select(
            is_max,
            // Subtracted from zero, not negated: the gradient of a single class is 0, not -0.
            Pair::new(zero - rest.high, zero - rest.low),
            label.add(Pair::new(-one, zero)),
        );

        Finished {
            loss,
            reciprocal: scaled_reciprocal,
            top: largest.mul(reciprocal),
            rest,
            label_gradient,
        }
    }
}

impl<V: Vector> Finished<V> {
    /// The rows lane by lane.
    #[inline(always)]
    pub(crate) fn to_rows(self) -> [Finished<V::Element>; MAX_LANES] {
        let pairs = |pair: Pair<V>| {
            let (high, low) = (to_lanes(pair.high), to_lanes(pair.low));
            core::array::from_fn::<_, MAX_LANES, _>(|i| Pair { high: high[i], low: low[i] })
        };
        let loss = to_lanes(self.loss);
        let (reciprocal, top) = (pairs(self.reciprocal), pairs(self.top));
        let (rest, label_gradient) = (pairs(self.rest), pairs(self.label_gradient));
        core::array::from_fn(|i| Finished {
            loss: loss[i],
            reciprocal: reciprocal[i],
            top: top[i],
            rest: rest[i],
            label_gradient: label_gradient[i],
        })
    }
}
