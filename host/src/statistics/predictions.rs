//! What the logits of every row say.

use std::ops::Range;

use rayon::prelude::*;

use crate::{batch::Batch, blocks::Blocks, error::Error, number::Logit, ranking};

/// What the logits of a row say, and how far that is from its label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// The class with the largest logit, of equal ones the first.
    pub class: usize,
    /// The probability of that class, with softcap and temperature. NaN where the row has none.
    pub confidence: f64,
    /// The Brier score, from 0 to 2: the sum over all classes c of (p_c - \[c = label\])^2 (G. W.
    /// Brier, Verification of forecasts expressed in terms of probability, 1950). NaN where there is
    /// no label.
    pub brier: f64,
}

impl Prediction {
    /// That of a row that is ignored.
    const NONE: Self = Self {
        class: 0,
        confidence: f64::NAN,
        brier: f64::NAN,
    };
}

impl<Z: Logit> Batch<Z> {
    /// One prediction a row; of no meaning at rows that are ignored.
    ///
    /// # Errors
    ///
    /// [`Error::Kernel`] for an option that the kernel refuses.
    pub fn predictions(&self) -> Result<Vec<Prediction>, Error> {
        self.predictions_of(0..self.n_rows())
    }

    /// Those of some of the rows.
    pub(crate) fn predictions_of(&self, some: Range<usize>) -> Result<Vec<Prediction>, Error> {
        let blocks = Blocks::new(some.len(), self.n_classes());
        let mut predictions = vec![Prediction::NONE; some.len()];
        predictions
            .par_chunks_mut(blocks.rows_per_block())
            .enumerate()
            .try_for_each(|(block, predictions)| {
                let first = some.start + blocks.rows(block).start;
                self.predict(first..first + predictions.len(), predictions)
            })
            .map_err(Error::Kernel)?;
        Ok(predictions)
    }

    fn predict(
        &self,
        rows: Range<usize>,
        predictions: &mut [Prediction],
    ) -> Result<(), surprisal::Error> {
        let n = self.n_classes();
        let logits = self.logits().slice(rows.clone());
        let mut probabilities = vec![Z::Element::default(); logits.len()];
        let loss = self.loss(rows.clone());
        loss.probabilities(logits, n, &mut probabilities)?;
        let numbers = logits.chunks_exact(n).zip(probabilities.chunks_exact(n));
        for ((row, prediction), (logits, probabilities)) in rows.zip(predictions).zip(numbers) {
            if self.counts(row) {
                *prediction = predict(logits, probabilities, self.class(row));
            }
        }
        Ok(())
    }

    /// Whether a row is predicted as it is labelled; beside a NaN nothing is.
    pub(crate) fn is_right(&self, row: usize, prediction: &Prediction) -> bool {
        !prediction.confidence.is_nan() && self.class(row) == Some(prediction.class)
    }
}

fn predict<Z: Logit>(
    logits: &[Z],
    probabilities: &[Z::Element],
    label: Option<usize>,
) -> Prediction {
    let class = ranking::largest(logits);
    let brier = label.map_or(f64::NAN, |label| {
        // 1 - p of the label is the sum of the others, which keeps the digits of a certain row.
        let (mut rest, mut squares) = (0.0, 0.0);
        for (class, &probability) in probabilities.iter().enumerate() {
            let probability: f64 = probability.into();
            if class != label {
                rest += probability;
                squares += probability * probability;
            }
        }
        rest * rest + squares
    });
    Prediction {
        class,
        confidence: probabilities[class].into(),
        brier,
    }
}
