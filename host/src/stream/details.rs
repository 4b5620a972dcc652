//! What an evaluation says beyond its summary, of batches larger than memory.

use surprisal::{Denominator, Reduction};

use super::Stream;
use crate::{
    error::Error,
    number::Logit,
    page::{Page, PageOptions},
    report::Report,
    statistics::{DetailOptions, Seen},
};

impl<Z: Logit> Stream<Z> {
    /// As [`evaluate`](Self::evaluate), with the details that are asked for and so many of the hardest
    /// rows. In memory are, beside what a stream has there, a loss and a
    /// [`Prediction`](crate::Prediction) a row.
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
        let seen = self.see(denominator, write)?;
        let (losses, predictions) = (&seen.losses, &seen.predictions);
        let mut summary = self.batch.summary(seen.part, denominator);
        summary.hardest = self
            .batch
            .hardest(losses, predictions, top, details.names)?;
        let mut report = Report::new(&self.batch, reduction, summary);
        report.details = self.batch.details(losses, predictions, details)?;
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
        let seen = self.see(options.denominator, |losses| {
            progress(losses.len());
            Ok(())
        })?;
        let summary = self.batch.summary(seen.part, options.denominator);
        Page::of(
            &self.batch,
            &seen.losses,
            &seen.predictions,
            summary,
            options,
        )
    }

    /// Losses and predictions of all rows.
    pub(super) fn see(
        &mut self,
        denominator: Denominator,
        mut write: impl FnMut(&[Z::Element]) -> Result<(), Error>,
    ) -> Result<Seen<Z::Element>, Error> {
        // Refused before anything is computed.
        self.batch.denominator(denominator)?;
        let mut seen = Seen::default();
        while self.advance()? {
            write(self.batch.see_held(&mut seen)?)?;
        }
        Ok(seen)
    }
}
