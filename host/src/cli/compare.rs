//! The command line of `compare`.

use std::path::PathBuf;

use clap::Args;
use surprisal_host::CompareOptions;

use super::weighted::Weighted;

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Logits of model A, float16, bfloat16, float32 or float64 [rows, classes]
    pub(crate) a: PathBuf,

    /// Logits of model B on the same rows; they may be of another type
    pub(crate) b: PathBuf,

    /// The right class of each row, integers [rows]
    pub(crate) labels: PathBuf,

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
    pub(crate) fn options(&self) -> CompareOptions {
        CompareOptions {
            resamples: self.resamples,
            seed: self.seed,
            level: self.level,
            top: self.top,
        }
    }
}
