//! What the commands share that look for a minimum by Newton's method.

use clap::Args;

use super::weighted::Weighted;

#[derive(Debug, Args)]
pub(crate) struct Minimum {
    /// Steps of Newton's method at most
    #[arg(long, value_name = "N", default_value = "100")]
    pub(super) max_iterations: usize,

    // Last, because all that follows would stand under its last heading.
    #[command(flatten)]
    pub(crate) common: Weighted,
}
