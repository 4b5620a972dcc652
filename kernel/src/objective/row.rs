//! The state of one row under options, and its loss.

use core::num::NonZeroUsize;

use super::{
    even::UP,
    largest::Largest,
    sums::{Sums, weighted},
    targets::Targets,
    terms::Terms,
    warp::{FAR, Warp, Warped},
    window::{AT_A_TIME, Room, VECTORS, Window},
    z_loss::z_loss,
};
use crate::{
    element::Float,
    exponential::Exponential,
    logarithm::ln_1p,
    numbers::Numbers,
    operation::objective::Arrays,
    pair::Pair,
    vector::{Arch, Vector, magnitude},
    weights::Weights,
};

/// Where a row stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) row: usize,
    /// Class of its label; any where target probabilities take its place.
    pub(crate) class: usize,
    /// Index of its first logit.
    pub(crate) start: usize,
    pub(crate) n_classes: NonZeroUsize,
}

/// One row, from which every output is read; pairs have the same number in every lane.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a, V: Vector> {
    pub(crate) arch: V::Arch,
    pub(crate) place: Place,
    warp: Warp<V>,
    targets: Targets<'a, V>,
    /// Index of the largest logit, the first of several.
    pub(crate) top: usize,
    /// The largest z, whatever is subtracted from all of them.
    largest: V,
    exponential: Exponential<V>,
    /// 1 / the sum of all terms, on their scale.
    reciprocal: Pair<V>,
    /// The sum of the target weights without that of the top class, and with it.
    pub(crate) weight_of_others: Pair<V>,
    pub(crate) weight: Pair<V>,
    /// 1 - p of the top class.
    pub(crate) rest: Pair<V>,
    /// lse - m.
    log_sum: Pair<V>,
    pub(crate) log_sum_exp: Pair<V>,
    /// sum_c t_c (m - z_c).
    below: Pair<V>,
    /// The factor of the z-loss times the row's weight, or zero.
    pub(crate) z_factor: Pair<V>,
}

/// Some classes of a row, one a lane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Classes<V> {
    /// Number of the class.
    pub(crate) index: V,
    pub(crate) warped: Warped<V>,
    pub(crate) p: Pair<V>,
}

impl<'a, V: Vector<Element = f64>> Row<'a, V> {
    /// Leaves [`warped`](Room::warped) classes in the room if it [is enough](Room::is_enough_for).
    ///
    /// A function of its own, like [`classes`](Self::classes) and [`targets`](Self::targets), so
    /// that each is compiled once, and without optimisation does not add to the stack of others.
    #[inline(never)]
    pub(crate) fn find(
        arch: V::Arch,
        place: Place,
        terms: &Terms<'_>,
        weights: &'a Weights<'a>,
        arrays: &dyn Arrays,
        room: &mut Room<V>,
    ) -> Self {
        arch.run(
            #[inline(always)]
            || Self::find_inline(arch, place, terms, weights, arrays, room),
        )
    }

