//! Everything that can go wrong between the files and the kernel, each in one line.

use std::{io, path::PathBuf};

use thiserror::Error;

use crate::{
    array::{ArrayName, Quoted, Shape},
    number::NumberType,
    source::{ContainerError, HeaderError},
};

/// Why an operation was refused or given up. No output file has been changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be opened or read.
    #[error("{array}: {cause}")]
    Read {
        /// The array and its file.
        array: ArrayName,
        /// What the system says.
        cause: io::Error,
    },
    /// A folder, a pipe or a device: its length, which every check starts from, is not known.
    #[error("{array}: is not a regular file")]
    NotAFile {
        /// The array and its file.
        array: ArrayName,
    },
    /// The file does not start with a header that describes an array.
    #[error("{array}: {cause}")]
    Header {
        /// The array and its file.
        array: ArrayName,
        /// What is wrong with it.
        cause: HeaderError,
    },
    /// There is no array to be had from a file that holds arrays by name.
    #[error("{array}: {cause}")]
    Container {
        /// The array and its file.
        array: ArrayName,
        /// What is wrong with it.
        cause: ContainerError,
    },
    /// A folder without a file that could hold an array.
    #[error("{array}: is a folder without a file that ends in {endings}")]
    NoShards {
        /// The array and its folder.
        array: ArrayName,
        /// The endings that are looked for.
        endings: String,
    },
    /// Two of the files of an array do not go together.
    #[error("{array}: has {found}, {first} has {needed}")]
    ShardDiffers {
        /// The array and the file that differs.
        array: ArrayName,
        /// The type or the number of classes that the file has.
        found: String,
        /// The array and its first file.
        first: ArrayName,
        /// The type or the number of classes that this one has.
        needed: String,
    },
    /// The numbers are of a type that the array cannot have.
    #[error("{array}: holds numbers of type '{found}', needs {needed}")]
    NumberType {
        /// The array and its file.
        array: ArrayName,
        /// The type as the file names it.
        found: String,
        /// The types that would do.
        needed: &'static str,
    },
    /// The vector's numbers are not of the type that the logits are computed in.
    #[error("{array}: holds {found}, these logits need {needed}")]
    NumberTypeDiffers {
        /// The array and its file.
        array: ArrayName,
        /// Its type.
        found: NumberType,
        /// The type that the logits are computed in.
        needed: NumberType,
    },
    /// The columns of the array lie one after the other, not its rows.
    #[error(
        "{array}: is in Fortran order, needs C order; in Python, save numpy.ascontiguousarray(array)"
    )]
    FortranOrder {
        /// The array and its file.
        array: ArrayName,
    },
    /// The array has not the dimensions it needs.
    #[error("{array}: has shape {found}, needs {} dimension{} [{}]",
        needed.len(), if needed.len() == 1 { "" } else { "s" }, needed.join(", "))]
    Rank {
        /// The array and its file.
        array: ArrayName,
        /// Its shape.
        found: Shape,
        /// The dimensions it needs, by name.
        needed: &'static [&'static str],
    },
    /// The shape names more numbers than memory can address.
    #[error("{array}: shape {shape} is more than memory can address")]
    TooLarge {
        /// The array and its file.
        array: ArrayName,
        /// Its shape.
        shape: Shape,
    },
    /// The data end before the array does.
    #[error("{array}: is truncated: shape {shape} needs {needed} bytes of data, there are {found}")]
    Truncated {
        /// The array and its file.
        array: ArrayName,
        /// Its shape.
        shape: Shape,
        /// Bytes that the shape asks for.
        needed: u64,
        /// Bytes after the header.
        found: u64,
    },
    /// The file goes on after the array's last number.
    #[error(
        "{array}: is longer than its array: shape {shape} needs {needed} bytes of data, \
         there are {found}"
    )]
    TrailingBytes {
        /// The array and its file.
        array: ArrayName,
        /// Its shape.
        shape: Shape,
        /// Bytes that the shape asks for.
        needed: u64,
        /// Bytes after the header.
        found: u64,
    },
    /// What is read goes on after the array's last number.
    #[error("{array}: goes on after the last number of its shape {shape}")]
    GoesOn {
        /// The array and its file.
        array: ArrayName,
        /// Its shape.
        shape: Shape,
    },
    /// A row without classes has no loss.
    #[error("{array}: has shape {shape}: 0 classes, at least 1 is needed")]
    ZeroClasses {
        /// The array and its file.
        array: ArrayName,
        /// Its shape.
        shape: Shape,
    },
    /// Values handed over in memory do not fill whole rows.
    #[error("{array}: {values} values are not whole rows of {n_classes} classes")]
    PartOfARow {
        /// The array.
        array: ArrayName,
        /// Number of values.
        values: usize,
        /// Number of classes.
        n_classes: usize,
    },
    /// There is nothing that the logits are compared with.
    #[error("labels: needed where there are no targets")]
    NoLabels,
    /// Labels or weights are not as many as the logits or features ask for.
    #[error("{array}: number of {dimension} is {found}, that of {of} is {needed}")]
    CountDiffers {
        /// The labels or weights and their file.
        array: ArrayName,
        /// What there is one of for each: rows or classes.
        dimension: &'static str,
        /// How many there are.
        found: usize,
        /// The array that asks for another number, and its file.
        of: ArrayName,
        /// How many rows or classes that one has.
        needed: usize,
    },
    /// The array has not the shape of the logits.
    #[error("{array}: has shape {found}, the logits have {needed}")]
    ShapeDiffers {
        /// The array and its file.
        array: ArrayName,
        /// Its shape.
        found: Shape,
        /// The shape of the logits.
        needed: Shape,
    },
    /// A label that is neither ignored nor a class.
    #[error("{labels}: row {row} has label {label}, outside 0..{n_classes} and not ignored")]
    LabelOutOfRange {
        /// The labels and their file.
        labels: ArrayName,
        /// The row, counted from zero.
        row: usize,
        /// The label.
        label: i128,
        /// Number of classes.
        n_classes: usize,
    },
    /// An option of the loss, or what a mean is divided by, is outside its range.
    #[error("{option} is {value:?}, must be {allowed}")]
    OptionOutOfRange {
        /// The option as the command line calls it.
        option: String,
        /// Its value.
        value: f64,
        /// The range, in words.
        allowed: &'static str,
    },
    /// A weight is negative, NaN or too large.
    #[error("{array}: entry {index} is {value:?}, must be from 0 to 1e30")]
    WeightOutOfRange {
        /// The weights and their file.
        array: ArrayName,
        /// The class or row, counted from zero.
        index: usize,
        /// The weight.
        value: f64,
    },
    /// A target probability of a row that counts is negative, NaN or too large.
    #[error("{array}: row {row} has {value:?} at class {class}, must be from 0 to 1e30")]
    TargetOutOfRange {
        /// The target probabilities and their file.
        array: ArrayName,
        /// The row, counted from zero.
        row: usize,
        /// The class.
        class: usize,
        /// The target probability.
        value: f64,
    },
    /// A feature is NaN or infinite.
    #[error("{array}: row {row} has {value:?} at column {column}, must be finite")]
    FeatureNotFinite {
        /// The features and their file.
        array: ArrayName,
        /// The row, counted from zero.
        row: usize,
        /// The column, counted from zero.
        column: usize,
        /// The feature.
        value: f64,
    },
    /// A logit of a row to be calibrated is NaN, infinite, or masks the label of its row.
    #[error(
        "{array}: row {row} has {value:?} at class {class}, must be finite, or -inf where it is not \
         the label"
    )]
    LogitNotFinite {
        /// The logits and their file.
        array: ArrayName,
        /// The row, counted from zero.
        row: usize,
        /// The class.
        class: usize,
        /// The logit.
        value: f64,
    },
    /// A file of parameters is none.
    #[error("{array}: {reason}")]
    Parameters {
        /// The parameters and their file.
        array: ArrayName,
        /// What is wrong with it.
        reason: String,
    },
    /// No row has a label and a weight to be fitted to.
    #[error("{labels}: no row counts with a weight above 0, there is nothing to fit")]
    NothingToFit {
        /// The labels and their file.
        labels: ArrayName,
    },
    /// The system has not the memory.
    #[error("{what}: not enough memory for {bytes} bytes")]
    OutOfMemory {
        /// The array or the output.
        what: String,
        /// How many were asked for.
        bytes: u128,
    },
    /// The output would replace an input.
    #[error("output {}: is the file of the {}", Quoted(path), input.role())]
    OutputIsInput {
        /// The output.
        path: PathBuf,
        /// The input.
        input: ArrayName,
    },
    /// The output exists and is not to be replaced.
    #[error("output {}: {reason}", Quoted(path))]
    OutputRefused {
        /// The output.
        path: PathBuf,
        /// Why not.
        reason: &'static str,
    },
    /// The output cannot be written.
    #[error("output {}: {cause}", Quoted(path))]
    Write {
        /// The output.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// The report cannot be written.
    #[error("standard output: {0}")]
    Print(io::Error),
    /// The threads cannot be started.
    #[error("threads: {0}")]
    Threads(rayon::ThreadPoolBuildError),
    /// The kernel refused a row.
    #[error("row {row}: {error}")]
    Row {
        /// Its index.
        row: usize,
        /// Why.
        error: surprisal::Error,
    },
    /// The kernel refused.
    #[error(transparent)]
    Kernel(#[from] surprisal::Error),
}
