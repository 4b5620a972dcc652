//! The Hessian of one row as a value: a (diag p - p p^T), never stored.
//!
//! Its methods write what is asked for, reading the logits again; the row coefficient a is the
//! upstream factor over the denominator. Rows side by side are in [`columns`].

pub(crate) mod columns;
pub(crate) mod entries;
mod layout;
mod product;

use self::{
    entries::Entries,
    product::{Product, Scaling},
};
use super::{Coefficient, finish::Finished};
use crate::{
    element::Float,
    lane_sum::{LaneSum, LogicalSum},
    logit::Logit,
    pair::Pair,
    vector::Vector,
};

pub(crate) use layout::Layout;

/// The Hessian of one row.
#[derive(Clone, Copy)]
pub(crate) struct Hessian<'a, V: Vector, Z> {
    logits: &'a [Z],
    entries: Entries<V>,
}

impl<'a, Z: Logit, V: Vector<Element = Z::Element>> Hessian<'a, V, Z> {
    #[inline(always)]
    pub(crate) fn of(
        arch: V::Arch,
        logits: &'a [Z],
        finished: &Finished<V::Element>,
        row_coefficient: Option<Coefficient<V::Element>>,
    ) -> Self {
        let coefficient = row_coefficient.map(
            #[inline(always)]
            |a| Coefficient::splat(arch, a),
        );
        Self {
            logits,
            entries: Entries::of(arch, &Finished::splat(arch, finished), coefficient),
        }
    }

    /// The diagonal, C entries.
    #[inline(always)]
    pub(crate) fn diagonal(&self, out: &mut [V::Element]) {
        for (logits, out) in self.logits.chunks(V::LANES).zip(out.chunks_mut(V::LANES)) {
            let logits = Z::load(self.entries.arch, logits);
            let p = self.entries.probability(logits);
            self.entries.on_diagonal(logits, p).store(out);
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
                let p = self.entries.probability(Z::load(self.entries.arch, logits));
                p.high.store(high);
                p.low.store(low);
            }
        }
        let mut rest = out;
        for (first, logits) in (0..).step_by(V::LANES).zip(self.logits.chunks(V::LANES)) {
            let logits = Z::load(self.entries.arch, logits);
            let p = self.entries.probability(logits);
            let diagonal = self.entries.on_diagonal(logits, p).to_lanes();
            for (i, (probability, on_diagonal)) in (first..n_classes)
                .zip(p.to_lanes().zip(diagonal))
                .take(V::LANES)
            {
                let Some((row, after)) = rest.split_at_mut_checked(layout.row_len(n_classes, i))
                else {
                    return;
                };
                let probability = Pair::splat(self.entries.arch, probability);
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
    #[inline(always)]
    pub(crate) fn product(&self, vector: &[V::Element], out: &mut [V::Element]) {
        let at_top = vector.get(self.top()).copied().unwrap_or(V::Element::ZERO);
        let of_top = V::splat(self.entries.arch, at_top);
        let mut product = Product::of(&self.entries, of_top, Scaling::LIFTED);
        let mut sum = self.sum_of_terms(&product, vector, at_top);
        if !sum.high.first_lane().is_finite() {
            product = Product::of(&self.entries, of_top, Scaling::small());
            sum = self.sum_of_terms(&product, vector, at_top);
        }
        let mean = product.mean(sum);
        let vectors = vector.chunks(V::LANES).zip(out.chunks_mut(V::LANES));
        for (logits, (vector, out)) in self.logits.chunks(V::LANES).zip(vectors) {
            let vector = V::load(self.entries.arch, vector, at_top);
            let logits = Z::load(self.entries.arch, logits);
            product.entries(mean, logits, vector).store(out);
        }
    }

    /// The sum of the terms of a product, in every lane.
    #[inline(always)]
    fn sum_of_terms(
        &self,
        product: &Product<V>,
        vector: &[V::Element],
        at_top: V::Element,
    ) -> Pair<V> {
        let zero = V::splat(self.entries.arch, V::Element::ZERO);
        let mut sum = LogicalSum::new(self.entries.arch, zero);
        let lanes = V::Element::LANES;
        for (logits, vector) in self.logits.chunks(lanes).zip(vector.chunks(lanes)) {
            let vectors = logits.chunks(V::LANES).zip(vector.chunks(V::LANES));
            for (sum, (logits, vector)) in sum.parts().zip(vectors) {
                // Beyond the end a difference of zero times a term of zero.
                let vector = V::load(self.entries.arch, vector, at_top);
                sum.add(product.term(Z::load(self.entries.arch, logits), vector));
            }
        }
        let total = sum.fold().map(LaneSum::total).map(LaneSum::to_pair);
        Pair::splat(
            self.entries.arch,
            total.map_or(Pair::ZERO, Pair::first_lane),
        )
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
            let high = V::load(self.entries.arch, high, V::Element::ZERO);
            let low = V::load(self.entries.arch, low, V::Element::ZERO);
            self.entries
                .off_diagonal(probability, Pair::new(high, low))
                .store(out);
        }
    }

    /// One row without stored probabilities.
    #[inline(always)]
    fn row_from_logits(&self, probability: Pair<V>, row: &mut [V::Element]) {
        for (logits, out) in self.logits.chunks(V::LANES).zip(row.chunks_mut(V::LANES)) {
            let p = self.entries.probability(Z::load(self.entries.arch, logits));
            self.entries.off_diagonal(probability, p).store(out);
        }
    }
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
