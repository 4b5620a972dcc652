//! Values that others computed, from `data/`: mpmath's for hard rows, `torch`'s for its options.

mod accuracy;
mod conformance;

pub use accuracy::{AccuracyCase, accuracy};
pub use conformance::{ConformanceCase, Expected, conformance};
