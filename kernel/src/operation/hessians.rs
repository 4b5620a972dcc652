//! Hessians in their forms, and their products with vectors.

use super::{
    Operation,
    rows::{Coefficients, VectorOf, finished, groups},
};
use crate::{
    door::{Batch, row_of},
    element::Element,
    row::hessian::{Hessian, Layout},
    vector::Arch,
};

/// Something of the Hessians of all rows.
pub struct Hessians<'a, T> {
    pub(crate) batch: Batch<'a>,
    pub(crate) logits: &'a [T],
    pub(crate) out: &'a mut [T],
}

/// Their diagonals.
pub(super) struct Diagonals<'a, T>(pub(super) Hessians<'a, T>);

/// The matrices.
pub(super) struct Matrices<'a, T> {
    pub(super) operation: Hessians<'a, T>,
    pub(super) layout: Layout,
}

/// Their products with the rows of `vectors`, `[n_rows, n_classes]`.
pub(super) struct Products<'a, T> {
    pub(super) operation: Hessians<'a, T>,
    pub(super) vectors: &'a [T],
}

impl<T: Element> Operation for Diagonals<'_, T> {
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        self.0.for_each(
            arch,
            #[inline(always)]
            |_, hessian, out| hessian.diagonal(out),
        );
    }
}

impl<T: Element> Operation for Matrices<'_, T> {
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let layout = self.layout;
        self.operation.for_each(
            arch,
            #[inline(always)]
            |_, hessian, out| hessian.matrix(layout, out),
        );
    }
}

impl<T: Element> Operation for Products<'_, T> {
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let (vectors, n_classes) = (self.vectors, self.operation.batch.n_classes);
        self.operation.for_each(
            arch,
            #[inline(always)]
            |row, hessian, out| hessian.product(row_of(vectors, n_classes, row), out),
        );
    }
}

impl<T: Element> Hessians<'_, T> {
    /// Writes something of the Hessian of every row into that row's part of `out`.
    #[inline(always)]
    fn for_each<A: Arch>(
        self,
        arch: A,
        write: impl Fn(usize, Hessian<'_, VectorOf<T, A>>, &mut [T]),
    ) {
        let Batch {
            n_rows, n_classes, ..
        } = self.batch;
        let coefficients = Coefficients::new(arch, &self.batch, None);
        // The door has made the length a multiple of the number of rows.
        let out_len = self.out.len() / n_rows.max(1);
        let mut outs = self.out.chunks_mut(out_len.max(1));
        for group in groups::<T, A>(n_rows, n_classes) {
            let rows = finished(arch, &self.batch, &coefficients, self.logits, group.clone());
            for (i, row) in group.zip(&rows) {
                let Some(out) = outs.next() else { return };
                match row {
                    Some(row) => {
                        let logits = row_of(self.logits, n_classes, i);
                        write(i, Hessian::of(arch, logits, row), out);
                    }
                    None => out.fill(T::ZERO),
                }
            }
        }
    }
}
