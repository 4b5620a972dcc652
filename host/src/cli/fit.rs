//! The command line of `fit`.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::Args;
use surprisal_host::{Error, Features, FitOptions, Role};

use super::{
    files::{self, LabelFiles},
    minimum::Minimum,
};

#[derive(Debug, Args)]
pub(crate) struct FitArgs {
    /// What logits are computed from, float16, bfloat16, float32 or float64 [rows, features]
    features: PathBuf,

    /// Files of features that follow, as one batch; can be given several times
    #[arg(long, value_name = "FEATURES", num_args = 1..)]
    more_features: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) labels: LabelFiles,

    /// Penalty: L2 times half the squared norm of the coefficients, without the intercepts; 0 or
    /// more. It is 1 / C of scikit-learn for three classes and more
    #[arg(
        long,
        value_name = "L2",
        default_value = "1",
        allow_hyphen_values = true
    )]
    l2: f64,

    /// Number of classes [default: as many as the largest label needs]
    #[arg(long, value_name = "N")]
    classes: Option<NonZeroUsize>,

    /// Fits no intercepts
    #[arg(long)]
    no_intercept: bool,

    /// Where the coefficients are written, float64 [classes, features + 1], the intercepts last; an
    /// existing file is replaced once the result is whole
    #[arg(long, alias = "out", value_name = "COEFFICIENTS.npy")]
    pub(crate) output: Option<PathBuf>,

    /// Ends where the objective is within this part of its minimum; from 1e-16 to 1
    #[arg(
        long,
        value_name = "PART",
        default_value = "1e-10",
        allow_hyphen_values = true
    )]
    tolerance: f64,

    // Last, because all that follows would stand under its last heading.
    #[command(flatten)]
    pub(crate) minimum: Minimum,
}

impl FitArgs {
    /// Reads the features.
    pub(crate) fn features(&self) -> Result<Features, Error> {
        let source = files::open(&self.features, &self.more_features, Role::Features)?;
        Features::read(source)
    }

    pub(crate) fn options(&self) -> FitOptions {
        FitOptions {
            l2: self.l2,
            n_classes: self.classes,
            intercept: !self.no_intercept,
            tolerance: self.tolerance,
            max_iterations: self.minimum.max_iterations,
        }
    }
}
