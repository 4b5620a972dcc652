//! The command line: names, defaults and what the help says.

mod calibrate;
mod compare;
mod details;
mod documents;
mod files;
mod fit;
mod input;
mod loss;
mod minimum;
mod processor;
mod report;
mod weighted;

use std::path::PathBuf;

pub(crate) use calibrate::{ApplyArgs, CalibrateArgs};
use clap::{Args, Parser, Subcommand, ValueEnum, error::ErrorKind};
pub(crate) use compare::CompareArgs;
pub(crate) use details::DetailArgs;
pub(crate) use documents::{CompletionsArgs, ManArgs, Shell};
pub(crate) use fit::FitArgs;
pub(crate) use input::Input;
use processor::Threads;
pub(crate) use report::ReportArgs;
use surprisal::{Backend, Denominator, Reduction};

/// Cross-entropy of files of logits: losses, gradients and curvature, what they say about a model,
/// its calibration, and the linear classifier that has least of it.
///
/// LOGITS and LABELS are arrays in files: float16, bfloat16, float32 or float64 [rows, classes], and
/// one integer a row. Weights and target probabilities are of any of these types of float, and so
/// are FEATURES, [rows, features]. Outputs are .npy files, float64 for float64 logits and for
/// coefficients, float32 for all others; they appear whole or not at all.
///
/// A file can be .npy, .npz, .safetensors, Parquet or Arrow IPC, and .csv for labels. FILE:NAME takes
/// the array or column of that name; no name is needed where only one can be meant. In place of a
/// file, a folder or a quoted pattern such as 'part-*.npy' stands for all its files, one after the
/// other in the order of their names, where part-2 comes before part-10; - is an npy file from
/// standard input. Logits, target probabilities and vectors are read as they are computed on, and
/// need not fit into memory; only 'calibrate' keeps logits there, and 'fit' features.
#[derive(Debug, Parser)]
#[command(
    name = "surprisal",
    version = version(),
    max_term_width = 100,
    arg_required_else_help = true,
    subcommand_required = true,
    after_help = "Exit status: 0 on success, 1 where a fit or calibration did not converge, 2 on an \
                  error, 130 where it was interrupted; all but the last are one line on standard \
                  error.\n\n\
                  The environment variable NO_COLOR turns colours off.",
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    OfLogits(LogitsCommand),
    /// Linear classifier of least loss: multinomial logistic regression
    ///
    /// Features are in memory in float64, and so are the logits of all rows, twice.
    #[command(
        after_help = "Example:\n  surprisal fit features.npy labels.npy --output coefficients.npy\n\n\
                      With options of the loss:\n  \
                      surprisal fit features.npy labels.npy --l2 0.1 --row-weights r.npy\n\n\
                      Exit status: 0 where it converged, 1 where it did not, with the reason on \
                      standard error;\nthe coefficients are written in both cases."
    )]
    Fit(FitArgs),
    /// Temperature, biases or scales that make probabilities say how often they are right
    ///
    /// LOGITS are those of rows that the model was not trained on. Every step of the fit reads all of
    /// them, so those of rows that count are in memory, in the type that they have in their file. Beside
    /// them are less than 100 bytes a row, however many classes there are.
    #[command(
        after_help = "Example:\n  surprisal calibrate logits.npy labels.npy --output parameters.json\n  \
                      surprisal apply parameters.json new_logits.npy --out calibrated.npy\n\n\
                      A scale and a bias a class, measured on a tenth of the rows:\n  \
                      surprisal calibrate logits.npy labels.npy --method vector --holdout 0.1\n\n\
                      Exit status: 0 where it converged; 1 where it did not or where there is no \
                      minimum, with the\nreason on standard error, and then no parameters are written."
    )]
    Calibrate(CalibrateArgs),
    /// Calibrated logits, [rows, classes]
    #[command(
        after_help = "Example:\n  surprisal apply parameters.json logits.npy --out calibrated.npy"
    )]
    Apply(ApplyArgs),
    /// Two models on the same rows: the difference of their mean losses, and where they differ most
    ///
    /// Logits of both are read as they are computed on. In memory are less than 200 bytes a row, however
    /// many classes there are.
    #[command(
        after_help = "Example:\n  surprisal compare old.npy new.npy labels.npy\n\n\
                      A difference below 0 says that B is better. Of the rows of one model and the \
                      other the\ndifferences are taken row by row: their spread is the standard \
                      error, not that of the losses."
    )]
    Compare(CompareArgs),
    /// Completions of the command line for a shell
    #[command(
        after_help = "Example:\n  surprisal completions bash > ~/.local/share/bash-completion/completions/surprisal"
    )]
    Completions(CompletionsArgs),
    /// Manual page of the program, or of one of its commands
    #[command(
        after_help = "Example:\n  surprisal man eval > ~/.local/share/man/man1/surprisal-eval.1"
    )]
    Man(ManArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum LogitsCommand {
    /// Mean loss, perplexity, accuracy and the most surprising rows
    #[command(
        after_help = "Example:\n  surprisal eval logits.npy labels.npy --losses losses.npy\n\n\
                            Calibration, classes by name, and groups:\n  \
                            surprisal eval logits.npy labels.npy --calibration --by-class \
                            --names labels.txt\n  \
                            surprisal eval logits.npy labels.npy --group-by languages.npy --top 20\n\n\
                            With options of the loss:\n  \
                            surprisal eval logits.npy --targets teacher.npy --temperature 2"
    )]
    Eval(EvalArgs),
    /// Page of HTML with plots: losses, reliability, coverage, classes and what is confused
    ///
    /// Logits are read as they are computed on. In memory are less than 100 bytes a row, however many
    /// classes there are: the curve of coverage needs all rows in the order of their confidence.
    #[command(
        after_help = "Example:\n  surprisal report logits.npy labels.npy --names labels.txt --out report.html\n\n\
                      The plots alone:\n  surprisal report logits.npy labels.npy --svg plots"
    )]
    Report(ReportArgs),
    /// Gradient of the loss with respect to the logits, [rows, classes]
    #[command(
        after_help = "Example:\n  surprisal grad logits.npy labels.npy --reduction mean --out gradient.npy\n\n\
                      With options of the loss:\n  \
                      surprisal grad logits.npy labels.npy --class-weights w.npy \
                      --label-smoothing 0.1 --out g.npy"
    )]
    Grad(GradArgs),
    /// Hessian of the loss of each row with respect to its logits
    #[command(
        after_help = "Example:\n  surprisal hessian logits.npy labels.npy --form packed --out hessian.npy\n\n\
                      With options of the loss:\n  \
                      surprisal hessian logits.npy labels.npy --softcap 30 --form diagonal --out d.npy"
    )]
    Hessian(HessianArgs),
    /// Newton's step for the logits of each row, with damping or without, [rows, classes]
    #[command(
        after_help = "Example:\n  surprisal newton logits.npy labels.npy --damping 1e-3 --out step.npy\n\n\
                      With options of the loss:\n  \
                      surprisal newton logits.npy --targets teacher.npy --damping 1e-3 --out s.npy"
    )]
    Newton(NewtonArgs),
    /// Solution x of (H + L) x = b with the Hessian H of each row and a vector b, [rows, classes]
    #[command(
        after_help = "Example:\n  surprisal solve logits.npy labels.npy --vector b.npy --damping 1e-3 --out x.npy\n\n\
                      With options of the loss:\n  \
                      surprisal solve logits.npy labels.npy --z-loss 1e-4 --vector b.npy \
                      --damping 1e-3 --out x.npy"
    )]
    Solve(SolveArgs),
    /// Product of the Hessian of each row with a vector, [rows, classes]
    #[command(
        after_help = "Example:\n  surprisal hvp logits.npy labels.npy --vector v.npy --out product.npy\n\n\
                      With options of the loss:\n  \
                      surprisal hvp logits.npy labels.npy --z-loss 1e-4 --vector v.npy --out p.npy"
    )]
    Hvp(HvpArgs),
}

