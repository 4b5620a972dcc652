//! Which rows are fitted, and which are held out.

use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

use super::CalibrationOptions;
use crate::{
    array::{ArrayName, Role},
    batch::Batch,
    error::Error,
    labels::Labels,
    memory::reserve,
    number::Logit,
    objective::Objective,
    rows::Rows,
    weights::Weights,
};

/// The rows of a batch that count and have a weight, in two parts, with those of their logits that
/// have been taken.
#[derive(Debug)]
pub(crate) struct Split<Z> {
    fitted: Chosen<Z>,
    held_out: Chosen<Z>,
}

/// Some rows in their order, with the logits of the first of them.
#[derive(Debug)]
struct Chosen<Z> {
    rows: Vec<usize>,
    logits: Vec<Z>,
}

impl<Z: Logit> Split<Z> {
    /// Draws the rows of a batch, and takes none of its logits.
    pub(crate) fn draw(batch: &Batch<Z>, options: &CalibrationOptions) -> Result<Self, Error> {
        let weighs = |&row: &usize| {
            let class = batch.class(row);
            class.is_some() && batch.objective().weight(row, class) > 0.0
        };
        let rows: Vec<usize> = (0..batch.n_rows()).filter(weighs).collect();
        let n_held_out = (options.holdout * rows.len() as f64).round() as usize;
        let (fitted, held_out) = draw(rows, n_held_out, options.seed);
        let is_measured = held_out.is_empty() == (options.holdout == 0.0);
        if fitted.is_empty() || !is_measured {
            let labels = batch.labels().cloned();
            return Err(Error::NothingToFit {
                labels: labels.unwrap_or(ArrayName::memory(Role::Labels)),
            });
        }
        Ok(Self {
            fitted: Chosen::new(fitted, batch)?,
            held_out: Chosen::new(held_out, batch)?,
        })
    }

    /// Takes the logits that are in memory and follow those that have been taken.
    pub(crate) fn take(&mut self, batch: &Batch<Z>) -> Result<(), Error> {
        self.fitted.take(batch)?;
        self.held_out.take(batch)
    }

    /// The rows to fit, and those to measure where some are held out.
    pub(super) fn batches(self, of: &Batch<Z>) -> Result<(Batch<Z>, Option<Batch<Z>>), Error> {
        let held_out = Some(self.held_out).filter(|chosen| !chosen.rows.is_empty());
        let held_out = held_out.map(|chosen| chosen.batch(of));
        Ok((self.fitted.batch(of)?, held_out.transpose()?))
    }
}

impl<Z: Logit> Chosen<Z> {
    fn new(rows: Vec<usize>, batch: &Batch<Z>) -> Result<Self, Error> {
        let name = || batch.logits().name().to_string();
        let logits = reserve(name, rows.len() * batch.n_classes())?;
        Ok(Self { rows, logits })
    }

    /// Logits have to be finite or to mask a class.
    fn take(&mut self, batch: &Batch<Z>) -> Result<(), Error> {
        let taken = self.logits.len() / batch.n_classes();
        let held = batch.logits().held();
        for &row in self.rows[taken..]
            .iter()
            .take_while(|&row| held.contains(row))
        {
            let logits = batch.logits().slice(row..row + 1);
            for (class, &logit) in logits.iter().enumerate() {
                let value: f64 = logit.to_element().into();
                let is_mask = value == f64::NEG_INFINITY && batch.class(row) != Some(class);
                if !value.is_finite() && !is_mask {
                    return Err(Error::LogitNotFinite {
                        array: batch.logits().name().clone(),
                        row,
                        class,
                        value,
                    });
                }
            }
            self.logits.extend_from_slice(logits);
        }
        Ok(())
    }

    /// The rows as a batch of their own.
    fn batch(self, of: &Batch<Z>) -> Result<Batch<Z>, Error> {
        let Self { rows, logits } = self;
        let labels = rows.iter().flat_map(|&row| of.classes(row..row + 1));
        let labels = Labels::from(labels.copied().collect::<Vec<i64>>());
        let objective = of.objective();
        let of_rows = |weights: &Weights| {
            let weights = rows.iter().map(|&row| weights.values()[row]);
            Weights::new(Role::RowWeights, weights.collect())
        };
        let objective = Objective {
            ignored_labels: Vec::new(),
            row_weights: objective.row_weights.as_ref().map(of_rows),
            ..objective.clone()
        };
        let logits = Rows::new(Role::Logits, logits, of.n_classes())?;
        Batch::new(logits, labels, objective)
    }
}

/// Draws so many of the rows; the rest, and what was drawn, both in their order.
fn draw(rows: Vec<usize>, n_drawn: usize, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut keys: Vec<(u64, usize)> = rows.iter().map(|&row| (generator.random(), row)).collect();
    keys.sort_unstable();
    // Of pairs in order, those with the smallest numbers.
    let Some(&last) = n_drawn.checked_sub(1).and_then(|last| keys.get(last)) else {
        return (rows, Vec::new());
    };
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
    let (drawn, rest): (Vec<usize>, Vec<usize>) = rows
        .into_iter()
        .partition(|&row| (generator.random::<u64>(), row) <= last);
    (rest, drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_asked_for_and_each_once() {
        let rows: Vec<usize> = (0..100).map(|row| 3 * row).collect();
        for n_drawn in [0, 1, 50, 99, 100] {
            let (rest, drawn) = draw(rows.clone(), n_drawn, 7);
            assert_eq!(drawn.len(), n_drawn);
            assert!(rest.is_sorted() && drawn.is_sorted());
            let mut all = [rest, drawn].concat();
            all.sort_unstable();
            assert_eq!(all, rows);
        }
        let drawn = |seed| draw(rows.clone(), 50, seed).1;
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
    }
}
