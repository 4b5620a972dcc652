//! How accurate the most confident rows are.

use serde::Serialize;

use super::Prediction;
use crate::{batch::Batch, number::Logit};

/// The accuracy of the most confident part of the rows that have a label and a confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Coverage {
    /// That part, above 0 and at most 1.
    pub coverage: f64,
    /// The share of these rows that is right.
    pub accuracy: f64,
    /// The least confidence among them.
    pub confidence: f64,
}

impl<Z: Logit> Batch<Z> {
    /// Accuracy against coverage at no more than so many points, the last of which is all rows. Of
    /// equal confidence, earlier rows are the more confident.
    pub fn coverage(&self, predictions: &[Prediction], points: usize) -> Vec<Coverage> {
        let mut rows: Vec<usize> = (0..predictions.len())
            .filter(|&row| self.class(row).is_some() && !predictions[row].confidence.is_nan())
            .collect();
        let confidence = |row: usize| predictions[row].confidence;
        rows.sort_by(|&a, &b| confidence(b).total_cmp(&confidence(a)));
        let n = rows.len();
        let mut right = 0_usize;
        let mut curve = Vec::new();
        for (before, &row) in rows.iter().enumerate() {
            right += usize::from(self.is_right(row, &predictions[row]));
            let taken = before + 1;
            // Where the number of points that have been passed grows.
            if taken * points / n > before * points / n || taken == n {
                curve.push(Coverage {
                    coverage: taken as f64 / n as f64,
                    accuracy: right as f64 / taken as f64,
                    confidence: confidence(row),
                });
            }
        }
        curve
    }
}
