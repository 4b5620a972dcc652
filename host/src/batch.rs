//! Checked logits and labels, with the loss that is computed on them.

use std::ops::Range;

use surprisal::{CrossEntropy, Denominator, Total};

use crate::{
    array::ArrayName,
    blocks::Blocks,
    error::Error,
    labels::{IGNORED, Labels},
    number::Logit,
    objective::Objective,
    rows::Rows,
    targets::Targets,
};

/// Logits, labels and the options of a loss that fit together. Its operations run on the rayon
/// thread pool they are called in, and give the same bits on any number of threads.
#[derive(Clone, Debug)]
pub struct Batch<Z> {
    logits: Rows<Z>,
    labels: Option<ArrayName>,
    /// Those of the labels; empty without any.
    classes: Vec<i64>,
    objective: Objective,
}

impl<Z: Logit> Batch<Z> {
    /// Checks that there is one label a row, that each is a class or ignored, and that the options
    /// are in their ranges and suit the logits.
    ///
    /// With target probabilities there may be no labels. Where there are, those that are ignored
    /// tell which rows do not count, and the others are no part of the loss.
    ///
    /// # Errors
    ///
    /// [`Error::NoLabels`], [`Error::CountDiffers`] and [`Error::LabelOutOfRange`];
    /// [`Error::OptionOutOfRange`], [`Error::WeightOutOfRange`], [`Error::ShapeDiffers`] and
    /// [`Error::TargetOutOfRange`]; [`Error::Kernel`] for a backend that this processor lacks.
    pub fn new(
        logits: Rows<Z>,
        labels: impl Into<Option<Labels>>,
        objective: Objective,
    ) -> Result<Self, Error> {
        objective.check(logits.extent())?;
        let (name, classes) = match labels.into() {
            Some(labels) => {
                let name = labels.name().clone();
                (Some(name), labels.classes(logits.extent(), &objective)?)
            }
            None if objective.targets.is_some() => (None, Vec::new()),
            None => return Err(Error::NoLabels),
        };
        let batch = Self {
            logits,
            labels: name,
            classes,
            objective,
        };
        batch.check_targets()?;
        Ok(batch)
    }

    /// Checks the target probabilities in memory.
    pub(crate) fn check_targets(&self) -> Result<(), Error> {
        self.objective.check_targets(|row| self.counts(row))
    }

    /// The arrays of which a window is in memory where the batch is that of a stream.
    pub(crate) fn windows_mut(&mut self) -> (&mut Rows<Z>, Option<&mut Targets>) {
        (&mut self.logits, self.objective.targets.as_mut())
    }

    /// The logits.
    pub fn logits(&self) -> &Rows<Z> {
        &self.logits
    }

    /// The name of the labels, where there are any.
    pub fn labels(&self) -> Option<&ArrayName> {
        self.labels.as_ref()
    }

    /// The options of the loss.
    pub fn objective(&self) -> &Objective {
        &self.objective
    }

    /// The names of all arrays: logits, labels, and those of the options.
    pub fn inputs(&self) -> Vec<&ArrayName> {
        let logits = std::iter::once(self.logits.name());
        let labels = logits.chain(self.labels());
        labels.chain(self.objective.inputs()).collect()
    }

    /// Number of rows, ignored ones included.
    pub fn n_rows(&self) -> usize {
        self.logits.n_rows()
    }

    /// Number of classes.
    pub fn n_classes(&self) -> usize {
        self.logits.n_classes()
    }

    /// Whether a row is not ignored.
    pub fn counts(&self, row: usize) -> bool {
        self.labels.is_none() || self.classes[row] != IGNORED
    }

    /// The class that labels a row, `None` where the row is ignored or nothing is labelled.
    pub fn class(&self, row: usize) -> Option<usize> {
        usize::try_from(*self.classes.get(row)?).ok()
    }

    /// The labels of some of the rows, as [`loss`](Self::loss) understands them.
    pub(crate) fn classes(&self, rows: Range<usize>) -> &[i64] {
        self.classes.get(rows).unwrap_or_default()
    }

    /// The loss of some of the rows.
    pub(crate) fn loss(&self, rows: Range<usize>) -> CrossEntropy<'_> {
        self.objective.of_rows(rows).ignore_label(IGNORED)
    }

    /// Counts a row, with its loss where it has one.
    pub(crate) fn count(&self, row: usize, loss: f64, total: &mut Total) {
        if self.counts(row) {
            total.add_row(loss, self.objective.weight(row, self.class(row)));
        } else {
            total.add_ignored();
        }
    }

    /// What a mean over the batch is divided by; `None` where no row is counted, or none has a
    /// weight to divide by.
    pub(crate) fn denominator(&self, denominator: Denominator) -> Result<Option<f64>, Error> {
        if let Denominator::Given(value) = denominator {
            self.objective.check_denominator("denominator", value)?;
        }
        let value = self.weight().denominator(denominator);
        if let Some(value) = value {
            let name = "total weight of the counted rows";
            self.objective.check_denominator(name, value)?;
        }
        Ok(value)
    }

    /// What the whole batch weighs, with no loss summed. The parts are those of the losses' sums,
    /// and so are the bits.
    fn weight(&self) -> Total {
        let of_block = |rows: Range<usize>| {
            let mut total = Total::default();
            rows.for_each(|row| self.count(row, 0.0, &mut total));
            total
        };
        let blocks = Blocks::new(self.n_rows(), self.n_classes());
        blocks
            .iter()
            .map(of_block)
            .fold(Total::default(), Total::merge)
    }
}
