//! Linear layers: logits that are features times coefficients.

mod features;
mod gauss_newton;
pub(crate) mod matrix;
pub(crate) mod sums;

pub use features::Features;
pub use gauss_newton::GaussNewton;
pub(crate) use gauss_newton::{LogitsOf, diagonal, product};
