//! What the door of an operation refuses.

use core::fmt;

use crate::backend::Backend;

/// Why an operation refused its arguments. No output has been written.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// `n_classes` is zero: a row without classes has no loss.
    ZeroClasses,
    /// `n_rows` x `n_classes` (or the size of an output that follows from them) is more than a
    /// `usize` can count.
    SizeOverflow {
        /// Number of rows, which is the number of labels.
        n_rows: usize,
        /// Number of classes.
        n_classes: usize,
    },
    /// A slice has not the length that the labels and `n_classes` ask for.
    LengthMismatch {
        /// The argument, by its name in the documentation.
        argument: &'static str,
        /// The length it must have.
        expected: usize,
        /// The length it has.
        actual: usize,
    },
    /// A label that is neither ignored nor one of the classes `0..n_classes`.
    LabelOutOfRange {
        /// Its row, counted from zero.
        row: usize,
        /// The label.
        label: i128,
        /// Number of classes.
        n_classes: usize,
    },
    /// An option holds a value outside its range.
    OptionOutOfRange {
        /// The option, by the name of its method or variant.
        option: &'static str,
        /// The value given.
        value: f64,
        /// The allowed range, in words.
        allowed: &'static str,
    },
    /// A weight is negative, NaN or larger than 1e30.
    WeightOutOfRange {
        /// `class_weights` or `row_weights`.
        argument: &'static str,
        /// Its class or row.
        index: usize,
        /// The weight.
        value: f64,
    },
    /// A target probability of a row that counts is negative, NaN or larger than 1e30.
    TargetOutOfRange {
        /// Its row.
        row: usize,
        /// Its class.
        class: usize,
        /// The target probability.
        value: f64,
    },
    /// An option has no meaning for an operation on parts of rows, or is not offered there.
    OptionUnsupported {
        /// The option, by the name of its method.
        option: &'static str,
        /// The operation, by the name of its method.
        operation: &'static str,
    },
    /// The Hessian of a row, under its options and damping, is not known to be positive definite, or
    /// semidefinite where that is enough, as the operation needs.
    Indefinite {
        /// The operation, by the name of its method.
        operation: &'static str,
    },
    /// The backend that was asked for cannot run on this processor.
    BackendUnavailable {
        /// The backend.
        backend: Backend,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ZeroClasses => f.write_str("n_classes is 0, at least 1 is needed"),
            Self::SizeOverflow { n_rows, n_classes } => {
                write!(
                    f,
                    "{n_rows} rows of {n_classes} classes are more than memory can address"
                )
            }
            Self::LengthMismatch {
                argument,
                expected,
                actual,
            } => {
                write!(f, "{argument} has {actual} elements, {expected} are needed")
            }
            Self::LabelOutOfRange {
                row,
                label,
                n_classes,
            } => write!(
                f,
                "labels: row {row} has label {label}, outside 0..{n_classes} and not ignored"
            ),
            Self::OptionOutOfRange {
                option,
                value,
                allowed,
            } => {
                write!(f, "{option} is {value}, must be {allowed}")
            }
            Self::WeightOutOfRange {
                argument,
                index,
                value,
            } => write!(
                f,
                "{argument}: entry {index} is {value}, must be from 0 to 1e30"
            ),
            Self::TargetOutOfRange { row, class, value } => write!(
                f,
                "target_probabilities: row {row} has {value} at class {class}, must be from 0 to 1e30"
            ),
            Self::OptionUnsupported { option, operation } => {
                write!(f, "{option} cannot be used with {operation}")
            }
            Self::Indefinite { operation } => {
                write!(
                    f,
                    "the Hessian is not positive definite, which {operation} needs"
                )
            }
            Self::BackendUnavailable { backend } => {
                write!(f, "backend {backend} is not available on this processor")
            }
        }
    }
}

impl core::error::Error for Error {}
