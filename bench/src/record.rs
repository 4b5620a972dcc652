//! Records: what criterion has measured, as Markdown tables of medians and ratios.

mod machine;
mod measurements;
mod tables;

pub use machine::machine;
pub use measurements::{Measurement, measurements};
pub use tables::tables;
