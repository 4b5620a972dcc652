//! Losses and gradients of rows with any targets, some rows at a time: plain losses with the most probable
//! class for a label, and probabilities, both times the sum of the targets, and what is
//! [added](crate::objective::added).

use core::ops::Range;

use super::{Plain, run_tempered};
use crate::{
    base::Bases,
    door::{Batch, Class, Classes},
    element::Float,
    logit::{Logit, Stored},
    numbers::Numbers,
    objective::{
        added::{Added, add_to_gradient, find},
        row::Place,
    },
    operation::{
        Operation,
        gradients::{Buffers, Gradients, Written},
        losses::{Losses, Sink},
        objective::Arrays,
        run,
    },
    pair::Pair,
    row_slices::{rows_of, rows_of_mut},
    vector::Arch,
    weighing::Weighed,
    weights::Weights,
};

/// Most rows at a time: what is found of them lies on the stack.
const MOST_ROWS: usize = if cfg!(target_pointer_width = "64") {
    256
} else {
    16
};

/// Logits of the rows at a time, unless one has more: they are read three times.
const LOGITS: usize = 16384;

/// An operation whose rows can be had some at a time.
pub(super) trait InParts<'a, Z: Stored>: Arrays {
    /// Of all rows.
    fn rows(&self) -> &[Z];

    /// The whole batch.
    fn batch(&self) -> &'a Batch<'a>;

    /// Whether losses and gradients are asked for.
    fn asks_for(&self) -> [bool; 2];

    /// The operation on some rows, which are those of `batch`: losses, and probabilities in place of
    /// gradients.
    fn part<'b>(
        &'b mut self,
        rows: Range<usize>,
        batch: &'b Batch<'b>,
        losses: &'b mut [Z::Element],
    ) -> Plain<'b, Z>;
}

impl<'a, Z: Logit> InParts<'a, Z> for Losses<'a, Z> {
    fn rows(&self) -> &[Z] {
        self.logits
    }

    fn batch(&self) -> &'a Batch<'a> {
        self.batch
    }

    fn asks_for(&self) -> [bool; 2] {
        [true, false]
    }

    fn part<'b>(
        &'b mut self,
        rows: Range<usize>,
        batch: &'b Batch<'b>,
        losses: &'b mut [Z::Element],
    ) -> Plain<'b, Z> {
        Plain::Losses(Losses {
            batch,
            logits: rows_of(self.logits, batch.stride, rows),
            sink: Sink::Rows(losses),
        })
    }
}

impl<'a, Z: Logit> InParts<'a, Z> for Gradients<'a, Z> {
    fn rows(&self) -> &[Z] {
        self.buffers.logits()
    }

    fn batch(&self) -> &'a Batch<'a> {
        self.batch
    }

    fn asks_for(&self) -> [bool; 2] {
        [self.losses.is_some(), true]
    }

    fn part<'b>(
        &'b mut self,
        rows: Range<usize>,
        batch: &'b Batch<'b>,
        losses: &'b mut [Z::Element],
    ) -> Plain<'b, Z> {
        let (stride, of) = (batch.stride, rows.clone());
        let buffers = match &mut self.buffers {
            Buffers::Separate { logits, gradients } => Buffers::Separate {
                logits: rows_of(logits, stride, of.clone()),
                gradients: rows_of_mut(gradients, stride, of),
            },
            Buffers::Alike { logits, gradients } => Buffers::Alike {
                logits: rows_of(logits, stride, of.clone()),
                gradients: rows_of_mut(gradients, stride, of),
            },
            Buffers::InPlace(logits) => Buffers::InPlace(rows_of_mut(logits, stride, of)),
        };
        Plain::Gradients(Gradients {
            batch,
            buffers,
            upstream: self.upstream.and_then(|upstream| upstream.get(rows)),
            losses: Some(losses),
            states: None,
            written: Written::WithoutTargets,
        })
    }
}

/// The most probable classes, as labels of rows.
struct Tops<'a>(&'a [Class]);

impl Classes for Tops<'_> {
    fn class(&self, row: usize) -> Option<usize> {
        self.0.get(row).and_then(|class| class.index())
    }

    fn read(&self, first_row: usize, classes: &mut [Class]) {
        let tops = self.0.get(first_row..).unwrap_or_default();
        for (class, &top) in classes.iter_mut().zip(tops) {
            *class = top;
        }
    }
}

