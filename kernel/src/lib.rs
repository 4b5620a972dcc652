//! Categorical cross-entropy from logits: loss, gradient and Hessian of every row, exact to 2 ulp.
//!
//! For a row of logits z with label y and p = softmax(z):
//!
//! ```text
//! loss      L    = ln(sum_j e^(z_j)) - z_y      in nats: the surprisal -ln p_y
//! gradient  g_j  = p_j - [j = y]
//! Hessian   H_ij = p_i [i = j] - p_i p_j        diag p - p p^T
//! ```
//!
//! The label's logit is looked up: there is no softmax tensor and no one-hot product. Everything
//! works on flat row-major slices, needs neither `std` nor an allocator, and cannot panic.
//!
//! # Guarantees
//!
//! - **Exact where the textbook cancels.** Every loss, probability, gradient entry and Hessian
//!   entry is within 2 ulp of the exact value of the given logits, subnormal results and
//!   magnitudes up to the largest finite number included. A confident row's loss of 1e-18 is
//!   1e-18. [`hessian_vector_products`](CrossEntropy::hessian_vector_products) have the bound
//!   that their documentation gives.
//! - **The same bits** on every [`Backend`] of one [`ArithmeticClass`], in any batch, in place
//!   or not.
//! - **All or nothing.** Shapes, labels and options are checked before the first output is
//!   written; an [`Error`] names the argument, the row and the value.
//! - **Odd rows have one policy**, the same in every operation:
//!
//! | row | result |
//! |---|---|
//! | a logit is -inf | the class is masked: its probability, gradient and Hessian entries are 0 |
//! | the label is masked | loss +inf; gradient p with -1 at the label |
//! | all logits -inf, any NaN, any +inf | NaN in every output of that row; other rows untouched |
//! | ignored | every output exactly 0, whatever the row holds |
//! | one class | loss, gradient and Hessian 0 |
//!
//! # Use
//!
//! [`CrossEntropy`] holds the options; each operation is a method of it, with an example.
//!
//! ```
//! use surprisal::{CrossEntropy, Denominator, Reduction};
//!
//! let logits = [1.2_f64, -0.8, -0.5, 0.9, -1.2, 1.1];
//! let labels = [0, 1];
//! let loss = CrossEntropy::new().reduction(Reduction::Mean(Denominator::Rows));
//!
//! let (mut losses, mut gradients) = ([0.0; 2], [0.0; 6]);
//! loss.losses_and_gradients(&logits, 3, &labels, None, &mut losses, &mut gradients)?;
//! assert!((losses[0] - 0.276129705545538).abs() < 1e-14);
//! // The mean divides gradients by the number of rows.
//! assert!((gradients[0] - -0.241285485101224 / 2.0).abs() < 1e-14);
//! # Ok::<(), surprisal::Error>(())
//! ```
//!
//! [`CrossEntropy::row_hessian`] makes a [`RowHessian`], which multiplies, factors, inverts and solves
//! with the Hessian of a row in O(C).
//!
//! Logits are `f32`, `f64`, [`Bf16`] or [`F16`]; the last two are widened as they are read, and
//! losses come out in `f32`. Rows whose logits are not all in one place, in time or in memory, are
//! computed from [`RowState`]s of their parts.
//!
//! # How it is computed
//!
//! The state of a row is its largest logit, its exponential, and the sum of all *other*
//! exponentials: with the largest term left out of the sum, the loss ln(1 + w / e^m), the
//! label's gradient -w / S and 1 - p are quotients of sums of positive terms, and nothing
//! cancels. Logits are reduced by multiples of ln 2 as they are, so the difference to the
//! maximum is never rounded; terms are scaled by powers of two only; every lane sums without
//! losing what is rounded off. Rows are read once, while memory is on its way: their sums begin on
//! a scale that the first logits suggest, and the rare row that this does not suit is summed again.
//! Narrow rows are computed side by side, a row a lane. One algorithm, over one vector trait, serves
//! `f32` and `f64` on every backend, with pairs of the element type where twice the precision is
//! needed.
//!
//! # Features
//!
//! `std` (default): run-time detection of the processor's instructions. Without it the best
//! backend that the compiler was told about is used. Nothing else depends on it.
//!
//! `portable-fused` (default): the backend of that name, which small programs can do without.

#![no_std]
#![forbid(unsafe_code)]

mod backend;
mod base;
mod code;
mod cross_entropy;
mod door;
mod element;
mod error;
mod exponential;
mod half;
mod label;
mod lane_sum;
mod logarithm;
mod logit;
mod numbers;
mod objective;
mod operation;
mod pair;
mod polynomial;
mod reduction;
mod row;
pub mod row_hessian;
mod row_slices;
mod row_state;
mod shapes;
mod values;
mod vector;
mod weighing;
mod weights;

pub use backend::{ArithmeticClass, Backend, UnknownBackend};
pub use cross_entropy::CrossEntropy;
pub use element::Element;
pub use error::Error;
pub use half::{Bf16, F16};
pub use label::Label;
pub use logit::{GradientOf, Logit};
pub use reduction::{Denominator, Reduction, Total};
pub use row_hessian::{Definiteness, RowHessian};
pub use row_state::RowState;
pub use values::Values;
