//! How good logits are.

use serde::Serialize;
use surprisal::Denominator;

use crate::{batch::Batch, error::Error, number::Logit, statistics::Reliability};

/// Loss, accuracy and calibration of some rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// Rows that count.
    pub rows: usize,
    /// Mean loss in nats.
    pub loss_mean: Option<f64>,
    /// Share of the rows whose label has the largest logit.
    pub accuracy_top1: Option<f64>,
    /// As in [`Reliability`], with [`Reliability::BINS`] bins.
    pub expected_calibration_error: Option<f64>,
    /// The largest difference of a bin.
    pub maximum_calibration_error: Option<f64>,
    /// Mean Brier score.
    pub brier_score: Option<f64>,
}

impl Quality {
    pub(super) fn of<Z: Logit>(batch: &Batch<Z>) -> Result<Self, Error> {
        let summary = batch.evaluate(Denominator::Weight)?.summary;
        let reliability = batch.reliability(&batch.predictions()?, Reliability::BINS);
        Ok(Self {
            rows: summary.rows_counted,
            loss_mean: summary.loss_mean,
            accuracy_top1: summary.accuracy_top1,
            expected_calibration_error: reliability.expected_calibration_error,
            maximum_calibration_error: reliability.maximum_calibration_error,
            brier_score: reliability.brier_score,
        })
    }
}
