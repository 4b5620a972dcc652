//! What the commands share that look for a minimum by Newton's method.

use clap::Args;

use super::weighted::Weighted;

#[derive(Debug, Args)]
pub(crate) struct Minimum {
    /// Ends where the objective is within this part of its minimum; from 1e-16 to 1
    #[arg(
        long,
        value_name = "PART",
        default_value = "1e-10",
        allow_hyphen_values = true
    )]
    pub(super) tolerance: f64,

    /// Steps of Newton's method at most
    #[arg(long, value_name = "N", default_value = "100")]
    pub(super) max_iterations: usize,

    // Last, because all that follows would stand under its last heading.
    #[command(flatten)]
    pub(crate) common: Weighted,
}
