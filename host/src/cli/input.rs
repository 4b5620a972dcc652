//! What every command on logits reads.

use std::path::PathBuf;

use clap::Args;
use surprisal::Denominator;
use surprisal_host::{Error, Labels, Objective, Role, Source};

use super::{
    files::{self, LogitFiles},
    loss::LossArgs,
    processor::Processor,
};

#[derive(Debug, Args)]
pub(crate) struct Input {
    #[command(flatten)]
    logits: LogitFiles,

    /// The right class of each row, integers [rows]; can be left out with --targets
    #[arg(required_unless_present = "targets")]
    labels: Option<PathBuf>,

    /// Files of labels that follow; they need not be cut where the rows are
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
        self.logits.open()
    }

    /// Reads the labels.
    pub(crate) fn labels(&self) -> Result<Option<Labels>, Error> {
        let labels = self.labels.as_ref();
        let source = labels.map(|labels| files::open(labels, &self.more_labels, Role::Labels));
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