impl Cli {
    /// Reads the command line; ends the program where it is wrong.
    pub(crate) fn read() -> Command {
        let command = Self::parse().command;
        if let Command::OfLogits(command) = &command
            && command.denominator().is_some()
            && !matches!(command.reduce(), Reduce::Mean)
        {
            let message = "'--denominator <D>' is for a mean: it needs '--reduction mean'\n";
            clap::Error::raw(ErrorKind::ArgumentConflict, message).exit();
        }
        command
    }
}

impl Command {
    /// Number of threads, 0 for one a core.
    pub(crate) fn threads(&self) -> usize {
        let threads = match self {
            Self::OfLogits(command) => &command.input().processor().threads,
            Self::Fit(args) => &args.minimum.common.processor.threads,
            Self::Calibrate(args) => &args.minimum.common.processor.threads,
            Self::Apply(args) => &args.threads,
            Self::Compare(args) => &args.common.processor.threads,
            // One is enough to write a page.
            Self::Completions(_) | Self::Man(_) => return 1,
        };
        threads.threads.into()
    }
}

impl LogitsCommand {
    pub(crate) fn input(&self) -> &Input {
        match self {
            Self::Eval(args) => &args.input,
            Self::Report(args) => &args.input,
            Self::Grad(args) => &args.input,
            Self::Hessian(args) => &args.input,
            Self::Newton(args) => &args.input,
            Self::Solve(args) => &args.input,
            Self::Hvp(args) => &args.input,
        }
    }

