//! Options of the loss on the command line.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use surprisal::{Backend, Denominator};
use surprisal_host::{Error, Objective, Role, Smoothing, Source, Weights};

/// Which rows count, how much they and their classes do, and label smoothing. Arrays are .npy
/// files of any type of float.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of the loss")]
pub(crate) struct WeightArgs {
    /// Rows with this label do not count; can be given several times
    #[arg(
        long,
        value_name = "N",
        default_values_t = [Objective::IGNORED_LABEL],
        allow_negative_numbers = true,
        requires = "labels"
    )]
    ignore_label: Vec<i64>,

    /// Weights of the classes, [classes], 0 or more: that of its label multiplies a row's loss
    #[arg(long, value_name = "W.npy")]
    class_weights: Option<PathBuf>,

    /// Weights of the rows, [rows], 0 or more, which multiply their losses
    #[arg(long, value_name = "R.npy")]
    row_weights: Option<PathBuf>,

    /// Part of the target that is spread over the classes, 0 to 1
    #[arg(long, value_name = "E", allow_hyphen_values = true)]
    label_smoothing: Option<f64>,

    /// Over which classes: all, as in PyTorch, or those other than the label, as in Megatron
    #[arg(long, value_name = "CLASSES", value_enum, default_value_t = Convention::All,
        requires = "label_smoothing")]
    smoothing_convention: Convention,
}

impl WeightArgs {
    /// Opens the arrays.
    pub(super) fn objective(&self, backend: Option<Backend>) -> Result<Objective, Error> {
        let weights = |path: &Option<PathBuf>, role| {
            let path = path.as_deref();
            path.map(|path| Weights::open(path, role)).transpose()
        };
        Ok(Objective {
            ignored_labels: self.ignore_label.clone(),
            class_weights: weights(&self.class_weights, Role::ClassWeights)?,
            row_weights: weights(&self.row_weights, Role::RowWeights)?,
            label_smoothing: self
                .label_smoothing
                .map(|part| match self.smoothing_convention {
                    Convention::All => Smoothing::OverAll(part),
                    Convention::Others => Smoothing::OverOthers(part),
                }),
            backend,
            ..Objective::default()
        })
    }
}

/// All options of the loss.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of the loss")]
pub(crate) struct LossArgs {
    #[command(flatten)]
    weights: WeightArgs,

    /// Target probabilities, [rows, classes], 0 or more, in place of labels. LABELS, if given, tells
    /// which rows are ignored, and accuracy is measured by it; without it there is no accuracy
    #[arg(long, value_name = "Q.npy")]
    targets: Option<PathBuf>,

    /// Adds K lse^2 to the loss of each row, lse its log-sum-exp; 0 or more
    #[arg(long, value_name = "K", allow_hyphen_values = true)]
    z_loss: Option<f64>,

    /// Computes on S tanh(x / S) instead of each logit x; above 0
    #[arg(long, value_name = "S", allow_hyphen_values = true)]
    softcap: Option<f64>,

    /// Computes on x / T instead of each logit x, after the softcap; above 0
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    temperature: Option<f64>,

    /// What a mean is divided by: 'weight' (of the rows that count, as in PyTorch), 'rows' (their
    /// number) or a number above 0 [default: weight]
    #[arg(long, value_name = "D", value_parser = denominator, allow_hyphen_values = true)]
    pub(super) denominator: Option<Denominator>,
}

impl LossArgs {
    /// Opens the arrays, but for the targets.
    pub(super) fn objective(&self, backend: Option<Backend>) -> Result<Objective, Error> {
        let objective = self.weights.objective(backend)?;
        Ok(Objective {
            z_loss: self.z_loss,
            softcap: self.softcap,
            temperature: self.temperature,
            ..objective
        })
    }

    /// Opens the targets.
    pub(super) fn targets(&self) -> Result<Option<Source>, Error> {
        let targets = self.targets.as_deref();
        targets
            .map(|path| Source::open(path, Role::Targets))
            .transpose()
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Convention {
    All,
    Others,
}

fn denominator(text: &str) -> Result<Denominator, &'static str> {
    match text {
        "weight" => Ok(Denominator::Weight),
        "rows" => Ok(Denominator::Rows),
        number => match number.parse() {
            Ok(number) => Ok(Denominator::Given(number)),
            Err(_) => Err("must be weight, rows or a number"),
        },
    }
}
