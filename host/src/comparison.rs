//! Two models on the same rows: which has less loss, and how sure that is.

use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use rayon::prelude::*;
use serde::Serialize;
use surprisal::{Denominator, Total};

use crate::{
    array::ArrayName, batch::Batch, error::Error, hardest::Hardest, moments::Moments,
    number::Logit, statistics::Prediction,
};

/// What a model makes of every row: all that a comparison needs, whatever the type of its logits.
#[derive(Clone, Debug)]
pub struct Scores {
    logits: ArrayName,
    /// `None` at rows that are ignored.
    rows: Vec<Option<Score>>,
    is_weighted: bool,
}

#[derive(Clone, Copy, Debug)]
struct Score {
    label: Option<usize>,
    weight: f64,
    loss: f64,
    predicted: usize,
    is_right: bool,
}

impl<Z: Logit> Batch<Z> {
    /// Loss and prediction of every row.
    ///
    /// # Errors
    ///
    /// [`Error::Kernel`] for an option that the kernel refuses.
    pub fn scores(&self) -> Result<Scores, Error> {
        let losses = self.evaluate(Denominator::Weight)?.losses;
        Ok(self.scores_of(&losses, self.predictions()?))
    }

    /// The same from the losses and predictions of all rows.
    pub(crate) fn scores_of(&self, losses: &[Z::Element], predictions: Vec<Prediction>) -> Scores {
        let score = |(row, prediction): (usize, Prediction)| {
            self.counts(row).then(|| Score {
                label: self.class(row),
                weight: self.objective().weight(row, self.class(row)),
                loss: losses[row].into(),
                predicted: prediction.class,
                is_right: self.is_right(row, &prediction),
            })
        };
        Scores {
            logits: self.logits().name().clone(),
            rows: predictions.into_iter().enumerate().map(score).collect(),
            is_weighted: self.objective().is_weighted(),
        }
    }
}

impl Scores {
    /// The logits that were scored.
    pub fn logits(&self) -> &ArrayName {
        &self.logits
    }
}

/// How a comparison is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CompareOptions {
    /// How often rows are drawn for the interval, 0 for none.
    pub resamples: usize,
    /// What is drawn.
    pub seed: u64,
    /// The share of the interval, above 0 and below 1.
    pub level: f64,
    /// How many of the rows are kept that differ most.
    pub top: usize,
}

impl Default for CompareOptions {
    fn default() -> Self {
        Self {
            resamples: 2000,
            seed: 0,
            level: 0.95,
            top: 10,
        }
    }
}

/// The losses of two models on the same rows. Differences are those of B less those of A: below 0
/// where B is better.
///
/// ```
/// use surprisal_host::{Batch, CompareOptions, Comparison, Labels, Objective, Role, Rows};
///
/// # fn main() -> Result<(), surprisal_host::Error> {
/// let scores = |logits: Vec<f64>| {
///     let logits = Rows::new(Role::Logits, logits, 2)?;
///     Batch::new(logits, Labels::from(vec![0_i64, 1]), Objective::default())?.scores()
/// };
/// let a = scores(vec![0.0, 0.0, 0.0, 0.0])?;
/// let b = scores(vec![2.0, 0.0, 0.0, 1.0])?;
/// let comparison = Comparison::new(&a, &b, &CompareOptions::default())?;
/// assert!(comparison.difference.unwrap() < 0.0);
/// assert_eq!(comparison.rows_b_less, 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// Rows that count.
    pub rows: usize,
    /// Of these, rows where a loss is infinite or NaN; with any there is no mean of differences.
    pub rows_non_finite: usize,
    /// Mean loss of A in nats.
    pub loss_mean_a: Option<f64>,
    /// Mean loss of B in nats.
    pub loss_mean_b: Option<f64>,
    /// Mean difference in nats, divided by the weight of the rows.
    pub difference: Option<f64>,
    /// Its standard error, from the differences row by row; `None` for fewer than two rows, and where
    /// rows or classes have weights.
    pub standard_error: Option<f64>,
    /// The ends of the interval: percentiles of the mean difference where rows are drawn anew, with
    /// replacement (B. Efron, R. J. Tibshirani, An introduction to the bootstrap, 1993).
    pub interval: Option<[f64; 2]>,
    /// Rows where A has less loss.
    pub rows_a_less: usize,
    /// Rows where B has less loss.
    pub rows_b_less: usize,
    /// Share of the rows that A predicts right; `None` without labels.
    pub accuracy_a: Option<f64>,
    /// Share of the rows that B predicts right.
    pub accuracy_b: Option<f64>,
    /// Rows that A alone predicts right.
    pub rows_a_alone_right: usize,
    /// Rows that B alone predicts right.
    pub rows_b_alone_right: usize,
    /// The rows that differ most, the largest difference of either sign first.
    pub most_different: Vec<DifferentRow>,
}

/// A row on which two models differ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DifferentRow {
    /// Its index, from zero.
    pub row: usize,
    /// Its label, where there are labels.
    pub label: Option<usize>,
    /// The loss of B less that of A, in nats.
    pub difference: f64,
    /// The loss of A.
    pub loss_a: f64,
    /// The loss of B.
    pub loss_b: f64,
    /// The class with the largest logit of A.
    pub predicted_a: usize,
    /// The class with the largest logit of B.
    pub predicted_b: usize,
}

