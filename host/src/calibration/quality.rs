//! How good logits are.

use serde::Serialize;
use surprisal::Denominator;

use super::Calibration;
use crate::{
    batch::Batch,
    error::Error,
    labels::Labels,
    number::Logit,
    rows::Rows,
    statistics::{Reliability, Seen},
    stream::rows_per_window,
    values::Values,
};

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
    /// That of calibrated logits, of which a window is in memory at a time.
    pub(super) fn of<Z: Logit>(batch: &Batch<Z>, calibration: &Calibration) -> Result<Self, Error> {
        let (n_rows, n_classes) = (batch.n_rows(), batch.n_classes());
        let mut calibrated = Batch::new(
            Rows::<f64>::as_many_as(batch.logits()),
            Labels::from(batch.classes(0..n_rows).to_vec()),
            batch.objective().clone(),
        )?;
        let mut seen = Seen::default();
        let per_window = rows_per_window(n_rows, n_classes);
        for first in (0..n_rows).step_by(per_window) {
            let rows = first..n_rows.min(first + per_window);
            let window = calibration.calibrated(batch.logits().slice(rows));
            let (logits, _) = calibrated.windows_mut();
            logits.advance(Values::Owned(window));
            calibrated.see_held(&mut seen)?;
        }
        let summary = calibrated.summary(seen.part, Denominator::Weight);
        let reliability = calibrated.reliability(&seen.predictions, Reliability::BINS);
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
