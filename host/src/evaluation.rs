//! The losses of a batch and what they say together.

use rayon::prelude::*;
use serde::Serialize;
use surprisal::{Denominator, Total};

use crate::{
    batch::Batch,
    blocks::Blocks,
    error::Error,
    hardest::{self, Hardest},
    moments::Moments,
    number::Logit,
    ranking,
};

/// Losses of the rows and their summary.
#[derive(Clone, Debug)]
pub struct Evaluation<T> {
    /// Loss of every row in nats, 0 for ignored rows.
    pub losses: Vec<T>,
    /// What they say together.
    pub summary: Summary,
}

/// What the losses of a batch say together. Means are over counted rows, `None` where there is
/// none. Losses have been multiplied by the weights of rows and classes; shares are of rows,
/// whatever they weigh.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Rows, ignored ones included.
    pub rows: usize,
    /// Classes.
    pub classes: usize,
    /// Rows that are not ignored.
    pub rows_counted: usize,
    /// What the counted rows weigh together, as a mean counts it: their row weights times the class
    /// weights of their labels, or times 1 for rows of target probabilities. `None` where neither
    /// rows nor classes have weights, so that every row weighs 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// Rows whose label is ignored.
    pub rows_ignored: usize,
    /// Counted rows whose loss is infinite or NaN.
    pub rows_non_finite: usize,
    /// Mean loss in nats; `None` also where no row has a weight to divide by.
    pub loss_mean: Option<f64>,
    /// Standard error of the mean, in nats; `None` for fewer than two counted rows, and where the
    /// sum is divided by anything but their number.
    pub loss_standard_error: Option<f64>,
    /// Sum of the losses in nats.
    pub loss_sum: f64,
    /// Mean loss in bits.
    pub bits_mean: Option<f64>,
    /// Exponential of the mean loss.
    pub perplexity: Option<f64>,
    /// Share of the rows whose label has the largest logit, 0 to 1. Of equal logits the first is
    /// the larger; a row whose loss is NaN is wrong. Without labels there is no accuracy: target
    /// probabilities do not say which class is right.
    pub accuracy_top1: Option<f64>,
    /// Share of the rows whose label is among the five largest logits; `None` without labels.
    pub accuracy_top5: Option<f64>,
    /// The rows with the largest losses, the largest first; [`HARDEST`](Self::HARDEST) of them where
    /// no other number is asked for. Rows whose loss is NaN are not among them.
    pub hardest: Vec<HardRow>,
}

impl Summary {
    /// How many of the rows with the largest losses there are.
    pub const HARDEST: usize = hardest::KEPT;
}

/// A row with a large loss.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HardRow {
    /// Its index, from zero.
    pub row: usize,
    /// Its label, where there are labels.
    pub label: Option<usize>,
    /// Its loss in nats, which can be infinite.
    pub loss: f64,
    /// The class with the largest logit.
    pub predicted: usize,
    /// The probability of that class, with softcap and temperature.
    pub probability: f64,
    /// The names of label and predicted class, where classes have names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<RowNames>,
}

/// What the classes of a row are called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowNames {
    /// The name of its label, where there are labels.
    pub label: Option<String>,
    /// The name of the class with the largest logit.
    pub predicted: String,
}

impl<Z: Logit> Batch<Z> {
    /// Losses of all rows, and their summary, whose mean is divided by `denominator`.
    ///
    /// # Errors
    ///
    /// [`Error::OptionOutOfRange`] for a denominator that is none.
    pub fn evaluate(&self, denominator: Denominator) -> Result<Evaluation<Z::Element>, Error> {
        // Refused before anything is computed.
        self.denominator(denominator)?;
        let mut losses = vec![Z::Element::default(); self.n_rows()];
        let whole = self.evaluate_held(Part::default(), &mut losses)?;
        Ok(Evaluation {
            losses,
            summary: self.summary(whole, denominator),
        })
    }

    /// Losses of the rows in memory; adds them to the part of the rows before, all of which make
    /// whole blocks.
    pub(crate) fn evaluate_held(
        &self,
        before: Part,
        losses: &mut [Z::Element],
    ) -> Result<Part, Error> {
        let first = self.logits().held().start;
        let blocks = Blocks::new(self.n_rows(), self.n_classes());
        let parts = losses
            .par_chunks_mut(blocks.rows_per_block())
            .enumerate()
            .map(|(block, losses)| self.evaluate_rows(first + blocks.rows(block).start, losses))
            .collect::<Result<Vec<_>, _>>()?;
        let mut part = parts.into_iter().fold(before, Part::merge);
        self.describe_hardest(&mut part)?;
        Ok(part)
    }

