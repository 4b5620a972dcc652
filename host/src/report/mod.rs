//! Evaluations and fits as people and programs read them.

mod calibration;
mod comparison;
mod descent;
mod details;
mod fit;
mod options;
mod origin;
mod output;
mod table;
pub(crate) mod text;

use std::io::{self, Write};

pub use calibration::CalibrationReport;
pub use comparison::ComparisonReport;
pub use descent::Descent;
pub use fit::FitReport;
pub use options::Setting;
pub use origin::Origin;
pub use output::OutputReport;
use serde::Serialize;
use surprisal::Reduction;

use crate::{batch::Batch, evaluation::Summary, number::Logit, statistics::Details};

/// A summary with where it comes from, ready to be printed.
///
/// ```
/// use surprisal::{Denominator, Reduction};
/// use surprisal_host::{Batch, Labels, Objective, Report, Role, Rows};
///
/// # fn main() -> Result<(), surprisal_host::Error> {
/// let logits = Rows::new(Role::Logits, vec![1.0_f64, 0.0, 3.0, 0.0], 2)?;
/// let batch = Batch::new(logits, Labels::from(vec![0_i64, 1]), Objective::default())?;
/// let summary = batch.evaluate(Denominator::Weight)?.summary;
/// let report = Report::new(&batch, Reduction::Mean(Denominator::Weight), summary);
///
/// assert_eq!(report.summary.accuracy_top1, Some(0.5));
/// assert_eq!(report.loss, report.summary.loss_mean);
/// let mut json = Vec::new();
/// report.write_json(&mut json).unwrap();
/// assert!(String::from_utf8(json).unwrap().contains(r#""rows_counted": 2"#));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// File of the logits, `None` for logits from memory.
    pub logits: Option<String>,
    /// Labels, type and options.
    #[serde(flatten)]
    pub origin: Origin,
    /// How the losses are reduced to `loss`.
    #[serde(serialize_with = "reduction_name")]
    pub reduction: Reduction,
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
        let loss = match reduction {
            Reduction::None => None,
            Reduction::Sum => Some(summary.loss_sum),
            Reduction::Mean(_) => summary.loss_mean,
        };
        Self {
            logits: batch.logits().name().file_name(),
            origin: Origin::new(batch.labels(), Z::TYPE, batch.objective(), reduction),
            reduction,
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
