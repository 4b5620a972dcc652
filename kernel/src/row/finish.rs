//! From the states of rows to their losses, and to what their derivatives need: a row in every
//! lane.

use super::state::State;
use crate::{
    element::Float,
    exponential::Exponential,
    logarithm::ln_1p,
    pair::{Pair, quick_two_sum, two_sum},
    vector::{Arch, Vector},
};

/// The largest logit of whole rows: one without a class left has no probabilities.
#[inline(always)]
fn max_of_row<V: Vector>(arch: V::Arch, state: &State<V>) -> V {
    let lowest = V::splat(arch, V::Element::NEG_INFINITY);
    let nan = V::splat(arch, V::Element::NAN);
    V::select(state.max.equal(lowest), nan, state.max)
}

/// 2^-30. Differences of logits are scaled by this before they become nats: as they are, they could
/// overflow where nats do not, and so could the parts of the product. What is lost of subnormal
/// numbers is nothing beside a logarithm of at least ln 2, that of two logits so close.
const DOWN: f64 = 1.0 / UP;
const UP: f64 = 1073741824.0;

/// How many nats the logits of labels are below the largest.
#[inline(always)]
fn below<V: Vector>(arch: V::Arch, max: V, label_logit: V) -> Pair<V> {
    if V::Arch::IN_BASE_E {
        return two_sum(max, -label_logit);
    }
    let down = V::splat(arch, V::Element::from_f64(DOWN));
    let ln = Pair::splat(arch, arch.base::<V::Element>().ln);
    let below = two_sum(max * down, -(label_logit * down));
    let in_nats = below.mul(ln).or_infinite(arch, below.high);
    in_nats.scale(V::splat(arch, V::Element::from_f64(UP)))
}

/// Losses of the rows of the lanes, given the logits of their labels, times weights if there are
/// any.
#[inline(always)]
pub(crate) fn losses<V: Vector>(
    arch: V::Arch,
    state: &State<V>,
    label_logit: V,
    weights: Option<Pair<V>>,
) -> V {
    let (zero, one) = (
        V::splat(arch, V::Element::ZERO),
        V::splat(arch, V::Element::ONE),
    );
    // The lift of both parts of the quotient is undone in two steps, the second after the
    // division, so that the quotient is rounded to a subnormal once.
    let (unlift, unlift_rest) = V::Element::UNLIFT;
    let (unlift, unlift_rest) = (V::splat(arch, unlift), V::splat(arch, unlift_rest));
    let largest = state.top.scale(unlift).scale(unlift_rest);
    let lifted_ratio = state.rest.scale(unlift).div(largest);
    let ratio = lifted_ratio.scale(unlift_rest);

    let below = below(arch, max_of_row(arch, state), label_logit);
    // On the way to the low part, the lowest number less another may be beyond the type, and the
    // part NaN: it is half a unit at most, and nothing else is as much.
    let below_low = V::select(below.low.equal(below.low), below.low, zero);
    let log_sum = ln_1p(arch, ratio);
    let loss = two_sum(below.high, log_sum.high);
    let loss_low = loss.low + (below_low + log_sum.low);
    // The difference of finite logits may overflow, and a masked label lies infinitely far
    // below: the loss is infinite, and the low parts NaN.
    let infinite = below.high.equal(V::splat(arch, V::Element::INFINITY));
    let infinite_loss = below.high + log_sum.high;
    let Some(weights) = weights else {
        return V::select(infinite, infinite_loss, loss.high + loss_low);
    };
    // A product beyond the type has a low part that is NaN.
    let product = loss.high * weights.high;
    let overflows = product.equal(V::splat(arch, V::Element::INFINITY));
    // Products of two parts of larger factors could overflow.
    let lifted = V::splat(arch, V::Element::LIFTED);
    let loss = quick_two_sum(loss.high, loss_low);
    let loss_is_large = lifted.less_than(loss.high);
    let weight_is_large = lifted.less_than(weights.high);
    let weighted = loss
        .scale(V::select(loss_is_large, unlift_rest, one))
        .mul(weights.scale(V::select(weight_is_large, unlift_rest, one)))
        .round();
    let weighted =
        weighted * V::select(loss_is_large, lifted, one) * V::select(weight_is_large, lifted, one);
    let weighted = V::select(overflows, product, weighted);
    // Below 2^-26 (2^-60 for f64) ln(1 + x) is x to half of that: the weight multiplies it before
    // it is rounded to a subnormal.
    let small = lifted_ratio.mul(weights).round() * unlift_rest;
    let is_small = V::select(lifted_ratio.high.less_than(one), below.high, one).equal(zero);
    let weighted = V::select(is_small, small, weighted);
    let of_infinite = V::select(weights.high.equal(zero), zero, infinite_loss);
    V::select(infinite, of_infinite, weighted)
}

