//! What has been seen of a batch whose rows come a window at a time.

use super::Prediction;
use crate::{
    batch::Batch,
    error::Error,
    evaluation::Part,
    number::{Float, Logit},
};

/// Losses and predictions of all rows so far, and their part of the summary.
#[derive(Debug, Default)]
pub(crate) struct Seen<T> {
    pub(crate) part: Part,
    pub(crate) losses: Vec<T>,
    pub(crate) predictions: Vec<Prediction>,
}

impl<Z: Logit> Batch<Z> {
    /// Adds the rows in memory, which follow those that have been seen, and gives their losses.
    pub(crate) fn see_held<'a>(
        &self,
        seen: &'a mut Seen<Z::Element>,
    ) -> Result<&'a [Z::Element], Error> {
        let held = self.logits().held();
        seen.losses.resize(held.end, Z::Element::nearest(0.0));
        let losses = &mut seen.losses[held.clone()];
        seen.part = self.evaluate_held(std::mem::take(&mut seen.part), losses)?;
        seen.predictions.extend(self.predictions_of(held)?);
        Ok(losses)
    }
}
