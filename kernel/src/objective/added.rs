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
    row::{Place, indices, largest, read},
    targets::Targets,
    warp::exp_less_one,
    window::{AT_A_TIME, Window},
};
use crate::{
    door::{Batch, Class},
    lane_sum::LogicalSum,
    numbers::Numbers,
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

/// Finds what is to be added, given ln of the base of exponentials if that is not e.
#[inline(never)]
pub(crate) fn find<V: Vector<Element = f64>>(
    arch: V::Arch,
    place: Place,
    weights: &Weights<'_>,
    logits: Numbers<'_>,
    ln_of_base: Option<Pair<f64>>,
) -> Added {
    arch.run(
        #[inline(always)]
        || {
            let zero = V::splat(arch, 0.0);
            let nothing = Pair::new(zero, zero);
            let mut window = Window::new(f64::NEG_INFINITY);
            let (max, top) = largest::<V>(arch, place, &mut window, &logits);
            let down = V::splat(arch, DOWN);
            let max = V::splat(arch, max) * down;
            let targets = Targets::of(arch, place, weights);
            let none = LogicalSum::<V>::new(arch, zero);
            let (mut others, mut below, mut endless) = (none, none, zero);
            for start in (0..place.n_classes.get()).step_by(AT_A_TIME) {
                let logits = read::<V>(arch, place, start, &mut window, &logits);
                for (vector, logits) in logits.chunks(V::LANES).enumerate() {
                    let first = start + vector * V::LANES;
                    let index: V = indices(arch, first);
                    let z = V::load(arch, logits, f64::NEG_INFINITY) * down;
                    let target = targets.of_classes(index, first);
                    let is_top = index.equal(V::splat(arch, top as f64));
                    let target = Pair::select(is_top, nothing, target);
                    others.add(vector, target);
                    let (product, of_endless) = weighted(arch, target, two_sum(max, -z));
                    endless = of_endless.max(endless);
                    below.add(vector, product);
                }
            }
            let mut below = below.in_every_lane(arch);
            if let Some(ln) = ln_of_base {
                below = below.mul(Pair::splat(arch, ln));
            }
            let of_top = targets.of_classes(V::splat(arch, top as f64), top);
            Added {
                top: Class::new(Some(top)),
                of_top: of_first_lane(of_top),
                of_others: of_first_lane(others.in_every_lane(arch)),
                loss: if V::any(zero.less_than(endless)) {
                    f64::INFINITY
                } else {
                    below.scale(V::splat(arch, UP)).round().first_lane()
                },
            }
        },
    )
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
            let targets = Targets::of(arch, place, weights);
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
            let mut out = [0.0; AT_A_TIME];
            for start in (0..place.n_classes.get()).step_by(AT_A_TIME) {
                let len = (place.n_classes.get() - start).min(AT_A_TIME);
                let out = out.get_mut(..len).unwrap_or_default();
                let at = place.start.wrapping_add(start);
                arrays.read_back(at, out);
                let firsts = (start..).step_by(V::LANES);
                for (first, entries) in firsts.zip(out.chunks_mut(V::LANES)) {
                    let index = indices(arch, first);
                    let target = targets.of_classes(index, first).scale(minus);
                    let is_top = index.equal(V::splat(arch, top));
                    let entry =
                        Pair::from_one(arch, V::load(arch, entries, 0.0)).add(target.mul(scale));
                    Pair::select(is_top, of_top, entry).round().store(entries);
                }
                arrays.write(at, out);
            }
        },
    );
}