/// What the derivatives of a row, or of rows in lanes, are made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finished<V> {
    /// The largest logit; NaN if every output is.
    pub(crate) max: V,
    /// 1 / the sum of all exponentials, unlifted: between 2^-33 and sqrt(2).
    pub(crate) reciprocal: Pair<V>,
    /// Probability of the most probable class, or classes.
    pub(crate) top: Pair<V>,
    /// 1 - `top` without the cancellation, lifted.
    pub(crate) lifted_rest: Pair<V>,
    /// p - 1 of the label, without the cancellation, lifted.
    pub(crate) lifted_label_gradient: Pair<V>,
}

impl<V: Vector> Finished<V> {
    /// Finishes the rows of the lanes, given the logits of their labels.
    #[inline(always)]
    pub(crate) fn of(arch: V::Arch, state: &State<V>, label_logit: V) -> Self {
        let (zero, one) = (
            V::splat(arch, V::Element::ZERO),
            V::splat(arch, V::Element::ONE),
        );
        let (unlift, unlift_rest) = V::Element::UNLIFT;
        let (unlift, unlift_rest) = (V::splat(arch, unlift), V::splat(arch, unlift_rest));
        let max = max_of_row(arch, state);
        let exponential = Exponential::of_lanes(arch, max);

        let largest = state.top.scale(unlift).scale(unlift_rest);
        let sum = largest.add(state.rest.scale(unlift).scale(unlift_rest));
        let reciprocal = Pair::from_one(arch, one).div(sum);

        // Taken after the first factor, where it is normal: the second is applied last, so that
        // what is made of it is rounded to a subnormal once.
        let lifted_rest = state.rest.scale(unlift).mul(reciprocal);
        let lifted_label = exponential
            .pair(arch, label_logit)
            .scale(unlift)
            .mul(reciprocal);
        let lifted_one = V::splat(arch, V::Element::LIFTED);
        let is_max = label_logit.equal(max);
        let lifted_label_gradient = Pair::select(
            is_max,
            // Subtracted from zero, not negated: the gradient of a single class is 0, not -0.
            Pair::new(zero - lifted_rest.high, zero - lifted_rest.low),
            lifted_label.add(Pair::from_one(arch, -lifted_one)),
        );

        Self {
            max,
            reciprocal,
            top: largest.mul(reciprocal),
            lifted_rest,
            lifted_label_gradient,
        }
    }

    /// One row in every lane.
    #[inline(always)]
    pub(crate) fn splat(arch: V::Arch, row: &Finished<V::Element>) -> Self {
        Self {
            max: V::splat(arch, row.max),
            reciprocal: Pair::splat(arch, row.reciprocal),
            top: Pair::splat(arch, row.top),
            lifted_rest: Pair::splat(arch, row.lifted_rest),
            lifted_label_gradient: Pair::splat(arch, row.lifted_label_gradient),
        }
    }

    /// The rows lane by lane.
    #[inline(always)]
    pub(crate) fn to_rows(self) -> impl Iterator<Item = Finished<V::Element>> {
        let first = self.max.to_lanes().into_iter();
        let second = self.reciprocal.to_lanes().zip(self.top.to_lanes());
        let gradients = self.lifted_label_gradient.to_lanes();
        let third = self.lifted_rest.to_lanes().zip(gradients);
        first.zip(second.zip(third)).map(
            |(max, ((reciprocal, top), (lifted_rest, lifted_label_gradient)))| Finished {
                max,
                reciprocal,
                top,
                lifted_rest,
                lifted_label_gradient,
            },
        )
    }
}
