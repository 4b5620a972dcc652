//! Losses, and their total.

use core::ops::Range;

use super::{
    Operation,
    rows::{VectorOf, groups},
};
use crate::{
    door::{Batch, row_of},
    element::Element,
    label::Label,
    reduction::Total,
    row::{finish::Group, state::to_lanes},
    vector::{Arch, MAX_LANES},
};

/// Hands the losses of consecutive rows, zero for ignored ones, to a sink.
pub(crate) struct Losses<'a, T, L, F> {
    pub(crate) batch: Batch<'a, L>,
    pub(crate) logits: &'a [T],
    pub(crate) sink: F,
}

impl<T: Element, L: Label, F: FnMut(Range<usize>, &[T])> Operation for Losses<'_, T, L, F> {
    #[inline(always)]
    fn run<A: Arch>(mut self, arch: A) {
        for rows in groups::<T, A>(self.batch.n_rows(), self.batch.n_classes()) {
            let losses = losses_of(arch, &self.batch, self.logits, rows.clone());
            (self.sink)(rows.clone(), losses.get(..rows.len()).unwrap_or_default());
        }
    }
}

/// The losses of a group of rows.
#[inline(always)]
fn losses_of<T: Element, A: Arch, L: Label>(
    arch: A,
    batch: &Batch<'_, L>,
    logits: &[T],
    rows: Range<usize>,
) -> [T; MAX_LANES] {
    let mut group = Group::EMPTY;
    let mut ignored = [true; MAX_LANES];
    for (lane, (row, ignored)) in rows.zip(&mut ignored).enumerate() {
        if let Some(label) = batch.class(row) {
            let logits = row_of(logits, batch.n_classes(), row);
            group.read::<VectorOf<T, A>>(arch, lane, logits, label);
            *ignored = false;
        }
    }
    let mut losses = to_lanes(group.finish::<VectorOf<T, A>>(arch).loss);
    for (loss, ignored) in losses.iter_mut().zip(ignored) {
        if ignored {
            *loss = T::ZERO;
        }
    }
    losses
}

/// Adds up losses of rows that follow each other.
pub(crate) fn add_losses<T: Element, L: Label>(
    total: &mut Total,
    batch: &Batch<'_, L>,
    rows: Range<usize>,
    losses: &[T],
) {
    for (row, &loss) in rows.zip(losses) {
        match batch.class(row) {
            Some(_) => total.add_row(loss.into()),
            None => total.add_ignored(),
        }
    }
}
