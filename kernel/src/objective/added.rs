//! What targets of any kind add to the losses of plain rows whose label is the most probable class, and to
//! their probabilities, both times the sum of the targets: with m the largest z,
//!
//! ```text
//! loss      A (lse - m) + sum_c t_c (m - z_c)
//! gradient  A p_c - t_c
//!           (A - t_c) - A (1 - p_c)    at the most probable class, where both have a half
//! ```
//!
//! Where a row is nearly certain of its target, the first form of the gradient would have nothing left
//! of 1 - p, which follows from the plain loss: it is 1 - e^(m - lse).

use super::{
    even::{DOWN, UP, weighted},
    largest::{Largest, load_logits},
    row::{Place, indices},
    targets::Targets,
    warp::exp_less_one,
    window::AT_A_TIME,
};
use crate::{
    door::{Batch, Class},
    lane_sum::LogicalSum,
    logit::Stored,
    operation::objective::Arrays,
    pair::{Pair, two_sum},
    vector::{Arch, Vector},
    weights::Weights,
};

/// What is known of the targets of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Added {
    /// The most probable class, the first of several.
    pub(crate) top: Class,
    /// Its target, and the sum of those of all others.
    of_top: Pair<f64>,
    of_others: Pair<f64>,
    /// The sum of the targets times how far the classes are below the largest.
    pub(crate) loss: f64,
}

impl Added {
    /// That of an ignored row.
    pub(crate) const NOTHING: Self = Self {
        top: Class::IGNORED,
        of_top: Pair::ZERO,
        of_others: Pair::ZERO,
        loss: 0.0,
    };

    /// The sum of all targets.
    pub(crate) fn total(&self) -> Pair<f64> {
        self.of_others.plus(self.of_top)
    }
}

/// Lane 0, without a second part that is of no meaning.
#[inline(always)]
fn of_first_lane<V: Vector<Element = f64>>(pair: Pair<V>) -> Pair<f64> {
    let pair = pair.first_lane();
    if V::Arch::IN_PAIRS {
        pair
    } else {
        Pair::exactly(pair.high)
    }
}

/// Finds what is to be added, given the logits of the row, and ln of the base of exponentials if that is
/// not e.
#[inline(never)]
pub(crate) fn find<Z: Stored, V: Vector<Element = f64>>(
    arch: V::Arch,
    place: Place,
    weights: &Weights<'_>,
    logits: &[Z],
    ln_of_base: Option<Pair<f64>>,
    added: &mut Added,
) {
    arch.run(
        #[inline(always)]
        || {
            let mut largest = Largest::<V>::new(arch);
            for (window, logits) in logits.chunks(AT_A_TIME).enumerate() {
                largest.add(arch, window, logits);
            }
            let first = largest.window.wrapping_mul(AT_A_TIME);
            let window = logits.get(first..).unwrap_or_default();
            let window = window.get(..AT_A_TIME).unwrap_or(window);
            let top = first + largest.index(arch, window);
            let of_largest = (largest.max(), top);
            let sums = Sums::<V>::of(arch, (place, weights), of_largest, logits);
            let mut below = sums.below;
            if let Some(ln) = ln_of_base {
                below = below.mul(Pair::splat(arch, ln));
            }
            *added = Added {
                top: Class::new(Some(top)),
                of_top: of_first_lane(sums.of_top),
                of_others: of_first_lane(sums.of_others),
                loss: if sums.are_endless {
                    f64::INFINITY
                } else {
                    below.scale(V::splat(arch, UP)).round().first_lane()
                },
            };
        },
    );
}

/// Sums over the classes of a row, in every lane.
struct Sums<V> {
    /// The target of the most probable class, and the sum of those of all others.
    of_top: Pair<V>,
    of_others: Pair<V>,
    /// The sum of the targets times how far the classes are below the largest, scaled down.
    below: Pair<V>,
    /// Whether that is endless, whatever its sum is.
    are_endless: bool,
}

/// Targets of the classes from `first` on, without that of the most probable one.
#[inline(always)]
fn of_others<V: Vector<Element = f64>>(
    arch: V::Arch,
    targets: &Targets<'_, V>,
    top: usize,
    first: usize,
) -> Pair<V> {
    let zero = V::splat(arch, 0.0);
    let index: V = indices(arch, first);
    let is_top = index.equal(V::splat(arch, top as f64));
    let target = targets.of_classes(index, first);
    Pair::select(is_top, Pair::new(zero, zero), target)
}

