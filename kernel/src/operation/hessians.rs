//! Hessians in their forms, and their products with vectors.

use super::{
    Operation,
    rows::{Coefficients, VectorOf, finished, groups},
};
use crate::{
    door::{Batch, row_of},
    element::Element,
    label::Label,
    row::hessian::{Hessian, Layout},
    vector::Arch,
};

/// What to write of the Hessian of every row.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form<'a, T> {
    /// Its diagonal.
    Diagonal,
    /// The matrix.
    Matrix(Layout),
    /// Its product with the row's vector, out of `[n_rows, n_classes]`.
    Product(&'a [T]),
}

/// Something of the Hessians of all rows.
pub(crate) struct Hessians<'a, T, L> {
    pub(crate) batch: Batch<'a, L>,
    pub(crate) logits: &'a [T],
    pub(crate) form: Form<'a, T>,
    pub(crate) out: &'a mut [T],
}

impl<T: Element, L: Label> Operation for Hessians<'_, T, L> {
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let (n_rows, n_classes) = (self.batch.n_rows(), self.batch.n_classes());
        let coefficients = Coefficients::new(arch, &self.batch, None);
        // The door has made the length a multiple of the number of rows.
        let out_len = self.out.len() / n_rows.max(1);
        let mut outs = self.out.chunks_mut(out_len.max(1));
        for group in groups::<T, A>(n_rows, n_classes) {
            let rows = finished(arch, &self.batch, &coefficients, self.logits, group.clone());
            for (i, row) in group.zip(&rows) {
                let Some(out) = outs.next() else { return };
                let Some(row) = row else {
                    out.fill(T::ZERO);
                    continue;
                };
                let logits = row_of(self.logits, n_classes, i);
                let hessian = Hessian::<VectorOf<T, A>>::of(arch, logits, row);
                match self.form {
                    Form::Diagonal => hessian.diagonal(out),
                    Form::Matrix(layout) => hessian.matrix(layout, out),
                    Form::Product(vectors) => {
                        hessian.product(row_of(vectors, n_classes, i), out);
                    }
                }
            }
        }
    }
}
