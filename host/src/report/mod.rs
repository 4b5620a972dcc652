//! An evaluation as people and programs read it.

mod table;

use std::io::{self, Write};

use serde::Serialize;
use surprisal::{Backend, Reduction};

use crate::{
    batch::Batch,
    evaluation::Summary,
    number::{Logit, NumberType},
};

/// A summary with where it comes from, ready to be printed.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// File of the logits, `None` for logits from memory.
    pub logits: Option<String>,
    /// File of the labels, `None` for labels from memory.
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
    /// The reduced loss in nats; `None` where nothing is reduced or a mean has no rows.
    pub loss: Option<f64>,
    /// Everything else.
    #[serde(flatten)]
    pub summary: Summary,
}

impl Report {
    /// Reports the summary of a batch under one of its reductions.
    pub fn new<Z: Logit>(
        batch: &Batch<Z>,
        backend: Backend,
        reduction: Reduction,
        summary: Summary,
    ) -> Self {
        let [logits, labels] = batch
            .inputs()
            .map(|name| name.path().map(|path| path.display().to_string()));
        let loss = match reduction {
            Reduction::None => None,
            Reduction::Sum => Some(summary.loss_sum),
            Reduction::Mean(_) => summary.loss_mean,
        };
        Self {
            logits,
            labels,
            dtype: Z::TYPE,
            backend,
            reduction,
            loss,
            summary,
        }
    }

    /// Writes one JSON object over several lines. Numbers have all their digits; what is not
    /// there, not finite or without meaning is `null`.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_json(&self, mut to: impl Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut to, self)?;
        writeln!(to)
    }

    /// Writes two aligned tables of plain text.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_table(&self, mut to: impl Write) -> io::Result<()> {
        writeln!(to, "{}", table::render(self))
    }
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
