//! Categorical cross-entropy from logits.
#![no_std]
#![forbid(unsafe_code)]
mod backend;
mod cross_entropy;
mod door;
mod element;
mod error;
mod exponential;
mod label;
mod logarithm;
mod operation;
mod pair;
mod reduction;
mod row;
mod vector;

pub use backend::{ArithmeticClass, Backend, UnknownBackend};
pub use cross_entropy::CrossEntropy;
pub use element::Element;
pub use error::Error;
pub use label::Label;
pub use reduction::{Denominator, Reduction, Total};