impl Comparison {
    /// Compares two models.
    ///
    /// # Errors
    ///
    /// [`Error::OptionOutOfRange`]; [`Error::CountDiffers`] where the models have not as many rows,
    /// which with labels the batches themselves see to.
    pub fn new(a: &Scores, b: &Scores, options: &CompareOptions) -> Result<Self, Error> {
        if !(options.level > 0.0 && options.level < 1.0) {
            return Err(Error::OptionOutOfRange {
                option: "level".to_owned(),
                value: options.level,
                allowed: "above 0 and below 1",
            });
        }
        if a.rows.len() != b.rows.len() {
            return Err(Error::CountDiffers {
                array: b.logits.clone(),
                dimension: "rows",
                found: b.rows.len(),
                of: a.logits.clone(),
                needed: a.rows.len(),
            });
        }
        let pairs: Vec<(usize, &Score, &Score)> = (0..)
            .zip(a.rows.iter().zip(&b.rows))
            .filter_map(|(row, (a, b))| Some((row, a.as_ref()?, b.as_ref()?)))
            .collect();
        let (mut total_a, mut total_b) = (Total::default(), Total::default());
        let (mut moments, mut hardest) = (Moments::default(), Hardest::new(options.top));
        for (index, (_, a, b)) in pairs.iter().enumerate() {
            total_a.add_row(a.loss, a.weight);
            total_b.add_row(b.loss, b.weight);
            moments.add(b.loss - a.loss);
            hardest.offer(index, (b.loss - a.loss).abs());
        }
        let weighted: Vec<(f64, f64)> = pairs
            .iter()
            .map(|(_, a, b)| (b.loss - a.loss, a.weight))
            .collect();
        let count = |wanted: &dyn Fn(&Score, &Score) -> bool| {
            pairs.iter().filter(|(_, a, b)| wanted(a, b)).count()
        };
        let share = |right: usize| {
            let is_labelled = pairs.first()?.1.label.is_some();
            is_labelled.then(|| right as f64 / pairs.len() as f64)
        };
        let is_finite = |a: &Score, b: &Score| a.loss.is_finite() && b.loss.is_finite();
        let rows_non_finite = count(&|a, b| !is_finite(a, b));
        let finite = |value: Option<f64>| value.filter(|_| rows_non_finite == 0);
        let row = |&(index, _): &(usize, f64)| {
            let (row, a, b) = pairs[index];
            DifferentRow {
                row,
                label: a.label,
                difference: b.loss - a.loss,
                loss_a: a.loss,
                loss_b: b.loss,
                predicted_a: a.predicted,
                predicted_b: b.predicted,
            }
        };
        let error = moments.standard_error();
        Ok(Self {
            rows: pairs.len(),
            rows_non_finite,
            loss_mean_a: total_a.mean(Denominator::Weight),
            loss_mean_b: total_b.mean(Denominator::Weight),
            difference: finite(mean(weighted.iter().copied())),
            standard_error: finite(error.filter(|_| !(a.is_weighted || b.is_weighted))),
            interval: interval(&weighted, options).filter(|_| rows_non_finite == 0),
            rows_a_less: count(&|a, b| a.loss < b.loss),
            rows_b_less: count(&|a, b| b.loss < a.loss),
            accuracy_a: share(count(&|a, _| a.is_right)),
            accuracy_b: share(count(&|_, b| b.is_right)),
            rows_a_alone_right: count(&|a, b| a.is_right && !b.is_right),
            rows_b_alone_right: count(&|a, b| b.is_right && !a.is_right),
            most_different: hardest.rows().iter().map(row).collect(),
        })
    }
}

/// Sum of differences, which have been multiplied by their weights, over that of weights.
fn mean(differences: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let (mut sum, mut weights) = (0.0, 0.0);
    for (difference, weight) in differences {
        sum += difference;
        weights += weight;
    }
    (weights > 0.0).then(|| sum / weights)
}

/// Percentiles of means of as many rows, drawn with replacement. Every resample has a generator of
/// its own, so that threads do not matter.
fn interval(differences: &[(f64, f64)], options: &CompareOptions) -> Option<[f64; 2]> {
    let mut means: Vec<f64> = (0..options.resamples)
        .into_par_iter()
        .filter_map(|resample| {
            let of_all: u64 = Xoshiro256PlusPlus::seed_from_u64(options.seed).random();
            let mut generator =
                Xoshiro256PlusPlus::seed_from_u64(of_all.wrapping_add(resample as u64));
            let drawn = (0..differences.len()).map(|_| {
                // The high half of the product is below the length, and as good as uniform.
                let random: u64 = generator.random();
                let index = (u128::from(random) * differences.len() as u128) >> 64;
                differences[index as usize]
            });
            mean(drawn)
        })
        .collect();
    means.sort_unstable_by(f64::total_cmp);
    let tail = 0.5 * (1.0 - options.level);
    Some([quantile(&means, tail)?, quantile(&means, 1.0 - tail)?])
}

/// Between the two values next to it, as NumPy does.
fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    let place = part * sorted.len().checked_sub(1)? as f64;
    let below = sorted.get(place.floor() as usize)?;
    let above = sorted.get(place.ceil() as usize)?;
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// numpy.quantile([1, 2, 4, 8, 16], [0.1, 0.5, 0.975])
    #[test]
    fn quantiles_are_those_of_numpy() {
        let sorted = [1.0, 2.0, 4.0, 8.0, 16.0];
        for (part, expected) in [(0.1, 1.4), (0.5, 4.0), (0.975, 15.2)] {
            assert!((quantile(&sorted, part).unwrap() - expected).abs() < 1e-12);
        }
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[3.0], 0.025), Some(3.0));
    }
}