impl<V: Vector<Element = f64>> Sums<V> {
    /// Pairs of one part are for results in single precision: no difference of such logits is beyond
    /// double precision, and what is rounded there in the sums of a window does not show.
    #[inline(always)]
    fn of<Z: Stored>(
        arch: V::Arch,
        (place, weights): (Place, &Weights<'_>),
        (max, top): (f64, usize),
        logits: &[Z],
    ) -> Self {
        let zero = V::splat(arch, 0.0);
        let (max, down) = (V::splat(arch, max), V::splat(arch, DOWN));
        let targets = Targets::of(arch, place, weights);
        let none = LogicalSum::<V>::new(arch, zero);
        let (mut others, mut below, mut endless) = (none, none, zero);
        let mut first = 0;
        for logits in logits.chunks(AT_A_TIME) {
            let (mut some_others, mut some_below) = (none, none);
            for (vector, logits) in logits.chunks(V::LANES).enumerate() {
                let z = load_logits::<Z, V>(arch, logits);
                let target = of_others(arch, &targets, top, first);
                if V::Arch::IN_PAIRS {
                    others.add(vector, target);
                    let difference = two_sum(max * down, -(z * down));
                    let (product, of_endless) = weighted(arch, target, difference);
                    endless = of_endless.max(endless);
                    below.add(vector, product);
                } else {
                    // A class without a target adds nothing wherever it lies.
                    let counts = zero.less_than(target.high);
                    let product = V::select(counts, (max - z) * target.high, zero);
                    some_others.add_rounded(vector, target.high);
                    some_below.add_rounded(vector, product);
                }
                first = first.wrapping_add(V::LANES);
            }
            if !V::Arch::IN_PAIRS {
                others.add_sums(arch, some_others);
                below.add_sums(arch, some_below);
            }
        }
        let mut below = below.in_every_lane(arch);
        let mut are_endless = V::any(zero.less_than(endless));
        if !V::Arch::IN_PAIRS {
            // Where a difference is not endless but no number, no loss is one.
            are_endless = !below.high.first_lane().is_finite();
            below = below.scale(down);
        }
        Self {
            of_top: targets.of_classes(V::splat(arch, top as f64), top),
            of_others: others.in_every_lane(arch),
            below,
            are_endless,
        }
    }
}

/// lse - m where the most probable class has a probability of 0.6.
const LARGEST_LOG_SUM: f64 = 0.5;

/// Adds to the entries of the gradient of a row, given its plain loss, and ln of the base of exponentials
/// if that is not e.
#[inline(never)]
pub(crate) fn add_to_gradient<V: Vector<Element = f64>>(
    arch: V::Arch,
    (batch, place): (&Batch<'_>, Place),
    weights: &Weights<'_>,
    (added, plain_loss): (&Added, f64),
    ln_of_base: Option<Pair<f64>>,
    arrays: &mut dyn Arrays,
) {
    arch.run(
        #[inline(always)]
        || {
            let minus = V::splat(arch, -1.0);
            let one = Pair::from_one(arch, V::splat(arch, 1.0));
            let mut scale = arrays.scale_of(arch, batch, place.row).unwrap_or(one);
            if let Some(ln) = ln_of_base {
                scale = scale.mul(Pair::splat(arch, ln));
            }
            let total = Pair::splat(arch, added.total());
            let log_sum = Pair::from_one(arch, V::splat(arch, plain_loss)).div(total);
            // Of a row whose targets are all zero, no log-sum is.
            let is_of_top = added.of_others.high <= added.of_top.high
                && log_sum.high.first_lane() < LARGEST_LOG_SUM;
            let (_, _, less_rest) = exp_less_one(arch, log_sum.scale(minus));
            let of_top = Pair::splat(arch, added.of_others)
                .add(total.mul(less_rest))
                .mul(scale);
            let top = if is_of_top {
                added.top.index_from(0) as f64
            } else {
                -1.0
            };
            let targets = Targets::of(arch, place, weights);
            let Some(out) = arrays.out() else { return };
            let end = place.start.wrapping_add(place.n_classes.get());
            out.update::<V>(
                arch,
                place.start..end,
                #[inline(always)]
                |first, entries| {
                    let index = indices(arch, first);
                    let target = targets.of_classes(index, first).scale(minus);
                    let is_top = index.equal(V::splat(arch, top));
                    let entry = Pair::from_one(arch, entries).add(target.mul(scale));
                    Pair::select(is_top, of_top, entry).round()
                },
            );
        },
    );
}
