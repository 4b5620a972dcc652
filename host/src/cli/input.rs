//! What every command on logits reads.

use std::path::PathBuf;

use clap::Args;
use surprisal::Denominator;
use surprisal_host::{Error, Labels, Objective, Role, Source};

use super::{loss::LossArgs, processor::Processor};

#[derive(Debug, Args)]
pub(crate) struct Input {
    /// Scores before the softmax, float16, bfloat16, float32 or float64 [rows, classes]
    logits: PathBuf,

    /// The right class of each row, integers [rows]; can be left out with --targets
    #[arg(required_unless_present = "targets")]
    labels: Option<PathBuf>,

    /// Files of logits that follow, as one batch; can be given several times
    #[arg(long, value_name = "LOGITS", num_args = 1..)]
    more_logits: Vec<PathBuf>,

    /// Files of labels that follow; they need not be cut where the logits are
    #[arg(long, value_name = "LABELS", num_args = 1.., requires = "labels")]
    more_labels: Vec<PathBuf>,

    #[command(flatten)]
    processor: Processor,

    // Last, because all that follows would stand under its heading.
    #[command(flatten)]
    loss: LossArgs,
}

impl Input {
    /// Opens the logits.
    pub(crate) fn logits(&self) -> Result<Source, Error> {
        Source::open_all(&all(&self.logits, &self.more_logits), Role::Logits)
    }

    /// Reads the labels.
    pub(crate) fn labels(&self) -> Result<Option<Labels>, Error> {
        let labels = self.labels.as_ref();
        let source =
            labels.map(|labels| Source::open_all(&all(labels, &self.more_labels), Role::Labels));
        source.transpose()?.map(Labels::read).transpose()
    }

    /// Opens the target probabilities.
    pub(crate) fn targets(&self) -> Result<Option<Source>, Error> {
        self.loss.targets()
    }

    /// The options of the loss, with the arrays that they name, but for the targets.
    pub(crate) fn objective(&self) -> Result<Objective, Error> {
        self.loss.objective(self.processor.backend)
    }

    pub(super) fn processor(&self) -> &Processor {
        &self.processor
    }

    pub(super) fn denominator(&self) -> Option<Denominator> {
        self.loss.denominator
    }
}

fn all<'a>(first: &'a PathBuf, more: &'a [PathBuf]) -> Vec<&'a PathBuf> {
    std::iter::once(first).chain(more).collect()
}
