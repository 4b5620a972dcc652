//! Which rows are fitted, and which are held out.

use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

use super::CalibrationOptions;
use crate::{
    array::{ArrayName, Role},
    batch::Batch,
    error::Error,
    labels::Labels,
    number::Logit,
    objective::Objective,
    rows::Rows,
    weights::Weights,
};

/// A batch to fit, and one to measure where rows are held out.
type Split = (Batch<f64>, Option<Batch<f64>>);

impl<Z: Logit> Batch<Z> {
    /// Rows that count, have a weight and are not held out, and those that are.
    pub(super) fn split(&self, options: &CalibrationOptions) -> Result<Split, Error> {
        let weighs = |&row: &usize| {
            let class = self.class(row);
            class.is_some() && self.objective().weight(row, class) > 0.0
        };
        let rows: Vec<usize> = (0..self.n_rows()).filter(weighs).collect();
        let n_held_out = (options.holdout * rows.len() as f64).round() as usize;
        let (fitted, held_out) = draw(rows, n_held_out, options.seed);
        let is_measured = held_out.is_empty() == (options.holdout == 0.0);
        let labels = self.labels();
        if fitted.is_empty() || !is_measured {
            return Err(Error::NothingToFit {
                labels: labels.map_or(ArrayName::memory(Role::Labels), Clone::clone),
            });
        }
        let held_out = (!held_out.is_empty()).then(|| self.only(&held_out));
        Ok((self.only(&fitted)?, held_out.transpose()?))
    }

    /// Some of the rows, with logits in `f64`, which have to be finite or to mask a class.
    fn only(&self, rows: &[usize]) -> Result<Batch<f64>, Error> {
        let mut logits = Vec::with_capacity(rows.len() * self.n_classes());
        for &row in rows {
            for (class, &logit) in self.logits().slice(row..row + 1).iter().enumerate() {
                let value: f64 = logit.to_element().into();
                let is_mask = value == f64::NEG_INFINITY && self.class(row) != Some(class);
                if !value.is_finite() && !is_mask {
                    return Err(Error::LogitNotFinite {
                        array: self.logits().name().clone(),
                        row,
                        class,
                        value,
                    });
                }
                logits.push(value);
            }
        }
        let labels: Vec<i64> = rows
            .iter()
            .flat_map(|&row| self.classes(row..row + 1))
            .copied()
            .collect();
        let objective = self.objective();
        let of_rows = |weights: &Weights| {
            let weights = rows.iter().map(|&row| weights.values()[row]);
            Weights::new(Role::RowWeights, weights.collect())
        };
        let objective = Objective {
            ignored_labels: Vec::new(),
            row_weights: objective.row_weights.as_ref().map(of_rows),
            ..objective.clone()
        };
        Batch::new(
            Rows::new(Role::Logits, logits, self.n_classes())?,
            Labels::from(labels),
            objective,
        )
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