/// Runs an operation on rows with any targets.
pub(super) fn add<'a, Z: Logit>(mut operation: impl InParts<'a, Z>, temperature: Option<f64>) {
    let batch = operation.batch();
    let Batch {
        labels,
        n_rows,
        n_classes,
        stride,
        weights,
        denominator,
        backend,
        ..
    } = *batch;
    let [losses_are_asked_for, gradients_are_asked_for] = operation.asks_for();
    let Some(weighed) = weights else { return };
    let ln_of_base = temperature.map(|temperature| Bases::of_temperature(temperature).double.ln);
    let mut added = [Added::NOTHING; MOST_ROWS];
    let mut tops = [Class::IGNORED; MOST_ROWS];
    let mut totals = [Pair::ZERO; MOST_ROWS];
    let mut losses = [Z::Element::ZERO; MOST_ROWS];
    let at_a_time = (LOGITS / n_classes).clamp(1, MOST_ROWS);
    let mut first_row = 0;
    // Not a range with a step: for compilers that could be zero, and panic.
    while first_row < n_rows {
        let rows = first_row..n_rows.min(first_row + at_a_time);
        first_row = rows.end;
        let added = added.get_mut(..rows.len()).unwrap_or_default();
        let tops = tops.get_mut(..rows.len()).unwrap_or_default();
        let totals = totals.get_mut(..rows.len()).unwrap_or_default();
        let losses = losses.get_mut(..rows.len()).unwrap_or_default();
        let places = |row| {
            labels.class(row).map(|class| Place {
                row,
                class,
                start: row.wrapping_mul(stride.get()),
                n_classes,
            })
        };
        run(
            backend,
            Find {
                rows: rows.clone(),
                places: &places,
                weights: &weighed.weights,
                logits: operation.rows(),
                ln_of_base,
                added: &mut *added,
            },
        );
        for ((top, total), added) in tops.iter_mut().zip(totals.iter_mut()).zip(&*added) {
            (*top, *total) = (added.top, added.total());
        }
        let weighed_rows = Weighed {
            weights: Weights::of_totals(totals),
            ..*weighed
        };
        let part = Batch {
            labels: &Tops(tops),
            n_rows: rows.len(),
            n_classes,
            stride,
            weights: Some(&weighed_rows),
            extension: None,
            denominator,
            backend,
        };
        run_tempered(operation.part(rows.clone(), &part, losses), temperature);
        if losses_are_asked_for {
            for ((row, added), &loss) in rows.clone().zip(&*added).zip(&*losses) {
                let loss: f64 = loss.into();
                let loss = labels.class(row).map(|class| {
                    let weight = weighed.weights.counted(row, class);
                    (loss + added.loss, weight)
                });
                let arrays: &mut dyn Arrays = &mut operation;
                arrays.write_loss(row, loss);
            }
        }
        if gradients_are_asked_for {
            run(
                backend,
                Add {
                    rows,
                    places: &places,
                    weights: &weighed.weights,
                    batch,
                    ln_of_base,
                    added,
                    plain_losses: losses,
                    arrays: &mut operation,
                },
            );
        }
    }
}

/// Finds what is to be added.
struct Find<'a, Z> {
    rows: Range<usize>,
    places: &'a dyn Fn(usize) -> Option<Place>,
    weights: &'a Weights<'a>,
    logits: &'a [Z],
    ln_of_base: Option<Pair<f64>>,
    added: &'a mut [Added],
}

impl<Z: Stored> Operation for Find<'_, Z> {
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        for (row, added) in self.rows.zip(self.added) {
            let Some(place) = (self.places)(row) else {
                *added = Added::NOTHING;
                continue;
            };
            let end = place.start.wrapping_add(place.n_classes.get());
            let logits = self.logits.get(place.start..end).unwrap_or_default();
            let (weights, ln) = (self.weights, self.ln_of_base);
            if Z::Element::IS_SINGLE {
                let arch = arch.single();
                find::<Z, <A::Single as Arch>::F64>(arch, place, weights, logits, ln, added);
            } else {
                find::<Z, A::F64>(arch, place, weights, logits, ln, added);
            }
        }
    }
}

/// Adds it to gradients.
struct Add<'a, T> {
    rows: Range<usize>,
    places: &'a dyn Fn(usize) -> Option<Place>,
    weights: &'a Weights<'a>,
    batch: &'a Batch<'a>,
    ln_of_base: Option<Pair<f64>>,
    added: &'a [Added],
    plain_losses: &'a [T],
    arrays: &'a mut dyn Arrays,
}

impl<T: Float> Operation for Add<'_, T> {
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let in_single = !matches!(self.arrays.logits(), Numbers::F64(_));
        for (row, (added, &loss)) in self.rows.zip(self.added.iter().zip(self.plain_losses)) {
            let Some(place) = (self.places)(row) else {
                continue;
            };
            let of_row = (self.batch, place);
            let ln = self.ln_of_base;
            let added = (added, loss.into());
            let (weights, arrays) = (self.weights, &mut *self.arrays);
            if in_single {
                let arch = arch.single();
                add_to_gradient::<<A::Single as Arch>::F64>(
                    arch, of_row, weights, added, ln, arrays,
                );
            } else {
                add_to_gradient::<A::F64>(arch, of_row, weights, added, ln, arrays);
            }
        }
    }
}
