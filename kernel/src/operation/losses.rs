//! Losses, and their total.

use super::{
    Operation,
    groups::{Group, Visitor, for_each_group},
};
use crate::{
    code::Code,
    door::Batch,
    logit::{Logit, Stored, VectorOf},
    reduction::Total,
    row::columns::MOST_CLASSES,
    vector::{Arch, Vector},
};

/// The losses of all rows.
pub struct Losses<'a, Z: Stored> {
    pub(crate) batch: &'a Batch<'a>,
    pub(crate) logits: &'a [Z],
    pub(crate) sink: Sink<'a, Z::Element>,
}

/// Where losses go.
pub(crate) enum Sink<'a, T> {
    /// One a row, zero for ignored rows.
    Rows(&'a mut [T]),
    /// Their total, and what adds a loss and its weight to it.
    Total(&'a mut Total, Code<fn(&mut Total, T, f64)>),
}

impl<Z: Logit> Operation for Losses<'_, Z> {
    #[inline(always)]
    fn run<A: Arch>(mut self, arch: A) {
        let batch = self.batch;
        for_each_group::<Z, VectorOf<Z, A>>(arch, batch, None, &mut self);
    }
}

impl<Z: Logit> Visitor<Z> for Losses<'_, Z> {
    const READS_AGAIN: bool = false;

    fn most_columns(&self) -> usize {
        MOST_CLASSES
    }

    #[inline(always)]
    fn logits(&self) -> &[Z] {
        self.logits
    }

    #[inline(always)]
    fn visit<V: Vector<Element = Z::Element>>(
        &mut self,
        arch: V::Arch,
        group: &mut Group<'_, '_, V>,
    ) {
        let losses = match group.even(arch, self.batch, self.logits, None) {
            Some(even) => even.losses,
            None => group.losses(arch, self.batch.weights),
        };
        match &mut self.sink {
            Sink::Rows(out) => group.write_losses(losses, out),
            Sink::Total(total, Code(add_row)) => {
                for ((row, class), loss) in group.rows().zip(losses.to_lanes()) {
                    match class {
                        Some(class) => {
                            let weights = self.batch.weights;
                            let weight = weights.map_or(1.0, |w| w.counted(row, class));
                            add_row(total, loss, weight);
                        }
                        None => total.add_ignored(),
                    }
                }
            }
        }
    }
}
