//! The command line of `compare`.

use std::path::PathBuf;

use clap::Args;
use surprisal_host::{CompareOptions, Error, Role, Source};

use super::{
    files::{self, LabelFiles},
    weighted::Weighted,
};

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Logits of model A, float16, bfloat16, float32 or float64 [rows, classes]
    a: PathBuf,

    /// Logits of model B on the same rows; they may be of another type
    b: PathBuf,

    #[command(flatten)]
    pub(crate) labels: LabelFiles,

    /// Files of logits of model A that follow, as one batch; can be given several times
    #[arg(long, value_name = "A", num_args = 1..)]
    more_a: Vec<PathBuf>,

    /// The same of model B; they need not be cut where those of A are
    #[arg(long, value_name = "B", num_args = 1..)]
    more_b: Vec<PathBuf>,

    /// How often rows are drawn for the interval of the difference, 0 for none
    #[arg(long, value_name = "N", default_value = "2000")]
    resamples: usize,

    /// Chooses the rows that are drawn
    #[arg(long, value_name = "N", default_value = "0")]
    seed: u64,

    /// The share of the interval, above 0 and below 1
    #[arg(
        long,
        value_name = "PART",
        default_value = "0.95",
        allow_hyphen_values = true
    )]
    level: f64,

    /// How many of the rows are shown that differ most
    #[arg(long, value_name = "K", default_value = "10")]
    top: usize,

    // Last, because all that follows would stand under its last heading.
    #[command(flatten)]
    pub(crate) common: Weighted,
}

impl CompareArgs {
    /// Opens the logits of both models.
    pub(crate) fn logits(&self) -> [Result<Source, Error>; 2] {
        [(&self.a, &self.more_a), (&self.b, &self.more_b)]
            .map(|(first, more)| files::open(first, more, Role::Logits))
    }

    pub(crate) fn options(&self) -> CompareOptions {
        CompareOptions {
            resamples: self.resamples,
            seed: self.seed,
            level: self.level,
            top: self.top,
        }
    }
}
