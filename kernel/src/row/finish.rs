//! From the states of rows to what their outputs need: several rows at once, one in a lane.

use super::state::{State, to_lanes};
use crate::{
    element::Element,
    exponential::Exponential,
    logarithm::ln_1p,
    pair::{Pair, two_sum},
    vector::{Arch, MAX_LANES, Vector},
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
    /// 1 / the sum of all exponentials, unlifted: between 2^-33 and sqrt(2).
    pub(crate) reciprocal: Pair<V>,
    /// Probability of the most probable class.
    pub(crate) top: Pair<V>,
    /// Probability of all other classes, 1 - `top` without the cancellation, lifted.
    pub(crate) lifted_rest: Pair<V>,
    /// p - 1 of the label, without the cancellation, lifted.
    pub(crate) lifted_label_gradient: Pair<V>,
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
        let label_is_max = if label == state.argmax {
            T::ONE
        } else {
            T::ZERO
        };
        let columns = [
            (&mut self.max, state.max),
            (&mut self.rest_high, state.rest.high),
            (&mut self.rest_low, state.rest.low),
            (
                &mut self.label_logit,
                logits.get(label).copied().unwrap_or(T::NAN),
            ),
            (&mut self.label_is_max, label_is_max),
        ];
        for (column, value) in columns {
            if let Some(entry) = column.get_mut(lane) {
                *entry = value;
            }
        }
        state
    }

    /// Finishes the rows of all lanes. A function of its own, like the states'.
    #[inline(never)]
    pub(crate) fn finish<V: Vector<Element = T>>(&self, arch: V::Arch) -> Finished<V> {
        arch.run(
            #[inline(always)]
            || self.finished_lanes(arch),
        )
    }

    #[inline(always)]
    fn finished_lanes<V: Vector<Element = T>>(&self, arch: V::Arch) -> Finished<V> {
        let (zero, one) = (V::splat(arch, T::ZERO), V::splat(arch, T::ONE));
        let (unlift, unlift_rest) = (V::splat(arch, T::UNLIFT.0), V::splat(arch, T::UNLIFT.1));

        let max = V::load(arch, &self.max, T::ZERO);
        let label_logit = V::load(arch, &self.label_logit, T::ZERO);
        let rest = Pair::new(
            V::load(arch, &self.rest_high, T::ZERO),
            V::load(arch, &self.rest_low, T::ZERO),
        );
        let exponential = Exponential::<V>::of_rows(arch, self.max);

        let largest = exponential
            .pair(arch, max, zero)
            .scale(unlift)
            .scale(unlift_rest);
        let sum = largest.add(rest.scale(unlift).scale(unlift_rest));
        let reciprocal = Pair::from_one(arch, one).div(sum);

        // Quotients are taken after the first factor, where they are normal, and scaled by the
        // second last, so that they are rounded to a subnormal once.
        let rest = rest.scale(unlift);
        let ratio = rest.div(largest).scale(unlift_rest);
        let lifted_rest = rest.mul(reciprocal);

        let below = two_sum(max, -label_logit);
        let log_sum = ln_1p(arch, ratio);
        let loss = two_sum(below.high, log_sum.high);
        let loss_low = loss.low + (below.low + log_sum.low);
        // The difference of finite logits may overflow, and a masked label lies infinitely far
        // below: the loss is infinite, and the low parts NaN.
        let infinite = below.high.equal(V::splat(arch, T::INFINITY));
        let infinite_loss = below.high + log_sum.high;
        let loss = V::select(infinite, infinite_loss, loss.high + loss_low);

        let lifted_label = exponential
            .pair(arch, label_logit, zero)
            .scale(unlift)
            .mul(reciprocal);
        let lifted_one = V::splat(arch, T::LIFTED);
        let is_max = V::load(arch, &self.label_is_max, T::ZERO).equal(one);
        let lifted_label_gradient = Pair::select(
            is_max,
            // Subtracted from zero, not negated: the gradient of a single class is 0, not -0.
            Pair::new(zero - lifted_rest.high, zero - lifted_rest.low),
            lifted_label.add(Pair::from_one(arch, -lifted_one)),
        );

        Finished {
            loss,
            reciprocal,
            top: largest.mul(reciprocal),
            lifted_rest,
            lifted_label_gradient,
        }
    }
}

impl<V: Vector> Finished<V> {
    /// The rows lane by lane.
    #[inline(always)]
    pub(crate) fn to_rows(self) -> [Finished<V::Element>; MAX_LANES] {
        let loss = to_lanes(self.loss);
        let (reciprocal, top) = (pairs(self.reciprocal), pairs(self.top));
        let lifted_rest = pairs(self.lifted_rest);
        let lifted_label_gradient = pairs(self.lifted_label_gradient);
        core::array::from_fn(|i| Finished {
            loss: loss[i],
            reciprocal: reciprocal[i],
            top: top[i],
            lifted_rest: lifted_rest[i],
            lifted_label_gradient: lifted_label_gradient[i],
        })
    }
}

/// The lanes of a pair.
#[inline(always)]
fn pairs<V: Vector>(pair: Pair<V>) -> [Pair<V::Element>; MAX_LANES] {
    let (high, low) = (to_lanes(pair.high), to_lanes(pair.low));
    core::array::from_fn(|i| Pair {
        high: high[i],
        low: low[i],
    })
}
