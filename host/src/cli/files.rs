//! Files of logits and labels, several of which are one batch.

use std::path::PathBuf;

use clap::Args;
use surprisal_host::{Error, Labels, Role, Source};

#[derive(Debug, Args)]
pub(crate) struct LogitFiles {
    /// Scores before the softmax, float16, bfloat16, float32 or float64 [rows, classes]
    logits: PathBuf,

    /// Files of logits that follow, as one batch; can be given several times
    #[arg(long, value_name = "LOGITS", num_args = 1..)]
    more_logits: Vec<PathBuf>,
}

impl LogitFiles {
    pub(crate) fn open(&self) -> Result<Source, Error> {
        open(&self.logits, &self.more_logits, Role::Logits)
    }
}

#[derive(Debug, Args)]
pub(crate) struct LabelFiles {
    /// The right class of each row, integers [rows]
    labels: PathBuf,

    /// Files of labels that follow; they need not be cut where the rows are
    #[arg(long, value_name = "LABELS", num_args = 1..)]
    more_labels: Vec<PathBuf>,
}

impl LabelFiles {
    pub(crate) fn read(&self) -> Result<Labels, Error> {
        Labels::read(open(&self.labels, &self.more_labels, Role::Labels)?)
    }
}

/// Opens files as one array, one after the other.
pub(super) fn open(first: &PathBuf, more: &[PathBuf], role: Role) -> Result<Source, Error> {
    let all: Vec<&PathBuf> = std::iter::once(first).chain(more).collect();
    Source::open_all(&all, role)
}