    /// Losses of the rows from `first` on, and their part of the summary.
    fn evaluate_rows(&self, first: usize, losses: &mut [Z::Element]) -> Result<Part, Error> {
        let rows = first..first + losses.len();
        let logits = self.logits().slice(rows.clone());
        self.losses(rows.clone(), losses)?;

        let mut part = Part::default();
        let values = logits.chunks_exact(self.n_classes());
        for ((row, values), &loss) in rows.zip(values).zip(&*losses) {
            self.count(row, loss.into(), &mut part.total);
            if self.counts(row) {
                part.add(row, values, self.class(row), loss.into());
            }
        }
        Ok(part)
    }

    pub(crate) fn summary(&self, whole: Part, denominator: Denominator) -> Summary {
        let total = whole.total;
        let loss_mean = total.mean(denominator);
        let is_weighted = self.objective().is_weighted();
        let is_over_rows = match denominator {
            Denominator::Rows => true,
            Denominator::Weight => !is_weighted,
            Denominator::Given(_) => false,
        };
        let share = |rows: usize| {
            self.labels()?;
            Some(rows as f64 / total.denominator(Denominator::Rows)?)
        };
        Summary {
            rows: self.n_rows(),
            classes: self.n_classes(),
            rows_counted: total.rows_counted,
            weight: is_weighted.then_some(total.weight),
            rows_ignored: total.rows_ignored,
            rows_non_finite: total.rows_non_finite,
            loss_mean,
            loss_standard_error: whole.moments.standard_error().filter(|_| is_over_rows),
            loss_sum: total.sum,
            bits_mean: loss_mean.map(|nats| nats * std::f64::consts::LOG2_E),
            perplexity: loss_mean.map(f64::exp),
            accuracy_top1: share(whole.first),
            accuracy_top5: share(whole.among_five),
            hardest: whole.described,
        }
    }

    /// Looks at the logits of the hardest rows while they are in memory.
    fn describe_hardest(&self, part: &mut Part) -> Result<(), Error> {
        let described = std::mem::take(&mut part.described);
        let description = |&(row, loss): &(usize, f64)| {
            let known = described.iter().find(|described| described.row == row);
            known.map_or_else(|| self.hard_row(row, loss), |known| Ok(known.clone()))
        };
        let rows = part.hardest.rows().par_iter();
        part.described = rows.map(description).collect::<Result<_, _>>()?;
        Ok(())
    }

    fn hard_row(&self, row: usize, loss: f64) -> Result<HardRow, Error> {
        let predicted = ranking::largest(self.logits().slice(row..row + 1));
        Ok(HardRow {
            row,
            label: self.class(row),
            loss,
            predicted,
            probability: self.probability(row, predicted)?.into(),
            names: None,
        })
    }
}

/// The summary of some consecutive rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Part {
    total: Total,
    moments: Moments,
    /// Rows whose label has the largest logit.
    first: usize,
    /// Rows whose label is among the five largest.
    among_five: usize,
    hardest: Hardest,
    /// The hardest rows of whole windows.
    described: Vec<HardRow>,
}

impl Part {
    /// Adds a counted row, apart from its total.
    fn add<Z: Logit>(&mut self, row: usize, logits: &[Z], class: Option<usize>, loss: f64) {
        self.moments.add(loss);
        self.hardest.offer(row, loss);
        // Next to a NaN no logit has a rank.
        if let Some(class) = class.filter(|_| !loss.is_nan()) {
            let rank = ranking::rank(logits, class, 5);
            self.first += usize::from(rank < 1);
            self.among_five += usize::from(rank < 5);
        }
    }

    /// Adds the part that follows.
    fn merge(self, next: Self) -> Self {
        Self {
            total: self.total.merge(next.total),
            moments: self.moments.merge(next.moments),
            first: self.first + next.first,
            among_five: self.among_five + next.among_five,
            hardest: self.hardest.merge(next.hardest),
            described: self.described,
        }
    }
}
