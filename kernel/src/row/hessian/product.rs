//! Products of Hessians with vectors, lane by lane like [`Entries`].
//!
//! (H v)_i = a p_i (v'_i - sum p_j v'_j) with v' = v - v_top, so that the largest probability,
//! whose rounding would weigh most, multiplies zero. Each entry errs by at most a few u of
//! a p_i (|v'_i| + sum p_j |v'_j|).

use super::{Hessian, entries::Entries};
use crate::{
    element::Float,
    lane_sum::{LaneSum, LogicalSum},
    logit::{Logit, Stored},
    pair::Pair,
    row::{
        ahead::{half_of, prefetch_next},
        softmax::Softmax,
    },
    row_slices::{last, last_mut, write_by},
    vector::{Vector, magnitude},
};

/// Powers of two that the parts of a product are scaled by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scaling<T> {
    of_terms: T,
    of_vector: T,
    /// Undoes that of the vector, and as much again.
    unscale: T,
    /// What the vector is multiplied by besides where a coefficient is above 1: the mean is without
    /// it, and what a subnormal one is rounded by would be multiplied as well.
    raise: T,
}

impl<T: Float> Scaling<T> {
    /// Lifted, a subnormal probability times a large entry keeps its bits.
    const LIFTED: Self = Self {
        of_terms: T::UNLIFT.0,
        of_vector: T::ONE,
        unscale: T::ONE,
        raise: T::ONE,
    };

    /// The same, raised.
    pub(super) const RAISED: Self = Self {
        raise: T::LIFTED,
        ..Self::LIFTED
    };

    /// Where that overflows, entries are so large that they are scaled down instead.
    fn small() -> Self {
        let (unlift, unlift_rest) = T::UNLIFT;
        Self {
            of_terms: unlift * unlift_rest,
            of_vector: unlift_rest,
            unscale: T::LIFTED,
            raise: T::ONE,
        }
    }
}

/// 2^-30. Smaller coefficients multiply what is left in the end: with them, what terms are multiplied
/// by would not be normal.
const LEAST_FOLDED: f64 = 1.0 / 1073741824.0;

/// A product before the sum over its classes is known.
pub(super) struct Product<V: Vector> {
    arch: V::Arch,
    /// Probabilities times the coefficient, unless that is [tiny](LEAST_FOLDED): so it is rounded with
    /// them.
    softmax: Softmax<V>,
    of_terms: V,
    of_vector: V,
    /// The scaled entry of the vector at the most probable class.
    origin: V,
    of_sum: V,
    /// The coefficient of probabilities; `None` for 1.
    folded: Option<Pair<V>>,
    /// One that is tiny, or 1.
    factor: V,
    unlift: V,
}

impl<V: Vector> Product<V> {
    /// With vectors whose entries at the most probable class are `at_top`.
    #[inline(always)]
    pub(super) fn of(entries: &Entries<V>, at_top: V, scaling: Scaling<V::Element>) -> Self {
        let arch = entries.arch;
        let one = V::splat(arch, V::Element::ONE);
        let (_, unlift) = entries.second_unlift;
        let Scaling {
            of_terms,
            of_vector,
            unscale,
            raise,
        } = scaling;
        let (folded, factor, raise) = match entries.coefficient {
            Some(a) => {
                let (a, size) = (a.factor, magnitude(a.factor.high));
                let is_tiny = size.less_than(V::splat(arch, V::Element::from_f64(LEAST_FOLDED)));
                let folded = Pair::select(is_tiny, Pair::from_one(arch, one), a);
                (
                    Some(folded),
                    V::select(is_tiny, a.high, one),
                    V::select(one.less_than(size), V::splat(arch, raise), one),
                )
            }
            None => (None, one, one),
        };
        let of_vector = V::splat(arch, of_vector) * raise;
        let unscale = V::splat(arch, unscale);
        Self {
            arch,
            softmax: match folded {
                Some(a) => entries.softmax.times(a),
                None => entries.softmax,
            },
            of_terms: V::splat(arch, of_terms),
            of_vector,
            origin: at_top * of_vector,
            // Without the lift of the probabilities.
            of_sum: V::splat(arch, V::Element::UNLIFT.1) * unscale,
            folded,
            factor,
            unlift: unlift * (unscale * unscale / raise),
        }
    }

    /// Entries of the vector minus the one of the top class, scaled before they could overflow.
    #[inline(always)]
    fn difference(&self, vector: V) -> V {
        vector * self.of_vector - self.origin
    }

    /// The scaled probabilities, times the coefficient.
    #[inline(always)]
    pub(super) fn probability<const SHIFTED: bool>(&self, logits: V) -> V {
        self.softmax.rounded::<SHIFTED>(self.of_terms, logits)
    }

    /// What the classes add to the sum: scaled probabilities times scaled differences.
    #[inline(always)]
    pub(super) fn term(&self, probability: V, vector: V) -> Pair<V> {
        let (high, low) = probability.two_product(self.difference(vector));
        Pair::new(high, low)
    }

    /// Adds what classes add, of their scaled probabilities; nothing beyond the end of the slices.
    #[inline(always)]
    fn add(&self, sum: &mut LaneSum<V>, probabilities: &[V::Element], vector: &[V::Element]) {
        let zero = V::Element::ZERO;
        let probability = V::load(self.arch, probabilities, zero);
        sum.add(self.term(probability, V::load(self.arch, vector, zero)));
    }

    /// The mean of the scaled differences, of the sum of the [terms](Self::term).
    #[inline(always)]
    pub(super) fn mean(&self, sum: Pair<V>) -> Pair<V> {
        let mean = sum.scale(self.of_sum);
        match self.folded {
            Some(a) => mean.div(a),
            None => mean,
        }
    }

