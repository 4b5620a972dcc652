//! How often rows are right that are so and so certain.

use std::num::NonZeroUsize;

use serde::Serialize;

use super::Prediction;
use crate::{batch::Batch, number::Logit};

/// Confidence against accuracy in bins of equal width, over the rows that count and have a label and
/// a confidence.
///
/// ```
/// use std::num::NonZeroUsize;
/// use surprisal_host::{Batch, Labels, Objective, Role, Rows};
///
/// # fn main() -> Result<(), surprisal_host::Error> {
/// // Two rows that are certain by 3 to 1, of which one is right.
/// let logits = Rows::new(Role::Logits, vec![3.0_f64.ln(), 0.0, 3.0_f64.ln(), 0.0], 2)?;
/// let batch = Batch::new(logits, Labels::from(vec![0_i64, 1]), Objective::default())?;
/// let reliability = batch.reliability(&batch.predictions()?, NonZeroUsize::new(10).unwrap());
/// assert!((reliability.expected_calibration_error.unwrap() - 0.25).abs() < 1e-15);
/// // ((1/4)^2 + (1/4)^2 + (3/4)^2 + (3/4)^2) / 2
/// assert!((reliability.brier_score.unwrap() - 0.625).abs() < 1e-15);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reliability {
    /// Sum over the bins of |accuracy - mean confidence| times the bin's share of the rows (M. P.
    /// Naeini et al., Obtaining well calibrated probabilities using Bayesian binning, 2015). `None`
    /// where there are no rows.
    pub expected_calibration_error: Option<f64>,
    /// The largest of these differences.
    pub maximum_calibration_error: Option<f64>,
    /// Mean Brier score, from 0 to 2.
    pub brier_score: Option<f64>,
    /// The bins in ascending order, empty ones included.
    pub bins: Vec<Bin>,
}

/// Rows whose confidence is above `from` and at most `to`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// Where it begins, not included.
    pub from: f64,
    /// Where it ends, included.
    pub to: f64,
    /// How many rows there are.
    pub rows: usize,
    /// Their mean confidence; `None` where there are none.
    pub confidence: Option<f64>,
    /// The share of them that is right.
    pub accuracy: Option<f64>,
}

impl Reliability {
    /// The usual number of bins.
    pub const BINS: NonZeroUsize = NonZeroUsize::new(15).unwrap();
}

#[derive(Clone, Copy, Default)]
struct Sums {
    rows: usize,
    confidence: f64,
    right: usize,
}

impl<Z: Logit> Batch<Z> {
    /// Confidence against accuracy, from the [`predictions`](Self::predictions) of this batch, one a
    /// row.
    pub fn reliability(&self, predictions: &[Prediction], n_bins: NonZeroUsize) -> Reliability {
        let n_bins = n_bins.get();
        let mut sums = vec![Sums::default(); n_bins];
        let (mut rows, mut brier) = (0_usize, 0.0);
        for (row, prediction) in predictions.iter().enumerate() {
            let confidence = prediction.confidence;
            if confidence.is_nan() || self.class(row).is_none() {
                continue;
            }
            // Confidence is above 0; of its bin the upper end is a part.
            let bin = (confidence * n_bins as f64).ceil() as usize;
            let sums = &mut sums[bin.clamp(1, n_bins) - 1];
            sums.rows += 1;
            sums.confidence += confidence;
            sums.right += usize::from(self.is_right(row, prediction));
            rows += 1;
            brier += prediction.brier;
        }
        let bins: Vec<Bin> = sums
            .iter()
            .enumerate()
            .map(|(bin, sums)| {
                let mean = |sum: f64| (sums.rows > 0).then(|| sum / sums.rows as f64);
                Bin {
                    from: bin as f64 / n_bins as f64,
                    to: (bin + 1) as f64 / n_bins as f64,
                    rows: sums.rows,
                    confidence: mean(sums.confidence),
                    accuracy: mean(sums.right as f64),
                }
            })
            .collect();
        let gaps = || {
            let gap = |bin: &Bin| Some((bin.rows, (bin.accuracy? - bin.confidence?).abs()));
            bins.iter().filter_map(gap)
        };
        let of_rows = |sum: f64| (rows > 0).then(|| sum / rows as f64);
        let gap_sum = gaps().map(|(rows, gap)| rows as f64 * gap).sum();
        Reliability {
            expected_calibration_error: of_rows(gap_sum),
            maximum_calibration_error: gaps().map(|(_, gap)| gap).max_by(f64::total_cmp),
            brier_score: of_rows(brier),
            bins,
        }
    }
}
