//! What the logits of every row say.

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
        let blocks = Blocks::new(self.n_rows(), self.n_classes());
        let mut predictions = vec![Prediction::NONE; self.n_rows()];
        predictions
            .par_chunks_mut(blocks.rows_per_block())
            .enumerate()
            .try_for_each(|(block, predictions)| {
                let rows = blocks.rows(block);
                let logits = self.logits().slice(rows.clone());
                let mut probabilities = vec![Z::Element::default(); logits.len()];
                self.loss(rows.clone()).probabilities(
                    logits,
                    self.n_classes(),
                    &mut probabilities,
                )?;
                let of_rows = logits.chunks_exact(self.n_classes());
                let of_rows = of_rows.zip(probabilities.chunks_exact(self.n_classes()));
                for ((row, prediction), (logits, probabilities)) in
                    rows.zip(predictions).zip(of_rows)
                {
                    if self.counts(row) {
                        *prediction = predict(logits, probabilities, self.class(row));
                    }
                }
                Ok(())
            })
            .map_err(Error::Kernel)?;
        Ok(predictions)
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
