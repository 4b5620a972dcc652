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
    row::{Largest, Place, indices, load_logits},
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
            let sums = if V::Arch::IN_PAIRS {
                Sums::<V>::in_pairs(arch, (place, weights), of_largest, logits)
            } else {
                Sums::<V>::in_one_part(arch, (place, weights), of_largest, logits)
            };
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

impl<V: Vector<Element = f64>> Sums<V> {
    #[inline(always)]
    fn in_pairs<Z: Stored>(
        arch: V::Arch,
        (place, weights): (Place, &Weights<'_>),
        (max, top): (f64, usize),
        logits: &[Z],
    ) -> Self {
        let zero = V::splat(arch, 0.0);
        let nothing = Pair::new(zero, zero);
        let down = V::splat(arch, DOWN);
        let max = V::splat(arch, max) * down;
        let targets = Targets::of(arch, place, weights);
        let none = LogicalSum::<V>::new(arch, zero);
        let (mut others, mut below, mut endless) = (none, none, zero);
        for (vector, logits) in logits.chunks(V::LANES).enumerate() {
            let first = vector.wrapping_mul(V::LANES);
            let index: V = indices(arch, first);
            let z = load_logits::<Z, V>(arch, logits) * down;
            let target = targets.of_classes(index, first);
            let is_top = index.equal(V::splat(arch, top as f64));
            let target = Pair::select(is_top, nothing, target);
            others.add(vector, target);
            let (product, of_endless) = weighted(arch, target, two_sum(max, -z));
            endless = of_endless.max(endless);
            below.add(vector, product);
        }
        Self {
            of_top: targets.of_classes(V::splat(arch, top as f64), top),
            of_others: others.in_every_lane(arch),
            below: below.in_every_lane(arch),
            are_endless: V::any(zero.less_than(endless)),
        }
    }

    /// For results in single precision: differences of such logits are beyond nothing, and what rounding
    /// a few terms in double precision errs is not seen.
    #[inline(always)]
    fn in_one_part<Z: Stored>(
        arch: V::Arch,
        (place, weights): (Place, &Weights<'_>),
        (max, top): (f64, usize),
        logits: &[Z],
    ) -> Self {
        let zero = V::splat(arch, 0.0);
        let max = V::splat(arch, max);
        let targets = Targets::of(arch, place, weights);
        let none = LogicalSum::<V>::new(arch, zero);
        let (mut others, mut below) = (none, none);
        let mut first = 0;
        for logits in logits.chunks(AT_A_TIME) {
            let (mut some_others, mut some_below) = (none, none);
            for (vector, logits) in logits.chunks(V::LANES).enumerate() {
                let index: V = indices(arch, first);
                let z = load_logits::<Z, V>(arch, logits);
                let target = targets.of_classes(index, first).high;
                let is_top = index.equal(V::splat(arch, top as f64));
                let target = V::select(is_top, zero, target);
                // A class without a target adds nothing wherever it lies.
                let counts = zero.less_than(target);
                some_others.add_rounded(vector, target);
                some_below.add_rounded(vector, V::select(counts, (max - z) * target, zero));
                first = first.wrapping_add(V::LANES);
            }
            others.add_sums(arch, some_others);
            below.add_sums(arch, some_below);
        }
        let below = below.in_every_lane(arch);
        Self {
            of_top: targets.of_classes(V::splat(arch, top as f64), top),
            of_others: others.in_every_lane(arch),
            below: below.scale(V::splat(arch, DOWN)),
            // Where a difference is not endless but no number, no loss is one.
            are_endless: !below.high.first_lane().is_finite(),
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