    pub(crate) fn reduction(&self) -> Reduction {
        match self.reduce() {
            Reduce::None => Reduction::None,
            Reduce::Sum => Reduction::Sum,
            Reduce::Mean => Reduction::Mean(self.denominator().unwrap_or_default()),
        }
    }

    fn reduce(&self) -> Reduce {
        match self {
            Self::Eval(args) => args.reduction,
            Self::Report(_) => Reduce::Mean,
            Self::Grad(args) => args.output.reduction,
            Self::Hessian(args) => args.output.reduction,
            Self::Newton(args) => args.output.reduction,
            Self::Solve(args) => args.output.reduction,
            Self::Hvp(args) => args.output.reduction,
        }
    }

    fn denominator(&self) -> Option<Denominator> {
        self.input().denominator()
    }
}

#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,

    /// Also write the loss of every row, [rows]
    #[arg(long, value_name = "OUT.npy")]
    pub(crate) losses: Option<PathBuf>,

    /// Which reduced loss is shown: the mean, the sum before it, or none
    #[arg(long, value_enum, default_value_t = Reduce::Mean)]
    reduction: Reduce,

    #[command(flatten)]
    pub(crate) details: DetailArgs,

    #[command(flatten)]
    pub(crate) input: Input,
}

#[derive(Debug, Args)]
pub(crate) struct GradArgs {
    #[command(flatten)]
    pub(crate) output: Output,

    #[command(flatten)]
    pub(crate) input: Input,
}

#[derive(Debug, Args)]
pub(crate) struct HessianArgs {
    /// Which part is written
    #[arg(long, value_enum)]
    pub(crate) form: HessianForm,

    #[command(flatten)]
    pub(crate) output: Output,

    #[command(flatten)]
    pub(crate) input: Input,
}

#[derive(Debug, Args)]
pub(crate) struct NewtonArgs {
    /// What is added to the diagonal of the Hessian: a step of Levenberg and Marquardt
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    pub(crate) damping: Option<f64>,

    #[command(flatten)]
    pub(crate) output: Output,

    #[command(flatten)]
    pub(crate) input: Input,
}

#[derive(Debug, Args)]
pub(crate) struct SolveArgs {
    /// The vectors b, one a row: shape of the logits, type of the output
    #[arg(long, value_name = "B.npy")]
    pub(crate) vector: PathBuf,

    /// What is added to the diagonal of the Hessian
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    pub(crate) damping: f64,

    #[command(flatten)]
    pub(crate) output: Output,

    #[command(flatten)]
    pub(crate) input: Input,
}

#[derive(Debug, Args)]
pub(crate) struct HvpArgs {
    /// The vectors, one a row: shape of the logits, type of the output
    #[arg(long, value_name = "V.npy")]
    pub(crate) vector: PathBuf,

    #[command(flatten)]
    pub(crate) output: Output,

    #[command(flatten)]
    pub(crate) input: Input,
}

#[derive(Debug, Args)]
pub(crate) struct Output {
    /// Where the result is written; an existing file is replaced once the result is whole
    #[arg(long, alias = "output", value_name = "OUT.npy")]
    pub(crate) out: PathBuf,

    /// The objective: none and sum leave each row as it is, mean divides, see --denominator
    #[arg(long, value_enum, default_value_t = Reduce::None)]
    reduction: Reduce,

    #[command(flatten)]
    pub(crate) said: Said,
}

/// What commands say that have nothing to say but what they have written.
#[derive(Debug, Args)]
pub(crate) struct Said {
    /// Also prints what was written: file, type and shape
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    /// Aligned text
    Table,
    /// One object with every digit of every number
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum HessianForm {
    /// The diagonals, [rows, classes]
    Diagonal,
    /// The lower triangles by rows, [rows, classes (classes + 1) / 2]
    Packed,
    /// Everything, [rows, classes, classes]
    Dense,
    /// The sums of the diagonals, [rows]
    Trace,
    /// The roots of the sums of squared entries, [rows]
    FrobeniusNorm,
    /// All eigenvalues in ascending order, [rows, classes]
    Eigenvalues,
    /// L of L D L^T, packed as the triangles, with D in place of its ones
    Ldl,
    /// The Cholesky factors, packed as the triangles
    Cholesky,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Reduce {
    None,
    Sum,
    Mean,
}

/// The version, with what a report of slowness or of differing bits must tell.
fn version() -> String {
    format!(
        "{} (backend {})",
        env!("CARGO_PKG_VERSION"),
        Backend::detect()
    )
}