    #[inline(always)]
    fn find_inline(
        arch: V::Arch,
        place: Place,
        terms: &Terms<'_>,
        weights: &'a Weights<'a>,
        arrays: &dyn Arrays,
        room: &mut Room<V>,
    ) -> Self {
        let n_classes = place.n_classes.get();
        let (zero, one, nan) = (
            V::splat(arch, 0.0),
            V::splat(arch, 1.0),
            V::splat(arch, f64::NAN),
        );
        room.empty();
        let (max, top) = largest::<V>(arch, place, &mut room.logits, arrays);
        // Without a finite one there is no softmax; NaN carries that to every output.
        let max = if max.is_finite() {
            V::splat(arch, max)
        } else {
            nan
        };
        let mut warp = Warp::new(arch, terms);
        let [whole, largest] = warp.start_at(arch, max);
        let exponential = Exponential::of_lanes(arch, largest.high);

        let targets = Targets::of(arch, place, weights);
        let mut sums = Sums::new(arch);
        for start in (0..n_classes).step_by(AT_A_TIME) {
            let logits = read::<V>(arch, place, start, &mut room.logits, arrays);
            let blocks = (start..).step_by(VECTORS * V::LANES);
            for (first, logits) in blocks.zip(logits.chunks(VECTORS * V::LANES)) {
                if Room::<V>::is_enough_for(n_classes) {
                    warp.apply_to_all(arch, logits, &mut room.warped);
                } else {
                    for (warped, logits) in room.warped.iter_mut().zip(logits.chunks(V::LANES)) {
                        warped.z = warp.apply(arch, V::load(arch, logits, f64::NEG_INFINITY)).z;
                    }
                }
                let warped = room.warped.get(..logits.len() / V::LANES);
                let warped = warped.unwrap_or_default();
                sums.add(arch, &targets, &exponential, (top, largest), first, warped);
            }
        }
        let (terms_sum, mut weight_of_others, mut below) = (
            sums.terms.in_every_lane(arch),
            sums.targets.in_every_lane(arch),
            sums.below.in_every_lane(arch),
        );
        let mut infinite = sums.infinite;
        let of_top = targets.of_classes(V::splat(arch, top as f64), top);
        let of_top = Pair::splat(arch, of_top.first_lane());
        if targets.are_of_label_only() && place.class != top {
            let logits = load(arch, place, place.class, &mut room.logits, arrays);
            let z = warp.apply(arch, logits).z.first_lane();
            weight_of_others = targets.of_label;
            (below, infinite) = weighted(arch, targets.of_label, largest, Pair::splat(arch, z));
        }
        let below = below.scale(V::splat(arch, UP));
        let below = if infinite {
            Pair::new(V::splat(arch, f64::INFINITY), zero)
        } else {
            below
        };

        let largest_term = exponential.pair_of(arch, largest);
        let reciprocal = Pair::from_one(arch, one).div(largest_term.add(terms_sum));
        let log_sum = ln_1p(arch, terms_sum.div(largest_term));
        Self {
            arch,
            place,
            warp,
            targets,
            top,
            largest: whole.high,
            exponential,
            reciprocal,
            weight_of_others,
            weight: weight_of_others.add(of_top),
            rest: terms_sum.mul(reciprocal),
            log_sum,
            log_sum_exp: whole.add(log_sum).or_infinite(arch, whole.high),
            below,
            z_factor: targets
                .of_row
                .mul(Pair::from_one(arch, V::splat(arch, terms.z_loss))),
        }
    }

    /// The loss.
    #[inline(always)]
    pub(crate) fn loss(&self) -> f64 {
        let [_, of_z_loss] = z_loss(self.arch, self.z_factor, self.log_sum_exp);
        let of_log_sum = self.weight.mul(self.log_sum);
        let roughly = of_log_sum.high + (self.below.high + of_z_loss.high);
        let loss = of_log_sum.add(of_z_loss).add(self.below);
        loss.or_infinite(self.arch, roughly).round().first_lane()
    }

    /// The classes from `first` on.
    #[inline(never)]
    pub(crate) fn classes(
        &self,
        first: usize,
        window: &mut Window,
        arrays: &dyn Arrays,
    ) -> Classes<V> {
        self.arch.run(
            #[inline(always)]
            || {
                let logits = load(self.arch, self.place, first, window, arrays);
                self.classes_of(first, self.warp.apply(self.arch, logits))
            },
        )
    }

    /// The same, of what becomes of their logits.
    #[inline(always)]
    pub(crate) fn classes_of(&self, first: usize, warped: Warped<V>) -> Classes<V> {
        let term = self.exponential.pair_of(self.arch, warped.z);
        Classes {
            index: indices(self.arch, first),
            warped,
            p: term.mul(self.reciprocal),
        }
    }

