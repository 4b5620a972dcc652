//! The textbook version of the cross-entropy of logits: specification, tutorial and oracle.
//!
//! [`Row`] is the specification. It says in a few lines what the loss of a row is, and its
//! gradient and Hessian, and it computes them in [`Wide`], double-doubles that neither overflow
//! nor underflow, with about 2^-100 of relative error: exact for any purpose of `f32` and `f64`.
//! [`Objective`] is the same under the options of the loss: weights, label smoothing, target
//! probabilities, z-loss, softcap, temperature. Every fast path of `surprisal` is compared with
//! them:
//!
//! * [`tiers`] has the inputs: hard ones found by thought, arguments spaced over their range,
//!   random rows, and the odd rows with infinities and NaN;
//! * [`error_measure`] says how far a result is from the exact value, in ulps;
//! * [`budget`] has the figures that may not be exceeded, and may not be loose either;
//! * [`vectors`] has values that others computed: mpmath and `torch`;
//! * [`check`] says what arguments are refused.
//!
//! ```
//! use surprisal_reference::{Row, error_measure};
//!
//! let row = Row::new(&[0.0, -40.0]);
//! let loss = row.loss(0);
//! assert_eq!(loss.to_f64(), 4.248354255291589e-18);
//! // The usual way cancels everything.
//! let usual = (1.0 + (-40.0_f64).exp()).ln();
//! assert!(error_measure::ulps(usual, loss) > 1e15);
//! ```

#![forbid(unsafe_code)]

pub mod budget;
mod door;
mod elementary;
pub mod error_measure;
mod float;
mod objective;
mod pair;
mod textbook;
pub mod tiers;
pub mod vectors;
mod wide;

pub use door::{Refusal, check};
pub use float::Float;
pub use objective::{Objective, Options, Target};
pub use textbook::Row;
pub use wide::Wide;
