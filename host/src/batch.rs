//! Checked logits and labels, with the loss that is computed on them.

use std::ops::Range;

use surprisal::{CrossEntropy, Total};

use crate::{
    array::ArrayName,
    error::Error,
    labels::{IGNORED, Labels},
    number::Logit,
    rows::Rows,
};

/// Logits and labels that fit together. Its operations run on the rayon thread pool they are
/// called in, and give the same bits on any number of threads.
#[derive(Clone, Debug)]
pub struct Batch<Z> {
    logits: Rows<Z>,
    labels: ArrayName,
    classes: Vec<i64>,
    loss: CrossEntropy,
    rows_counted: usize,
}

impl<Z: Logit> Batch<Z> {
    /// Checks that there is one label a row and that each is a class or ignored.
    ///
    /// # Errors
    ///
    /// [`Error::RowCounts`] and [`Error::LabelOutOfRange`].
    pub fn new(logits: Rows<Z>, labels: Labels, loss: CrossEntropy) -> Result<Self, Error> {
        if labels.len() != logits.n_rows() {
            return Err(Error::RowCounts {
                logits: logits.name().clone(),
                n_logits: logits.n_rows(),
                n_labels: labels.len(),
                labels: labels.name().clone(),
            });
        }
        let name = labels.name().clone();
        let classes = labels.classes(logits.n_classes(), &loss)?;
        let rows_counted = classes.iter().filter(|&&class| class != IGNORED).count();
        let loss = loss.ignore_label(IGNORED);
        Ok(Self {
            logits,
            labels: name,
            classes,
            loss,
            rows_counted,
        })
    }

    /// The logits.
    pub fn logits(&self) -> &Rows<Z> {
        &self.logits
    }

    /// The names of logits and labels.
    pub fn inputs(&self) -> [&ArrayName; 2] {
        [self.logits.name(), &self.labels]
    }

    /// Number of rows, ignored ones included.
    pub fn n_rows(&self) -> usize {
        self.classes.len()
    }

    /// Number of classes.
    pub fn n_classes(&self) -> usize {
        self.logits.n_classes()
    }

    /// The class that labels a row, `None` where the row is ignored.
    pub fn class(&self, row: usize) -> Option<usize> {
        usize::try_from(self.classes[row]).ok()
    }

    /// The labels of some of the rows, as the loss of the batch understands them.
    pub(crate) fn classes(&self, rows: Range<usize>) -> &[i64] {
        &self.classes[rows]
    }

    pub(crate) fn loss(&self) -> CrossEntropy {
        self.loss
    }

    /// What the whole batch weighs, with no loss summed: all that a mean's denominator needs.
    pub(crate) fn weight(&self) -> Total {
        Total {
            weight: self.rows_counted as f64,
            rows_counted: self.rows_counted,
            rows_ignored: self.n_rows() - self.rows_counted,
            ..Total::default()
        }
    }
}
