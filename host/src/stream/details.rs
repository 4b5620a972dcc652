//! What an evaluation says beyond its summary, of batches larger than memory.

use surprisal::{Denominator, Reduction};

use super::Stream;
use crate::{
    error::Error,
    evaluation::{Part, Summary},
    number::{Float, Logit},
    page::{Page, PageOptions},
    report::Report,
    statistics::{DetailOptions, Prediction},
};

/// Losses and predictions of all rows, and their summary.
type Seen<T> = (Vec<T>, Vec<Prediction>, Summary);

impl<Z: Logit> Stream<Z> {
    /// As [`evaluate`](Self::evaluate), with the details that are asked for and so many of the hardest
    /// rows. In memory are, beside what a stream has there, a loss and a [`Prediction`] a row.
    ///
    /// # Errors
    ///
    /// Those of [`evaluate`](Self::evaluate), and of [`Batch::details`](crate::Batch::details).
    pub fn evaluate_in_detail(
        mut self,
        reduction: Reduction,
        details: &DetailOptions<'_>,
        top: usize,
        write: impl FnMut(&[Z::Element]) -> Result<(), Error>,
    ) -> Result<Report, Error> {
        let denominator = match reduction {
            Reduction::Mean(denominator) => denominator,
            _ => Denominator::default(),
        };
        let (losses, predictions, mut summary) = self.see(denominator, write)?;
        summary.hardest = self
            .batch
            .hardest(&losses, &predictions, top, details.names)?;
        let mut report = Report::new(&self.batch, reduction, summary);
        report.details = self.batch.details(&losses, &predictions, details)?;
        Ok(report)
    }

    /// As [`Page::new`]; `progress` is told of the rows that have been read.
    ///
    /// # Errors
    ///
    /// Those of [`evaluate`](Self::evaluate) and of [`Page::new`].
    pub fn page(
        mut self,
        options: &PageOptions,
        mut progress: impl FnMut(usize),
    ) -> Result<Page, Error> {
        let (losses, predictions, summary) = self.see(options.denominator, |losses| {
            progress(losses.len());
            Ok(())
        })?;
        Page::of(&self.batch, &losses, &predictions, summary, options)
    }

    fn see(
        &mut self,
        denominator: Denominator,
        mut write: impl FnMut(&[Z::Element]) -> Result<(), Error>,
    ) -> Result<Seen<Z::Element>, Error> {
        // Refused before anything is computed.
        self.batch.denominator(denominator)?;
        let (mut part, mut losses, mut predictions) = (Part::default(), Vec::new(), Vec::new());
        while self.advance()? {
            let held = self.batch.logits().held();
            losses.resize(held.end, Z::Element::nearest(0.0));
            let of_window = &mut losses[held.clone()];
            part = self.batch.evaluate_held(part, of_window)?;
            write(of_window)?;
            predictions.extend(self.batch.predictions_of(held)?);
        }
        Ok((losses, predictions, self.batch.summary(part, denominator)))
    }
}
