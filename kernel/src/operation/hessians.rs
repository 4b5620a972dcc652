//! Hessians in their forms, and their products with vectors.

use core::num::NonZeroUsize;

use super::{
    Operation,
    coefficients::Coefficients,
    groups::{Group, Visitor, for_each_group},
};
use crate::{
    door::{Batch, logits_of, row_of, rows_of_mut},
    element::Float,
    logit::{Logit, Stored, VectorOf},
    row::hessian::{Hessian, Layout},
    vector::{Arch, Vector},
};

/// Something of the Hessians of all rows.
pub struct Hessians<'a, Z: Stored> {
    pub(crate) batch: Batch<'a>,
    pub(crate) logits: &'a [Z],
    pub(crate) out: &'a mut [Z::Element],
    pub(crate) form: Form<'a, Z::Element>,
}

/// What of them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form<'a, T> {
    /// The diagonal, C entries.
    Diagonal,
    /// The matrix.
    Matrix(Layout),
    /// The products with the rows of a matrix `[n_rows, n_classes]`.
    Products(&'a [T]),
}

/// The operation on its way through the groups.
struct Writer<'a, Z: Stored> {
    hessians: Hessians<'a, Z>,
    coefficients: Coefficients<'a, Z::Element>,
}

impl<Z: Logit> Operation for Hessians<'_, Z> {
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let batch = self.batch;
        let mut writer = Writer {
            coefficients: Coefficients::new::<VectorOf<Z, A>>(arch, &batch, None),
            hessians: self,
        };
        for_each_group::<Z, VectorOf<Z, A>>(arch, &batch, None, &mut writer);
    }
}

impl<Z: Logit> Visitor<Z> for Writer<'_, Z> {
    #[inline(always)]
    fn logits(&self) -> &[Z] {
        self.hessians.logits
    }

    #[inline(always)]
    fn visit<V: Vector<Element = Z::Element>>(&mut self, arch: V::Arch, group: &mut Group<'_, V>) {
        let Hessians {
            batch,
            logits,
            out,
            form,
        } = &mut self.hessians;
        let n_classes = batch.n_classes;
        // The door has made the length a multiple of the number of rows.
        let Some(len) = out
            .len()
            .checked_div(batch.n_rows)
            .and_then(NonZeroUsize::new)
        else {
            return;
        };
        for ((row, class), finished) in group.rows().zip(group.finished(arch).to_rows()) {
            let out = rows_of_mut(out, len, row..row + 1);
            let Some(class) = class else {
                out.fill(Z::Element::ZERO);
                continue;
            };
            let coefficient = self.coefficients.of_row::<V>(arch, row, class);
            let logits = logits_of(logits, batch, row);
            let hessian = Hessian::<V, Z>::of(arch, logits, &finished, coefficient);
            match form {
                Form::Diagonal => hessian.diagonal(out),
                Form::Matrix(layout) => hessian.matrix(*layout, out),
                Form::Products(vectors) => hessian.product(row_of(vectors, n_classes, row), out),
            }
        }
    }
}
