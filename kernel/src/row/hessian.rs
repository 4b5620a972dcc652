//! The Hessian of one row as a value: a (diag p - p p^T), never stored.
//!
//! Its methods write what is asked for, reading the logits again; the row coefficient a is the
//! upstream factor over the denominator. Off-diagonal entries are products of two probabilities
//! that carry 1.5 times the working precision, formed alike for (i, j) and (j, i), so that
//! matrices are symmetric to the bit. On the diagonal, 1 - p of the most probable class is the
//! sum of the others.

use super::{Coefficient, finish::Finished, softmax::Softmax, unlifted};
use crate::{
    element::Float,
    lane_sum::{LaneSum, LogicalSum},
    logit::Logit,
    pair::{Pair, quick_two_sum},
    vector::{Arch, Vector},
};

/// The Hessian of one row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hessian<'a, V: Vector, Z> {
    arch: V::Arch,
    logits: &'a [Z],
    max: V,
    softmax: Softmax<V>,
    coefficient: Option<Coefficient<V>>,
    /// Entry of the most probable class, or classes, on the diagonal.
    top_on_diagonal: V,
    unlift: V,
    /// Products of two probabilities are lifted twice: the second lift is undone after the
    /// coefficient, before it where that could overflow.
    second_unlift: (V, V),
}

/// Where the entries of a row of a symmetric matrix stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// `[C, C]`, row-major.
    Dense,
    /// Lower triangle by rows, C (C + 1) / 2.
    Packed,
}

impl Layout {
    /// Number of entries of row i of a matrix of `n_classes` rows.
    pub(crate) fn row_len(self, n_classes: usize, i: usize) -> usize {
        match self {
            Self::Dense => n_classes,
            Self::Packed => n_classes.min(i + 1),
        }
    }

    /// Where row i starts. The door has made sure that none overflows.
    pub(crate) fn row_start(self, n_classes: usize, i: usize) -> usize {
        match self {
            Self::Dense => n_classes.wrapping_mul(i),
            // One of two consecutive numbers is even.
            Self::Packed if i.is_multiple_of(2) => (i / 2).wrapping_mul(i + 1),
            Self::Packed => i.wrapping_mul(i / 2 + 1),
        }
    }

    /// Number of entries of the matrix.
    pub(crate) fn len(self, n_classes: usize) -> usize {
        self.row_start(n_classes, n_classes)
    }
}

impl<'a, Z: Logit, V: Vector<Element = Z::Element>> Hessian<'a, V, Z> {
    #[inline(always)]
    pub(crate) fn of(
        arch: V::Arch,
        logits: &'a [Z],
        finished: &Finished<V::Element>,
        row_coefficient: Option<Coefficient<V::Element>>,
    ) -> Self {
        let finished = Finished::<V>::splat(arch, finished);
        let coefficient = row_coefficient.map(
            #[inline(always)]
            |a| Coefficient::splat(arch, a),
        );
        let (one, unlift) = (
            V::splat(arch, V::Element::ONE),
            V::splat(arch, V::Element::UNLIFT.1),
        );
        let is_large = row_coefficient.is_some_and(|a| a.unlift == V::Element::ONE);
        let second_unlift = if is_large {
            (unlift, one)
        } else {
            (one, unlift)
        };
        Self {
            arch,
            logits,
            max: finished.max,
            softmax: Softmax::of(arch, &finished),
            coefficient,
            // 1 - p of it is the sum of the others.
            top_on_diagonal: unlifted(arch, coefficient, finished.top.mul(finished.lifted_rest)),
            unlift,
            second_unlift,
        }
    }

    /// The diagonal, C entries.
    #[inline(always)]
    pub(crate) fn diagonal(&self, out: &mut [V::Element]) {
        for (logits, out) in self.logits.chunks(V::LANES).zip(out.chunks_mut(V::LANES)) {
            let logits = Z::load(self.arch, logits);
            let p = self.softmax.lifted_pair(logits);
            self.diagonal_entries(logits, p).store(out);
        }
    }

