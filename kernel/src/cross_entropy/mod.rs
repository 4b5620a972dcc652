//! The options of the loss; every operation is a method of them.

mod first_order;
mod second_order;
mod states;

use crate::{
    backend::Backend,
    error::Error,
    label::Label,
    reduction::{Denominator, Reduction},
};

/// Categorical cross-entropy from logits: the options of the loss.
///
/// A plain value. Each operation takes `logits`, row-major `[n_rows, n_classes]`, with one label
/// a row, and writes into the caller's slices. The number of rows is the number of labels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CrossEntropy {
    ignore_label: Option<i128>,
    reduction: Reduction,
    backend: Option<Backend>,
}

impl CrossEntropy {
    /// The plain loss: no label ignored, nothing reduced, the fastest backend.
    pub const fn new() -> Self {
        Self {
            ignore_label: None,
            reduction: Reduction::None,
            backend: None,
        }
    }

    /// Rows with this label count nowhere: each of their outputs is exactly zero.
    #[must_use]
    pub fn ignore_label(mut self, label: impl Label) -> Self {
        self.ignore_label = Some(label.value());
        self
    }

    /// The objective whose derivatives are computed.
    #[must_use]
    pub const fn reduction(mut self, reduction: Reduction) -> Self {
        self.reduction = reduction;
        self
    }

    /// Runs on this backend instead of the fastest one.
    #[must_use]
    pub const fn backend(mut self, backend: Backend) -> Self {
        self.backend = Some(backend);
        self
    }

    /// Whether rows with this label are ignored.
    #[inline]
    pub fn ignores(&self, label: impl Label) -> bool {
        self.ignore_label == Some(label.value())
    }

    /// What derivatives are divided by, given the number of counted rows; `None` for 1.
    pub(crate) fn denominator(&self, rows_counted: usize) -> Result<Option<f64>, Error> {
        match self.reduction {
            Reduction::None | Reduction::Sum => Ok(None),
            // Where no row is counted, no derivative is divided.
            Reduction::Mean(Denominator::Weight | Denominator::Rows) => {
                Ok(Some(rows_counted as f64))
            }
            Reduction::Mean(Denominator::Given(value)) => {
                // Neither a denominator nor its inverse overflows in `f32`.
                if (1e-30..=1e30).contains(&value) {
                    return Ok(Some(value));
                }
                Err(Error::OptionOutOfRange {
                    option: "Denominator::Given",
                    value,
                    allowed: "from 1e-30 to 1e30",
                })
            }
        }
    }

    /// The backend to run on.
    pub(crate) fn chosen_backend(&self) -> Result<Backend, Error> {
        let backend = self.backend.unwrap_or_else(Backend::detect);
        if backend.is_available() {
            Ok(backend)
        } else {
            Err(Error::BackendUnavailable { backend })
        }
    }
}
