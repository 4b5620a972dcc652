//! Hessians of narrow rows side by side, a row in every lane, with the bits of one row alone.

use super::{
    entries::Entries,
    product::{Product, Scaling},
};
use crate::{
    element::Float,
    pair::Pair,
    row::{
        ahead::{Lines, logits_ahead},
        block::EXACT_LEN,
        columns::Columns,
    },
    vector::{Arch, Vector},
};

impl<V: Vector> Entries<V> {
    /// Replaces logits by the diagonals.
    ///
    /// A function of its own, so that it is compiled once for all types of logits, like the others
    /// here.
    #[inline(never)]
    pub(crate) fn diagonals(&self, columns: &mut Columns<'_, V>) {
        self.arch.run(
            #[inline(always)]
            || {
                for entry in columns.classes_mut() {
                    *entry = self.on_diagonal(*entry, self.probability(*entry));
                }
            },
        );
    }

    /// Writes the matrices `[C, C]` over the rows of the array, of at most [`EXACT_LEN`] classes.
    /// What is written next is asked for: it is read before it is written.
    #[inline(never)]
    pub(crate) fn matrices(
        &self,
        columns: &mut Columns<'_, V>,
        out: &mut [V::Element],
        next: &[V::Element],
    ) {
        self.arch.run(
            #[inline(always)]
            || {
                let zero = V::splat(self.arch, V::Element::ZERO);
                let mut probabilities = [Pair::new(zero, zero); EXACT_LEN];
                let n_classes = columns.classes().len();
                for (p, entry) in probabilities.iter_mut().zip(columns.classes_mut()) {
                    *p = self.probability(*entry);
                    *entry = self.on_diagonal(*entry, *p);
                }
                let diagonals = columns.classes();
                let mut next = Lines::of(next);
                for _ in 0..n_classes.wrapping_mul(n_classes) {
                    next.prefetch::<V>(self.arch);
                }
                V::store_columns(
                    self.arch,
                    n_classes.wrapping_mul(n_classes),
                    #[inline(always)]
                    |index| {
                        let i = index.checked_div(n_classes).unwrap_or_default();
                        let j = index.wrapping_sub(i.wrapping_mul(n_classes));
                        match (probabilities.get(i), probabilities.get(j), diagonals.get(i)) {
                            (_, _, Some(entry)) if i == j => *entry,
                            (Some(p), Some(q), _) => self.off_diagonal(*p, *q),
                            _ => zero,
                        }
                    },
                    out,
                );
            },
        );
    }

    /// Replaces logits by the products with vectors, and gives the sums that they depend on: rows
    /// where that is not finite have to be done otherwise. The next vectors are asked for meanwhile,
    /// and where their products will be written, which is read before it is written.
    #[inline(never)]
    pub(crate) fn products(
        &self,
        columns: &mut Columns<'_, V>,
        next_vectors: &[V::Element],
        next_products: &[V::Element],
    ) -> V {
        self.arch.run(
            #[inline(always)]
            || {
                let far = next_vectors.get(logits_ahead::<V::Element>()..);
                let mut far = Lines::of(far.unwrap_or_default());
                let (mut near, mut next) = (Lines::of(next_vectors), Lines::of(next_products));
                let mut at_top = V::splat(self.arch, V::Element::ZERO);
                // The first of several comes last.
                for (logits, vector) in columns.with_vectors().rev() {
                    at_top = V::select(logits.equal(self.max), vector, at_top);
                }
                let product = Product::of(self, at_top, Scaling::RAISED);
                for entry in columns.classes_mut() {
                    near.prefetch_near::<V>(self.arch);
                    far.prefetch::<V>(self.arch);
                    *entry = product.probability::<true>(*entry);
                }
                let sum = columns.sum_with(
                    self.arch,
                    #[inline(always)]
                    |probability, vector| product.term(probability, vector),
                );
                let mean = product.mean(sum);
                for (entry, vector) in columns.with_vectors() {
                    next.prefetch::<V>(self.arch);
                    *entry = product.entries(mean, *entry, vector);
                }
                sum.high
            },
        )
    }
}
