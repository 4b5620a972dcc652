//! Calibrated logits.

use rayon::prelude::*;

use super::Calibration;
use crate::{
    array::Role,
    batch::Batch,
    blocks::BLOCK_NUMBERS,
    error::Error,
    labels::Labels,
    number::{Float, Logit},
    rows::Rows,
};

/// Numbers that are held in memory at a time.
const WAVE_NUMBERS: usize = 64 * BLOCK_NUMBERS;

impl Calibration {
    /// Calibrates rows of logits and hands them on in order, in parts, which bounds the memory. They
    /// are computed in `f64` and rounded to the type of the output.
    ///
    /// ```
    /// use surprisal_host::{Calibration, Role, Rows};
    ///
    /// # fn main() -> Result<(), surprisal_host::Error> {
    /// let calibration = Calibration::Temperature { classes: 2, temperature: 2.0 };
    /// let logits = Rows::new(Role::Logits, vec![1.0_f32, -3.0], 2)?;
    /// let mut calibrated = Vec::new();
    /// calibration.apply(&logits, |part| {
    ///     calibrated.extend_from_slice(part);
    ///     Ok(())
    /// })?;
    /// assert_eq!(calibrated, [0.5, -1.5]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::CountDiffers`] for logits of another number of classes, and that of `write`.
    pub fn apply<Z: Logit>(
        &self,
        logits: &Rows<Z>,
        mut write: impl FnMut(&[Z::Element]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.check(logits.extent())?;
        let (n_rows, n_classes) = (logits.n_rows(), logits.n_classes());
        let per_wave = (WAVE_NUMBERS / n_classes).max(1);
        for first in (0..n_rows).step_by(per_wave) {
            let rows = first..n_rows.min(first + per_wave);
            let mut wave = Vec::new();
            logits
                .slice(rows)
                .par_iter()
                .enumerate()
                .with_min_len(BLOCK_NUMBERS)
                .map(|(index, &logit)| {
                    let logit = logit.to_element().into();
                    Z::Element::nearest(self.of(index % n_classes, logit))
                })
                .collect_into_vec(&mut wave);
            write(&wave)?;
        }
        Ok(())
    }

    /// The same rows with calibrated logits.
    pub(super) fn apply_to(&self, batch: &Batch<f64>) -> Result<Batch<f64>, Error> {
        let mut logits = Vec::new();
        self.apply(batch.logits(), |part| {
            logits.extend_from_slice(part);
            Ok(())
        })?;
        Batch::new(
            Rows::new(Role::Logits, logits, batch.n_classes())?,
            Labels::from(batch.classes(0..batch.n_rows()).to_vec()),
            batch.objective().clone(),
        )
    }
}
