//! Values that others computed: mpmath's for hard rows and `torch`'s for its options, from `data/`,
//! and the few that are fixed by hand.

mod accuracy;
mod conformance;
pub mod fixed;

pub use accuracy::{AccuracyCase, accuracy};
pub use conformance::{ConformanceCase, Expected, conformance};
