//! Losses, and their total.

use core::ops::Range;

use super::{
    Operation,
    rows::{VectorOf, groups, read},
};
use crate::{
    door::Batch,
    element::Element,
    reduction::Total,
    row::state::to_lanes,
    vector::{Arch, MAX_LANES},
};

/// The losses of all rows.
pub struct Losses<'a, T> {
    pub(crate) batch: Batch<'a>,
    pub(crate) logits: &'a [T],
    pub(crate) sink: Sink<'a, T>,
}

/// Where losses go.
pub(crate) enum Sink<'a, T> {
    /// One a row, zero for ignored rows.
    Rows(&'a mut [T]),
    /// Their total.
    Total(&'a mut Total),
}

impl<T: Element> Operation for Losses<'_, T> {
    #[inline(always)]
    fn run<A: Arch>(mut self, arch: A) {
        for rows in groups::<T, A>(self.batch.n_rows, self.batch.n_classes) {
            let losses = losses_of(arch, &self.batch, self.logits, rows.clone());
            for (row, loss) in rows.zip(losses) {
                match (&mut self.sink, loss) {
                    (Sink::Rows(losses), loss) => {
                        if let Some(entry) = losses.get_mut(row) {
                            *entry = loss.unwrap_or(T::ZERO);
                        }
                    }
                    (Sink::Total(total), Some(loss)) => total.add_row(loss.into()),
                    (Sink::Total(total), None) => total.add_ignored(),
                }
            }
        }
    }
}

/// The losses of a group of rows; `None` for an ignored one.
#[inline(always)]
fn losses_of<T: Element, A: Arch>(
    arch: A,
    batch: &Batch<'_>,
    logits: &[T],
    rows: Range<usize>,
) -> [Option<T>; MAX_LANES] {
    let (group, counted) = read(arch, batch, logits, rows);
    let mut losses = [None; MAX_LANES];
    let values = to_lanes(group.finish::<VectorOf<T, A>>(arch).loss);
    for ((loss, counted), value) in losses.iter_mut().zip(counted).zip(values) {
        *loss = counted.map(|_| value);
    }
    losses
}