    /// The matrix.
    ///
    /// Until they are written, its last row holds the high parts of the probabilities and the
    /// one before it the low parts.
    #[inline(always)]
    pub(crate) fn matrix(&self, layout: Layout, out: &mut [V::Element]) {
        let n_classes = self.logits.len();
        if let Some((high, low)) = stored_mut(layout, n_classes, out) {
            let vectors = high.chunks_mut(V::LANES).zip(low.chunks_mut(V::LANES));
            for (logits, (high, low)) in self.logits.chunks(V::LANES).zip(vectors) {
                let p = self.softmax.lifted_pair(Z::load(self.arch, logits));
                p.high.store(high);
                p.low.store(low);
            }
        }
        let mut rest = out;
        for (first, logits) in (0..).step_by(V::LANES).zip(self.logits.chunks(V::LANES)) {
            let logits = Z::load(self.arch, logits);
            let p = self.softmax.lifted_pair(logits);
            let diagonal = self.diagonal_entries(logits, p).to_lanes();
            for (i, (probability, on_diagonal)) in (first..n_classes)
                .zip(p.to_lanes().zip(diagonal))
                .take(V::LANES)
            {
                let Some((row, after)) = rest.split_at_mut_checked(layout.row_len(n_classes, i))
                else {
                    return;
                };
                let probability = Pair::splat(self.arch, probability);
                match stored(layout, n_classes, i, after) {
                    Some((highs, lows)) => self.row_from_stored(probability, highs, lows, row),
                    None => self.row_from_logits(probability, row),
                }
                if let Some(entry) = row.get_mut(i) {
                    *entry = on_diagonal;
                }
                rest = after;
            }
        }
    }

    /// The product with a vector, C entries each.
    ///
    /// (H v)_i = a p_i (v'_i - sum p_j v'_j) with v' = v - v_top, so that the largest
    /// probability, whose rounding would weigh most, multiplies zero. Each entry errs by at most
    /// a few u of a p_i (|v'_i| + sum p_j |v'_j|).
    #[inline(always)]
    pub(crate) fn product(&self, vector: &[V::Element], out: &mut [V::Element]) {
        let at_top = vector.get(self.top()).copied().unwrap_or(V::Element::ZERO);
        let (unlift, unlift_rest) = V::Element::UNLIFT;
        // Lifted, a subnormal probability times a large entry keeps its bits. Where that
        // overflows, entries are so large that they are scaled down instead.
        let lifted = Scaling {
            of_terms: unlift,
            of_vector: V::Element::ONE,
        };
        let sum = self.sum_of_differences(vector, at_top, lifted);
        let (sum, scaling, unscale) = if sum.high.first_lane().is_finite() {
            (sum, lifted, V::Element::ONE)
        } else {
            let small = Scaling {
                of_terms: unlift * unlift_rest,
                of_vector: unlift_rest,
            };
            let sum = self.sum_of_differences(vector, at_top, small);
            (sum, small, V::Element::LIFTED)
        };
        let (factor, unlift) = match self.coefficient {
            Some(a) => (a.factor.high, a.unlift),
            None => (V::splat(self.arch, V::Element::ONE), self.unlift),
        };
        // The mean has the scale of the differences, without the lift of the terms.
        let mean = sum.mul(self.softmax.reciprocal());
        let mean = mean.scale(V::splat(self.arch, unlift_rest * unscale));
        let unlift = unlift * V::splat(self.arch, unscale * unscale);
        let of_terms = V::splat(self.arch, scaling.of_terms);

        let vectors = vector.chunks(V::LANES).zip(out.chunks_mut(V::LANES));
        for (logits, (vector, out)) in self.logits.chunks(V::LANES).zip(vectors) {
            let logits = Z::load(self.arch, logits);
            let difference = self.difference(vector, at_top, scaling);
            let probability = self.softmax.parts(of_terms, logits).round();
            let from_mean = (difference - mean.high) - mean.low;
            (probability * from_mean * factor * unlift).store(out);
        }
    }

    /// The sum of the scaled terms times the scaled differences of the vector's entries to the
    /// one of the top class.
    #[inline(always)]
    fn sum_of_differences(
        &self,
        vector: &[V::Element],
        at_top: V::Element,
        scaling: Scaling<V::Element>,
    ) -> Pair<V> {
        let of_terms = V::splat(self.arch, scaling.of_terms);
        let zero = V::splat(self.arch, V::Element::ZERO);
        let mut sum = LogicalSum::new(self.arch, zero);
        let lanes = V::Element::LANES;
        for (logits, vector) in self.logits.chunks(lanes).zip(vector.chunks(lanes)) {
            let vectors = logits.chunks(V::LANES).zip(vector.chunks(V::LANES));
            for (sum, (logits, vector)) in sum.parts().zip(vectors) {
                let logits = Z::load(self.arch, logits);
                let difference = self.difference(vector, at_top, scaling);
                let (power, significand) = self.softmax.term(logits);
                let (high, low) = significand.high.two_product(difference);
                let low = significand.low.mul_add(difference, low);
                sum.add(Pair::new(high, low).scale(power * of_terms));
            }
        }
        let total = sum.fold().map(LaneSum::total).map(LaneSum::to_pair);
        Pair::splat(self.arch, total.map_or(Pair::ZERO, Pair::first_lane))
    }

    /// Entries of the vector minus the one of the top class, scaled before they could overflow.
    #[inline(always)]
    fn difference(
        &self,
        vector: &[V::Element],
        at_top: V::Element,
        scaling: Scaling<V::Element>,
    ) -> V {
        let scale = V::splat(self.arch, scaling.of_vector);
        let origin = V::splat(self.arch, at_top) * scale;
        V::load(self.arch, vector, at_top) * scale - origin
    }

