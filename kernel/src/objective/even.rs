//! Rows with even targets: some weight at the label and the same at every class, as label smoothing
//! makes them. As long as logits stay what they are, their losses and gradients follow from the
//! states of plain rows and from how far the logits are below the largest in all, a row in every
//! lane:
//!
//! ```text
//! loss        A (lse - m) + t (m - z_y) + u sum_c (m - z_c) + k lse^2
//! gradient    g_c = (A + 2 k lse) p_c - u, and less t at the label
//! ```
//!
//! with u what every class gets, t what the label has beside that, and A = t + C u.

use super::{terms::Terms, z_loss::z_loss};
use crate::{
    logarithm::ln_1p,
    pair::{Pair, quick_two_sum, two_sum},
    vector::Vector,
    weights::Weights,
};

/// Differences to the largest logit are scaled by this before they are summed or multiplied, so
/// that nothing overflows on the way: none is above 2^1025, nor are there more than 2^60.
pub(crate) const DOWN: f64 = 1.0 / UP;
/// 2^64.
pub(crate) const UP: f64 = 18446744073709551616.0;

/// What is known of rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<X> {
    /// The largest logit.
    pub(crate) max: X,
    /// Its exponential and the sum of the others, on one scale.
    pub(crate) top: Pair<X>,
    pub(crate) rest: Pair<X>,
    /// The logit of the label.
    pub(crate) label_logit: X,
    /// The sum of all differences to the largest logit, scaled by [`DOWN`]. NaN where one is
    /// infinite.
    pub(crate) depth: Pair<X>,
    /// p - 1 of the label, without the cancellation.
    pub(crate) label_gradient: Pair<X>,
    /// What the derivatives are multiplied by.
    pub(crate) upstream: X,
}

impl<X> Known<X> {
    #[inline(always)]
    pub(crate) fn each<'a, Y>(&'a self, mut f: impl FnMut(&'a X) -> Y) -> Known<Y> {
        Known {
            max: f(&self.max),
            top: self.top.each(&mut f),
            rest: self.rest.each(&mut f),
            label_logit: f(&self.label_logit),
            depth: self.depth.each(&mut f),
            label_gradient: self.label_gradient.each(&mut f),
            upstream: f(&self.upstream),
        }
    }
}

/// What is made of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<X> {
    pub(crate) loss: X,
    /// What probabilities are multiplied by.
    pub(crate) coefficient: Pair<X>,
    /// What is subtracted from every product.
    pub(crate) shift: X,
    /// The entry of the label, with all of that.
    pub(crate) of_label: X,
}

/// Weights of rows, a row in every lane, where every class has the same apart from the label.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Targets<V> {
    /// Of the row.
    pub(crate) of_row: Pair<V>,
    /// t.
    pub(crate) of_label: Pair<V>,
    /// u.
    of_class: Pair<V>,
    /// A, and A without the label.
    total: Pair<V>,
    of_others: Pair<V>,
}

impl<V: Vector<Element = f64>> Targets<V> {
    /// Given the weights of the rows and of the classes of their labels.
    #[inline(always)]
    pub(crate) fn of(arch: V::Arch, weights: &Weights<'_>, of_row: V, of_label: V) -> Self {
        let of_row = Pair::from_one(arch, of_row);
        let kept = Pair::splat(arch, weights.kept());
        let of_label = kept.mul(Pair::from_one(arch, of_label)).mul(of_row);
        let spread = weights.of_every_class().unwrap_or(Pair::ZERO);
        let of_class = Pair::splat(arch, spread).mul(of_row);
        let n_others = V::splat(arch, weights.n_classes() as f64 - 1.0);
        let of_others = of_class.mul(Pair::from_one(arch, n_others));
        Self {
            of_row,
            of_label,
            of_class,
            total: of_label.add(of_class).add(of_others),
            of_others,
        }
    }
}

/// Losses and, where asked for, gradients of the rows of the lanes, these divided by a denominator.
#[inline(always)]
pub(crate) fn find<V: Vector<Element = f64>>(
    arch: V::Arch,
    terms: &Terms<'_>,
    targets: &Targets<V>,
    known: &Known<V>,
    denominator: Option<f64>,
) -> Found<V> {
    let log_sum = ln_1p(arch, normalized(known.rest).div(normalized(known.top)));
    let max = Pair::from_one(arch, known.max);
    let log_sum_exp = max.add(log_sum);
    let z_factor = targets
        .of_row
        .mul(Pair::from_one(arch, V::splat(arch, terms.z_loss)));

    let down = V::splat(arch, DOWN);
    let below_label = two_sum(known.max * down, -(known.label_logit * down));
    let (of_label, label_endless) = weighted(arch, targets.of_label, below_label);
    let (of_classes, classes_endless) = weighted(arch, targets.of_class, normalized(known.depth));
    let below = of_label.add(of_classes).scale(V::splat(arch, UP));

    let [of_z_loss, plus] = z_loss(arch, z_factor, log_sum_exp);
    let of_log_sum = targets.total.mul(log_sum);
    let roughly = (of_log_sum.high + plus.high) + (below.high + (label_endless + classes_endless));
    let loss = of_log_sum.add(plus).add(below).or_infinite(arch, roughly);

    let mut scale = Pair::from_one(arch, known.upstream);
    if let Some(denominator) = denominator {
        scale = scale.div(Pair::from_one(arch, V::splat(arch, denominator)));
    }
    let label_gradient = normalized(known.label_gradient);
    let p_of_label = Pair::from_one(arch, V::splat(arch, 1.0)).add(label_gradient);
    // A p - t - u of the label is the targets of the others less A (1 - p).
    let of_label = targets
        .total
        .mul(label_gradient)
        .add(targets.of_others)
        .add(of_z_loss.mul(p_of_label));
    Found {
        loss: loss.round(),
        coefficient: targets.total.add(of_z_loss).mul(scale),
        shift: targets.of_class.mul(scale).round(),
        of_label: of_label.mul(scale).round(),
    }
}

/// What was two numbers of single precision as a pair in double; a pair is the same.
#[inline(always)]
fn normalized<V: Vector>(pair: Pair<V>) -> Pair<V> {
    quick_two_sum(pair.high, pair.low)
}

/// A target weight times a scaled difference to the largest logit, or sum of some, as far as that
/// is finite; and what is infinite of it.
#[inline(always)]
pub(super) fn weighted<V: Vector<Element = f64>>(
    arch: V::Arch,
    target: Pair<V>,
    difference: Pair<V>,
) -> (Pair<V>, V) {
    let (zero, infinity) = (V::splat(arch, 0.0), V::splat(arch, f64::INFINITY));
    let nothing = Pair::new(zero, zero);
    let product = target.mul(difference);
    // Of a NaN neither is less.
    let is_finite = difference.high.less_than(infinity);
    let product = Pair::select(is_finite, product, nothing);
    let endless = V::select(is_finite, zero, infinity);
    // A class without a target adds nothing wherever it lies.
    let counts = zero.less_than(target.high);
    (
        Pair::select(counts, product, nothing),
        V::select(counts, endless, zero),
    )
}
