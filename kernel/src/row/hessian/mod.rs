//! The Hessian of one row as a value: a (diag p - p p^T), never stored.
//!
//! Its methods write what is asked for, reading the logits again; the row coefficient a is the
//! upstream factor over the denominator. Rows side by side are in [`columns`].

pub(crate) mod columns;
pub(crate) mod entries;
mod layout;
mod product;

use self::entries::Entries;
use super::{Coefficient, finish::Finished};
use crate::{
    element::Float,
    logit::Logit,
    pair::Pair,
    row_slices::{last, last_mut, write_by},
    vector::Vector,
};

pub(crate) use self::{layout::Layout, product::Ahead};

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

    /// One row from the stored probabilities.
    #[inline(always)]
    fn row_from_stored(
        &self,
        probability: Pair<V>,
        high: &[V::Element],
        low: &[V::Element],
        row: &mut [V::Element],
    ) {
        let stored = high.chunks_exact(V::LANES).zip(low.chunks_exact(V::LANES));
        for ((high, low), out) in stored.zip(row.chunks_exact_mut(V::LANES)) {
            self.vector_from_stored(probability, high, low, out);
        }
        // The last vector has entries of the one before it once more.
        if !row.len().is_multiple_of(V::LANES) {
            let (high, low) = (high.get(..row.len()), low.get(..row.len()));
            let (high, low) = (high.unwrap_or_default(), low.unwrap_or_default());
            let (high, low) = (last(high, V::LANES), last(low, V::LANES));
            self.vector_from_stored(probability, high, low, last_mut(row, V::LANES));
        }
    }

    /// One vector of it.
    #[inline(always)]
    fn vector_from_stored(
        &self,
        probability: Pair<V>,
        high: &[V::Element],
        low: &[V::Element],
        out: &mut [V::Element],
    ) {
        let high = V::load(self.entries.arch, high, V::Element::ZERO);
        let low = V::load(self.entries.arch, low, V::Element::ZERO);
        self.entries
            .off_diagonal(probability, Pair::new(high, low))
            .store(out);
    }

    /// One row without stored probabilities.
    #[inline(always)]
    fn row_from_logits(&self, probability: Pair<V>, row: &mut [V::Element]) {
        let logits = self.logits.get(..row.len()).unwrap_or_default();
        write_by(
            V::LANES,
            logits,
            row,
            #[inline(always)]
            |logits, out| {
                let p = self.entries.probability(Z::load(self.entries.arch, logits));
                self.entries.off_diagonal(probability, p).store(out);
            },
        );
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
