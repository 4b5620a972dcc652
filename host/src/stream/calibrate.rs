//! Calibrations and scores of batches that are read while they are computed on.

use surprisal::Denominator;

use super::Stream;
use crate::{
    calibration::CalibrationOptions, comparison::Scores, error::Error, number::Logit,
    report::CalibrationReport,
};

impl<Z: Logit> Stream<Z> {
    /// As [`Batch::calibrate`](crate::Batch::calibrate), with the report of it; `progress` is told of
    /// the rows that have been read.
    ///
    /// Every step of the fit reads all logits, so those of rows that count stay in memory, as they are
    /// in their file; what is computed of them does not.
    ///
    /// # Errors
    ///
    /// Those of [`Batch::calibrate`](crate::Batch::calibrate) and of reading, and
    /// [`Error::OutOfMemory`].
    ///
    /// # Examples
    ///
    /// ```
    /// use surprisal_host::{
    ///     Calibration, CalibrationOptions, Labels, Method, Objective, Role, Source, Stream,
    /// };
    ///
    /// # fn main() -> Result<(), surprisal_host::Error> {
    /// # let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    /// let logits = Source::open(folder.join("magika_logits.npy"), Role::Logits)?;
    /// let labels = Labels::open(&folder.join("magika_labels.npy"))?;
    /// let stream = Stream::<f32>::new(logits, labels, Objective::default(), None)?;
    /// let report = stream.calibrate(&CalibrationOptions::new(Method::Temperature), |_rows| ())?;
    ///
    /// // The report is data, and text where it is asked for.
    /// assert!(report.descent.converged);
    /// assert!(report.after.as_ref().unwrap().loss_mean < report.before.loss_mean);
    /// let mut json = Vec::new();
    /// report.write_json(&mut json).unwrap();
    /// // What it has found divides the logits of other rows.
    /// let Some(Calibration::Temperature { temperature, .. }) = report.calibration else {
    ///     panic!("{}", report.outcome);
    /// };
    /// assert!(temperature > 1.0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn calibrate(
        mut self,
        options: &CalibrationOptions,
        mut progress: impl FnMut(usize),
    ) -> Result<CalibrationReport, Error> {
        let mut split = self.batch.split(options)?;
        while self.advance()? {
            split.take(&self.batch)?;
            progress(self.batch.logits().held().len());
        }
        let calibrated = self.batch.calibrate_split(split, options)?;
        Ok(CalibrationReport::new(&self.batch, options, &calibrated))
    }

    /// As [`Batch::scores`](crate::Batch::scores); `progress` is told of the rows that have been read.
    /// In memory are, beside what a stream has there, up to 100 bytes a row.
    ///
    /// # Errors
    ///
    /// Those of [`Batch::scores`](crate::Batch::scores) and of reading.
    ///
    /// # Examples
    ///
    /// ```
    /// use surprisal_host::{CompareOptions, Comparison, Labels, Objective, Role, Source, Stream};
    ///
    /// # fn main() -> Result<(), surprisal_host::Error> {
    /// # let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/formats");
    /// let labels = Labels::open(&folder.join("digits_i64.npy"))?;
    /// let logits = |name: &str| Source::open(folder.join(name), Role::Logits);
    /// let (a, b) = (logits("digits_f32.npy")?, logits("digits_bf16.npy")?);
    /// let a = Stream::<f32>::new(a, labels.clone(), Objective::default(), None)?;
    /// let b = Stream::<surprisal::Bf16>::new(b, labels, Objective::default(), None)?;
    /// let (a, b) = (a.scores(|_rows| ())?, b.scores(|_rows| ())?);
    /// let comparison = Comparison::new(&a, &b, &CompareOptions::default())?;
    /// // What it costs to keep eight bits of a logit.
    /// assert!(comparison.difference.unwrap().abs() < 1e-2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn scores(mut self, mut progress: impl FnMut(usize)) -> Result<Scores, Error> {
        let seen = self.see(Denominator::Weight, |losses| {
            progress(losses.len());
            Ok(())
        })?;
        Ok(self.batch.scores_of(&seen.losses, seen.predictions))
    }
}
