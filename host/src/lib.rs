//! Cross-entropy of files of logits: the library behind the program `surprisal`.
//!
//! The formulas are in the kernel, the package `surprisal`; here are files, threads and reports.
//! An array is checked once, on its way in: [`Source`] compares header, type and length before
//! anything is allocated, [`Batch`] compares rows, labels and the options of an [`Objective`], and
//! what they accept is computed without further questions.
//!
//! ```
//! use surprisal::{Denominator, Reduction};
//! use surprisal_host::{Batch, Form, Labels, Objective, Role, Rows};
//!
//! # fn main() -> Result<(), surprisal_host::Error> {
//! // From files: `Logits::open(path)?` and `Labels::open(path)?`.
//! let logits = Rows::new(Role::Logits, vec![2.0_f64, 1.0, 0.0, 0.0, 3.0, 0.0], 3)?;
//! let labels = Labels::from(vec![0_i64, -100]);
//! let objective = Objective { ignored_labels: vec![-100], ..Objective::default() };
//! let batch = Batch::new(logits, labels, objective)?;
//!
//! let evaluation = batch.evaluate(Denominator::Weight)?;
//! assert_eq!(evaluation.summary.rows_counted, 1);
//! // ln(1 + e^-1 + e^-2)
//! assert!((evaluation.losses[0] - 0.407_605_964_444_380_1).abs() < 1e-15);
//! assert_eq!(evaluation.losses[1], 0.0);
//!
//! let mut gradients = Vec::new();
//! let derivative = batch.derivative(Form::Gradient, Reduction::Sum)?;
//! derivative.compute(|part| {
//!     gradients.extend_from_slice(part);
//!     Ok(())
//! })?;
//! assert_eq!(derivative.shape(), [2, 3]);
//! assert!((gradients[0] + 0.334_759_044_225_178_16).abs() < 1e-15); // p_0 - 1
//! # Ok(())
//! # }
//! ```
//!
//! # Files
//!
//! [`Source`] tells what can be opened: npy, npz, safetensors, Parquet, Arrow IPC, CSV for labels,
//! several files as one array, and standard input. What is opened with it is read whole, as
//! [`Rows`], [`Labels`] and so on, or by a [`Stream`], which has the operations of a [`Batch`] for
//! what is larger than memory. A [`Sink`] writes npy.
//!
//! # Where examples are
//!
//! | to | example of |
//! |---|---|
//! | open files | [`Source`] |
//! | make a batch, reduce its losses, derive | above; [`Stream::evaluate`] and [`Stream::derivative`] for what is larger than memory |
//! | calibrate | [`Batch::calibrate`], [`Stream::calibrate`], [`Calibration::apply`] |
//! | compare | [`Comparison`], [`Stream::scores`] |
//! | report, as data or as text | [`Report`], [`Batch::details`], [`Page`] |
//! | fit | [`Regression`] |
//!
//! # Options of the loss
//!
//! An [`Objective`] holds them, with the arrays that they need, and gives the kernel's
//! [`CrossEntropy`](surprisal::CrossEntropy) for any of the rows. Losses, their mean and all
//! derivatives are those of the loss with its options. Accuracy is about labels alone: with target
//! probabilities and no labels there is none, nor a label beside the rows with the largest losses.
//! With both, the labels say which rows are ignored and what accuracy is about, and are no part of
//! the loss.
//!
//! # Fits
//!
//! [`Regression`] takes [`Features`] and [`Labels`] to the linear classifier of least loss, the
//! multinomial logistic regression, with products of the kernel's Hessians. [`GaussNewton`] has these
//! products for logits that come from anywhere.
//!
//! # Models that are done
//!
//! [`Batch::calibrate`] fits a temperature, biases or scales, which [`Calibration`] applies to logits;
//! [`Comparison`] tells which of two models has less loss on the same rows; [`Batch::details`] says
//! how it is spread over classes and groups, and [`Page`] draws it. What the program prints of all
//! this as JSON is in [`json`].
//!
//! # Guarantees
//!
//! * The bits of every result are the same on any number of threads: rows are cut into blocks
//!   whose size depends on the number of classes only, a wide row into blocks of classes, and
//!   parts are merged in order.
//! * The bits are the same for a [`Stream`] and a [`Batch`], whatever the format.
//! * A header cannot make the program allocate more than its file is long, or, where the file is
//!   compressed, than what it has been seen to hold.
//! * An output is there as a whole or not at all, and an error changes no file. A process that is
//!   killed leaves at most a temporary file behind; [`discard_outputs`] spares it that.
//!
//! # Types
//!
//! Logits are `f32`, `f64`, or one of the kernel's types of 16 bits, [`F16`](surprisal::F16) and
//! [`Bf16`](surprisal::Bf16), which stay what they are in memory and are computed in `f32`.
//! Vectors and outputs have the type that the logits are computed in; [`Weights`] and [`Targets`]
//! may be of any type of float. NumPy has no bfloat16: npy files hold it as the Python package
//! ml_dtypes saves it, which is as numbers of type `<V2`. Parquet and Arrow have none at all.
//! [`Features`] may be of any type of float, and are widened to `f64`.
//!
//! # Threads
//!
//! Operations run on the rayon thread pool they are called in, the global one by default;
//! `rayon::ThreadPool::install` chooses another. A [`Stream`] reads on a thread of its own for each
//! array that is read in windows.
//!
//! # Features
//!
//! `arrow`, on by default: Parquet and Arrow IPC files.
#![deny(unsafe_code)]

mod array;
mod batch;
mod blocks;
mod calibration;
mod comparison;
mod curvature;
mod derivative;
mod error;
mod evaluation;
mod first_order;
mod fit;
mod hardest;
mod labels;
mod linear;
mod memory;
mod moments;
mod newton;
mod number;
mod objective;
mod page;
mod ranking;
mod report;
mod rows;
mod sink;
mod source;
mod statistics;
mod stream;
mod targets;
mod temporary;
mod values;
mod weights;

#[doc = include_str!("json.md")]
pub mod json {}

pub use array::{ArrayName, Role, Shape};
pub use batch::Batch;
pub use calibration::{Calibrated, Calibration, CalibrationOptions, Ending, Method, Quality};
pub use comparison::{CompareOptions, Comparison, DifferentRow, Scores};
pub use curvature::Curvature;
pub use derivative::{Derivative, Form};
pub use error::Error;
pub use evaluation::{Evaluation, HardRow, RowNames, Summary};
pub use fit::{Fit, FitOptions, Outcome, Progress, Regression};
pub use labels::Labels;
pub use linear::{Features, GaussNewton};
pub use number::{Float, Logit, Number, NumberType};
pub use objective::{Objective, Smoothing};
pub use page::{Histogram, Page, PageOptions, Plot};
pub use report::{
    CalibrationReport, ComparisonReport, Descent, FitReport, Origin, OutputReport, Report, Setting,
};
pub use rows::{Logits, Rows};
pub use sink::{Finished, Sink};
pub use source::{ContainerError, DictError, HeaderError, Source};
pub use statistics::{
    Bin, ClassNames, ClassShare, Confusion, Coverage, DetailOptions, Details, GroupShare, Groups,
    Prediction, Reliability, Share,
};
pub use stream::{Stream, StreamDerivative, StreamForm};
pub use targets::Targets;
pub use temporary::discard_outputs;
pub use weights::Weights;