    /// Index of the most probable class, the first of several.
    #[inline(always)]
    fn top(&self) -> usize {
        let mut first = 0;
        for logits in self.logits.chunks(V::LANES) {
            let equal = Z::load::<V>(self.arch, logits).equal(self.max);
            if V::any(equal) {
                let max = self.max.first_lane();
                let in_chunk = logits.iter().position(|z| z.widen() == max);
                return first + in_chunk.unwrap_or_default();
            }
            first += V::LANES;
        }
        0
    }

    /// a p (1 - p) of lifted probabilities and their logits.
    #[inline(always)]
    fn diagonal_entries(&self, logits: V, p: Pair<V>) -> V {
        let probability = p.scale(self.unlift);
        let one = V::splat(self.arch, V::Element::ONE);
        let complement = quick_two_sum(one, -probability.high);
        let complement = Pair::new(complement.high, complement.low - probability.low);
        let entries = self.times_coefficient(p.mul(complement));
        V::select(logits.equal(self.max), self.top_on_diagonal, entries)
    }

    /// One row from the stored probabilities.
    #[inline(always)]
    fn row_from_stored(
        &self,
        probability: Pair<V>,
        high: &[V::Element],
        low: &[V::Element],
        row: &mut [V::Element],
    ) {
        let stored = high.chunks(V::LANES).zip(low.chunks(V::LANES));
        for ((high, low), out) in stored.zip(row.chunks_mut(V::LANES)) {
            let high = V::load(self.arch, high, V::Element::ZERO);
            let low = V::load(self.arch, low, V::Element::ZERO);
            self.off_diagonal(probability, Pair::new(high, low))
                .store(out);
        }
    }

    /// One row without stored probabilities.
    #[inline(always)]
    fn row_from_logits(&self, probability: Pair<V>, row: &mut [V::Element]) {
        for (logits, out) in self.logits.chunks(V::LANES).zip(row.chunks_mut(V::LANES)) {
            let p = self.softmax.lifted_pair(Z::load(self.arch, logits));
            self.off_diagonal(probability, p).store(out);
        }
    }

    /// -a p_i p_j: the same operations whichever class comes first.
    #[inline(always)]
    fn off_diagonal(&self, p: Pair<V>, q: Pair<V>) -> V {
        let cross = p.high * q.low + p.low * q.high;
        let product = if V::Arch::FUSED && self.coefficient.is_none() {
            // Lifted twice.
            p.high.mul_add(q.high, cross) * self.unlift * self.unlift
        } else {
            let (high, low) = p.high.two_product(q.high);
            let (before, after) = self.second_unlift;
            self.times_coefficient(quick_two_sum(high, low + cross).scale(before)) * after
        };
        // Subtracted from zero, not negated: entries of masked classes are 0, not -0.
        V::splat(self.arch, V::Element::ZERO) - product
    }

    /// a times a lifted value.
    #[inline(always)]
    fn times_coefficient(&self, lifted: Pair<V>) -> V {
        unlifted(self.arch, self.coefficient, lifted)
    }
}

/// Powers of two that the parts of a product are scaled by.
#[derive(Clone, Copy, Debug)]
struct Scaling<T> {
    of_terms: T,
    of_vector: T,
}

/// Lengths of the last row but one and of the last row; `None` where there are not two.
fn lengths_of_last_rows(layout: Layout, n_classes: usize) -> Option<(usize, usize)> {
    let before_last = n_classes.checked_sub(2)?;
    Some((layout.row_len(n_classes, before_last), n_classes))
}

/// The stored probabilities, high and low parts, in what follows row i of a matrix; `None` where
/// row i is one of the two that hold them.
#[inline(always)]
fn stored<T>(layout: Layout, n_classes: usize, i: usize, after: &[T]) -> Option<(&[T], &[T])> {
    let (low_len, high_len) = lengths_of_last_rows(layout, n_classes)?;
    let from = after
        .len()
        .checked_sub(low_len + high_len)
        .filter(|_| i + 2 < n_classes)?;
    let (low, high) = after.get(from..)?.split_at_checked(low_len)?;
    Some((high, low))
}

/// Where to store the probabilities, high and low parts, in a whole matrix.
#[inline(always)]
fn stored_mut<T>(
    layout: Layout,
    n_classes: usize,
    matrix: &mut [T],
) -> Option<(&mut [T], &mut [T])> {
    let (low_len, high_len) = lengths_of_last_rows(layout, n_classes)?;
    let from = matrix.len().checked_sub(low_len + high_len)?;
    let (low, high) = matrix.get_mut(from..)?.split_at_mut_checked(low_len)?;
    Some((high, low))
}
