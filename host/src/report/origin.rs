//! What the reports of a batch begin with.

use serde::Serialize;
use surprisal::{Backend, Reduction};

use super::{
    as_text,
    options::{self, Setting},
    text::Lines,
};
use crate::{array::ArrayName, number::NumberType, objective::Objective};

/// Where the numbers of a report come from, beside its logits or features.
#[derive(Clone, Debug, Serialize)]
pub struct Origin {
    /// File of the labels, `None` for labels from memory and where there are none.
    pub labels: Option<String>,
    /// Type of the logits or features. Logits of 16 bits are computed in `f32`; features, and logits
    /// that are calibrated, in `f64`.
    #[serde(serialize_with = "as_text")]
    pub dtype: NumberType,
    /// Where the kernel ran.
    #[serde(serialize_with = "as_text")]
    pub backend: Backend,
    /// The options of the loss that are in use, and the denominator of a mean where it is not the
    /// weight of the rows.
    #[serde(
        serialize_with = "options::as_map",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub options: Vec<(&'static str, Setting)>,
}

impl Origin {
    pub(super) fn new(
        labels: Option<&ArrayName>,
        dtype: NumberType,
        objective: &Objective,
        reduction: Reduction,
    ) -> Self {
        Self {
            labels: labels.and_then(ArrayName::file_name),
            dtype,
            backend: objective.backend.unwrap_or_else(Backend::detect),
            options: options::in_use(objective, reduction),
        }
    }

    /// A line for each option.
    pub(super) fn add_options(&self, lines: &mut Lines) {
        for (name, setting) in &self.options {
            lines.add(&name.replace('_', " "), &setting.to_string(), "");
        }
    }
}
