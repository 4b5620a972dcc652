//! Probabilities, which need no labels.

use super::{
    Operation,
    gradients::write_probabilities,
    rows::{Coefficients, VectorOf, finished, groups},
};
use crate::{
    door::{Batch, row_of, row_of_mut},
    element::Element,
    vector::Arch,
};

/// The softmax of every row.
pub struct Probabilities<'a, T> {
    /// Without labels.
    pub(crate) batch: Batch<'a>,
    pub(crate) logits: &'a [T],
    pub(crate) out: &'a mut [T],
}

impl<T: Element> Operation for Probabilities<'_, T> {
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let n_classes = self.batch.n_classes;
        let coefficients = Coefficients::NONE;
        for group in groups::<T, A>(self.batch.n_rows, n_classes) {
            let rows = finished(arch, &self.batch, &coefficients, self.logits, group.clone());
            for (i, row) in group.zip(rows.iter().flatten()) {
                let logits = row_of(self.logits, n_classes, i);
                let out = row_of_mut(self.out, n_classes, i);
                write_probabilities::<VectorOf<T, A>>(arch, row, None, Some(logits), out);
            }
        }
    }
}