    /// Entries of the product, of scaled probabilities.
    #[inline(always)]
    pub(super) fn entries(&self, mean: Pair<V>, probability: V, vector: V) -> V {
        let from_mean = (self.difference(vector) - mean.high) - mean.low;
        probability * from_mean * self.factor * self.unlift
    }

    /// Entries of the product with some entries of the vector, given the scaled probabilities.
    #[inline(always)]
    fn entries_of(&self, mean: Pair<V>, probabilities: &[V::Element], vector: &[V::Element]) -> V {
        let zero = V::Element::ZERO;
        let probability = V::load(self.arch, probabilities, zero);
        self.entries(mean, probability, V::load(self.arch, vector, zero))
    }
}

/// What comes after the logits, the vector and the product of a row in memory, and is asked for
/// meanwhile. Every other logit: the others were, when the row was summed.
#[derive(Clone, Copy)]
pub(crate) struct Ahead<'a, Z: Stored> {
    pub(crate) logits: &'a [Z],
    pub(crate) vectors: &'a [Z::Element],
    pub(crate) products: &'a [Z::Element],
}

impl<Z: Logit, V: Vector<Element = Z::Element>> Hessian<'_, V, Z> {
    /// The product with a vector, C entries each.
    ///
    /// Until they are written, the probabilities are in their places.
    #[inline(always)]
    pub(crate) fn product(
        &self,
        vector: &[V::Element],
        out: &mut [V::Element],
        ahead: &Ahead<'_, Z>,
    ) {
        let arch = self.entries.arch;
        let at_top = vector.get(self.top()).copied().unwrap_or(V::Element::ZERO);
        let at_top = V::splat(arch, at_top);
        let mut product = Product::of(&self.entries, at_top, Scaling::RAISED);
        let mut sum = self.sum_of_terms(&product, vector, out, ahead);
        for scaling in [Scaling::LIFTED, Scaling::small()] {
            if sum.high.first_lane().is_finite() {
                break;
            }
            product = Product::of(&self.entries, at_top, scaling);
            sum = self.sum_of_terms(&product, vector, out, ahead);
        }
        let mean = product.mean(sum);
        // The last vector has entries of the one before it as well, whose probabilities are read
        // before they are written over.
        let of_last = (!out.len().is_multiple_of(V::LANES)).then(
            #[inline(always)]
            || product.entries_of(mean, last(out, V::LANES), last(vector, V::LANES)),
        );
        let outs = out.chunks_exact_mut(V::LANES);
        let mut ahead = ahead.products.chunks(V::LANES);
        for (vector, out) in vector.chunks_exact(V::LANES).zip(outs) {
            prefetch_next::<_, V>(arch, &mut ahead);
            product.entries_of(mean, out, vector).store(out);
        }
        if let Some(entries) = of_last {
            entries.store(last_mut(out, V::LANES));
        }
    }

    /// Writes the probabilities, and gives the sum of the terms of a product in every lane.
    ///
    /// In two passes: in one, a vector of classes would be a chain of so many operations that the
    /// processor would not see enough of the next.
    #[inline(always)]
    fn sum_of_terms(
        &self,
        product: &Product<V>,
        vector: &[V::Element],
        probabilities: &mut [V::Element],
        ahead: &Ahead<'_, Z>,
    ) -> Pair<V> {
        if self.entries.softmax.shifts() {
            self.probabilities::<true>(product, probabilities, ahead.logits);
        } else {
            self.probabilities::<false>(product, probabilities, ahead.logits);
        }

        let arch = self.entries.arch;
        let mut sum = LogicalSum::<V>::new(arch, V::splat(arch, V::Element::ZERO));
        let lanes = V::Element::LANES;
        let mut ahead = ahead.vectors.chunks(lanes);
        let (probabilities, vector) = (
            probabilities.chunks_exact(lanes),
            vector.chunks_exact(lanes),
        );
        let rest = probabilities.remainder().chunks(V::LANES);
        let rest = rest.zip(vector.remainder().chunks(V::LANES));
        for (probabilities, vector) in probabilities.zip(vector) {
            prefetch_next::<_, V>(arch, &mut ahead);
            let vector = vector.chunks_exact(V::LANES).zip(sum.parts());
            for (p, (vector, sum)) in probabilities.chunks_exact(V::LANES).zip(vector) {
                product.add(sum, p, vector);
            }
        }
        for ((p, vector), sum) in rest.zip(sum.parts()) {
            product.add(sum, p, vector);
        }
        sum.in_every_lane(arch)
    }

    /// Writes the scaled probabilities; without `SHIFTED` the shift must be zero.
    #[inline(always)]
    fn probabilities<const SHIFTED: bool>(
        &self,
        product: &Product<V>,
        out: &mut [V::Element],
        ahead: &[Z],
    ) {
        let arch = self.entries.arch;
        let mut ahead = ahead.chunks(half_of::<V>());
        write_by(
            V::LANES,
            self.logits,
            out,
            #[inline(always)]
            |logits, out| {
                prefetch_next::<_, V>(arch, &mut ahead);
                let logits = Z::load(arch, logits);
                product.probability::<SHIFTED>(logits).store(out);
            },
        );
    }

    /// Index of the most probable class, the first of several.
    #[inline(always)]
    fn top(&self) -> usize {
        let mut first = 0;
        for logits in self.logits.chunks(V::LANES) {
            let equal = Z::load::<V>(self.entries.arch, logits).equal(self.entries.max);
            if V::any(equal) {
                let max = self.entries.max.first_lane();
                let in_chunk = logits.iter().position(|z| z.widen() == max);
                return first + in_chunk.unwrap_or_default();
            }
            first += V::LANES;
        }
        0
    }
}