    /// Logits from a class on, as many whole vectors as a window has.
    #[inline(always)]
    pub(crate) fn read<'b>(
        &self,
        first: usize,
        window: &'b mut Window,
        arrays: &dyn Arrays,
    ) -> &'b [f64] {
        read::<V>(self.arch, self.place, first, window, arrays)
    }

    /// What becomes of the logits of at most [`VECTORS`] vectors.
    #[inline(always)]
    pub(crate) fn warp(&self, logits: &[f64], out: &mut [Warped<V>; VECTORS]) {
        self.warp.apply_to_all(self.arch, logits, out);
    }

    /// Target weights of the classes from `first` on.
    #[inline(always)]
    pub(crate) fn targets(&self, first: usize) -> Pair<V> {
        if self.targets.are_of_label_only() {
            self.targets.of_classes(indices(self.arch, first), first)
        } else {
            self.targets_of_all(first)
        }
    }

    #[inline(never)]
    fn targets_of_all(&self, first: usize) -> Pair<V> {
        self.arch.run(
            #[inline(always)]
            || self.targets.of_classes(indices(self.arch, first), first),
        )
    }

    /// Whether outputs in single precision are right where pairs have one part: it rounds z to
    /// 2^-52 of itself and terms by as much as that is, so that is to be small beside 2^-24.
    #[inline(always)]
    pub(crate) fn has_enough_digits(&self) -> bool {
        V::Arch::IN_PAIRS || magnitude(self.largest).first_lane() <= FAR
    }

    /// Whether z is the logit itself.
    #[inline(always)]
    pub(crate) fn is_unwarped(&self) -> bool {
        self.warp.is_identity()
    }

    /// Where the classes are the top one.
    #[inline(always)]
    pub(crate) fn is_top(&self, index: V) -> V::Mask {
        index.equal(V::splat(self.arch, self.top as f64))
    }
}

/// The largest logit and its first index.
#[inline(always)]
fn largest<V: Vector<Element = f64>>(
    arch: V::Arch,
    place: Place,
    window: &mut Window,
    arrays: &dyn Arrays,
) -> (f64, usize) {
    let mut largest = Largest::<V>::new(arch);
    for start in (0..place.n_classes.get()).step_by(AT_A_TIME) {
        let logits = read::<V>(arch, place, start, window, arrays);
        largest.add(arch, start, logits);
    }
    let logits = read::<V>(arch, place, largest.window, window, arrays);
    (largest.max(), largest.window + largest.index(arch, logits))
}

/// Logits of the classes from `first` on; masked ones beyond the last.
#[inline(always)]
fn load<V: Vector<Element = f64>>(
    arch: V::Arch,
    place: Place,
    first: usize,
    window: &mut Window,
    arrays: &dyn Arrays,
) -> V {
    window.load(
        arch,
        first,
        place.n_classes.get(),
        #[inline(always)]
        |first, logits| widen::<V>(arch, arrays.logits(), place.start + first, logits),
    )
}

/// As many of them as a window has.
#[inline(always)]
pub(super) fn read<'b, V: Vector<Element = f64>>(
    arch: V::Arch,
    place: Place,
    first: usize,
    window: &'b mut Window,
    arrays: &dyn Arrays,
) -> &'b [f64] {
    window.read::<V>(
        first,
        place.n_classes.get(),
        #[inline(always)]
        |first, logits| widen::<V>(arch, arrays.logits(), place.start + first, logits),
    )
}

/// A function of its own, so that it is compiled once a backend.
#[inline(never)]
fn widen<V: Vector>(arch: V::Arch, numbers: Numbers<'_>, start: usize, out: &mut [f64]) {
    arch.run(
        #[inline(always)]
        || numbers.read(start, out),
    );
}

/// The numbers of the classes from `first` on.
#[inline(always)]
pub(super) fn indices<V: Vector<Element = f64>>(arch: V::Arch, first: usize) -> V {
    const FROM_ZERO: [f64; f64::LANES] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
    V::load(arch, &FROM_ZERO, 0.0) + V::splat(arch, first as f64)
}
