//! The command lines of `calibrate` and `apply`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use surprisal_host::{CalibrationOptions, Method};

use super::{
    Said, Threads,
    files::{LabelFiles, LogitFiles},
    minimum::Minimum,
};

#[derive(Debug, Args)]
pub(crate) struct CalibrateArgs {
    #[command(flatten)]
    pub(crate) logits: LogitFiles,

    #[command(flatten)]
    pub(crate) labels: LabelFiles,

    /// What is fitted
    #[arg(long, value_enum, default_value_t = Parameters::Temperature)]
    method: Parameters,

    /// Penalty of bias and vector: L2 times half the squared distance of scales from 1 and of biases
    /// from 0; 0 or more
    #[arg(
        long,
        value_name = "L2",
        default_value = "1",
        allow_hyphen_values = true
    )]
    l2: f64,

    /// Part of the rows that is held out of the fit, and that the result is measured on, from 0 to
    /// below 1; with 0 it is measured on the rows that were fitted
    #[arg(
        long,
        value_name = "PART",
        default_value = "0.5",
        allow_hyphen_values = true
    )]
    holdout: f64,

    /// Chooses the rows that are held out
    #[arg(long, value_name = "N", default_value = "0")]
    seed: u64,

    /// Where the parameters are written, for 'apply'; an existing file is replaced once the result is
    /// whole
    #[arg(long, alias = "out", value_name = "PARAMETERS.json")]
    pub(crate) output: Option<PathBuf>,

    /// Ends where the objective is within this part of its minimum; from 1e-16 to 1
    #[arg(
        long,
        value_name = "PART",
        default_value = "1e-9",
        allow_hyphen_values = true
    )]
    tolerance: f64,

    // Last, because all that follows would stand under its last heading.
    #[command(flatten)]
    pub(crate) minimum: Minimum,
}

impl CalibrateArgs {
    pub(crate) fn options(&self) -> CalibrationOptions {
        let method = match self.method {
            Parameters::Temperature => Method::Temperature,
            Parameters::Bias => Method::Bias,
            Parameters::Vector => Method::Vector,
        };
        CalibrationOptions {
            method,
            l2: self.l2,
            holdout: self.holdout,
            seed: self.seed,
            tolerance: self.tolerance,
            max_iterations: self.minimum.max_iterations,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Parameters {
    /// One number that logits are divided by; it changes no prediction
    Temperature,
    /// A number a class that is added to its logits
    Bias,
    /// Two a class: a scale, and a bias that is added after it
    Vector,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// What 'calibrate' has written
    pub(crate) parameters: PathBuf,

    #[command(flatten)]
    pub(crate) logits: LogitFiles,

    /// Where the calibrated logits are written, float64 for float64 logits, float32 for all others; an
    /// existing file is replaced once the result is whole
    #[arg(long, alias = "output", value_name = "OUT.npy")]
    pub(crate) out: PathBuf,

    #[command(flatten)]
    pub(crate) said: Said,

    #[command(flatten)]
    pub(crate) threads: Threads,
}
