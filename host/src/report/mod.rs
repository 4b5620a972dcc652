//! Evaluations and fits as people and programs read them.

mod calibration;
mod comparison;
mod details;
mod fit;
mod options;
mod output;
mod table;
pub(crate) mod text;

use std::io::{self, Write};

pub use calibration::CalibrationReport;
pub use comparison::ComparisonReport;
pub use fit::FitReport;
pub use options::Setting;
pub use output::OutputReport;
use serde::Serialize;
use surprisal::{Backend, Reduction};

use crate::{
    array::ArrayName,
    batch::Batch,
    evaluation::Summary,
    number::{Logit, NumberType},
    statistics::Details,
};

/// A summary with where it comes from, ready to be printed.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// File of the logits, `None` for logits from memory.
    pub logits: Option<String>,
    /// File of the labels, `None` for labels from memory and where there are none.
    pub labels: Option<String>,
    /// Type of the logits. Those of 16 bits are computed in `f32`.
    #[serde(serialize_with = "as_text")]
    pub dtype: NumberType,
    /// Where the kernel ran.
    #[serde(serialize_with = "as_text")]
    pub backend: Backend,
    /// How the losses are reduced to `loss`.
    #[serde(serialize_with = "reduction_name")]
    pub reduction: Reduction,
    /// The options of the loss that are in use, and the denominator of a mean where it is not the
    /// weight of the rows.
    #[serde(
        serialize_with = "options::as_map",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub options: Vec<(&'static str, Setting)>,
    /// The reduced loss in nats; `None` where nothing is reduced or a mean has no rows.
    pub loss: Option<f64>,
    /// Everything else.
    #[serde(flatten)]
    pub summary: Summary,
    /// Calibration, classes and groups, where they are asked for.
    #[serde(flatten)]
    pub details: Details,
}

impl Report {
    /// Reports the summary of a batch under one of its reductions. The denominator of a mean is the
    /// one that the batch was evaluated with.
    pub fn new<Z: Logit>(batch: &Batch<Z>, reduction: Reduction, summary: Summary) -> Self {
        let objective = batch.objective();
        let loss = match reduction {
            Reduction::None => None,
            Reduction::Sum => Some(summary.loss_sum),
            Reduction::Mean(_) => summary.loss_mean,
        };
        Self {
            logits: batch.logits().name().file_name(),
            labels: batch.labels().and_then(ArrayName::file_name),
            dtype: Z::TYPE,
            backend: objective.backend.unwrap_or_else(Backend::detect),
            reduction,
            options: options::in_use(objective, reduction),
            loss,
            summary,
            details: Details::default(),
        }
    }

    /// Writes one JSON object over several lines. Numbers have all their digits; what is not
    /// there, not finite or without meaning is `null`.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_json(&self, mut to: impl Write) -> io::Result<()> {
        write_json(self, &mut to)
    }

    /// Writes aligned tables of plain text.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_table(&self, mut to: impl Write) -> io::Result<()> {
        writeln!(to, "{}", table::render(self))
    }
}

pub(crate) fn write_json(report: &impl Serialize, to: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *to, report)?;
    writeln!(to)
}

fn as_text<V: ToString, S: serde::Serializer>(value: &V, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_string())
}

fn reduction_name<S: serde::Serializer>(
    reduction: &Reduction,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match reduction {
        Reduction::None => "none",
        Reduction::Sum => "sum",
        Reduction::Mean(_) => "mean",
    })
}
