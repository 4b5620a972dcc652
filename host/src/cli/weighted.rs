//! What the commands share whose loss has no options but weights.

use clap::Args;
use surprisal_host::{Error, Objective};

use super::{Format, loss::WeightArgs, processor::Processor};

#[derive(Debug, Args)]
pub(crate) struct Weighted {
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,

    #[command(flatten)]
    pub(super) processor: Processor,

    // Last, because all that follows would stand under its heading.
    #[command(flatten)]
    weights: WeightArgs,
}

impl Weighted {
    /// The options of the loss, with the arrays that they name.
    pub(crate) fn objective(&self) -> Result<Objective, Error> {
        self.weights.objective(self.processor.backend)
    }
}
