//! Other Rust packages as contenders of the kernel: losses of every row, alone or with gradients.
//!
//! Each is used as its documentation shows: tensors made before the clock runs, results as new
//! tensors, gradients by its automatic differentiation where it has one. They are held to the
//! [`Tolerance`] of honest `f32` arithmetic with sums in any order, whose chains of additions are
//! at most as long as the row, and to no more than that beyond what they are known to round.

mod burn;
mod by_hand;
mod candle;

pub use burn::Burn;
pub use by_hand::ByHand;
pub use candle::Candle;

use std::fmt::Display;

use surprisal_bench::{
    Buffers, Inputs, Task,
    verification::{Bound, Exact, Tolerance},
};

/// What a contender has computed, as plain numbers.
struct Results {
    losses: Vec<f32>,
    gradients: Option<Vec<f32>>,
}

impl Results {
    /// Compares them with the exact ones.
    fn check(self, contender: &dyn Display, tolerance: Tolerance, inputs: &Inputs, exact: &Exact) {
        let task = Task::loss(self.gradients.is_some());
        let mut buffers = Buffers::new(task, inputs);
        buffers.losses = self.losses;
        buffers.outputs = self.gradients.unwrap_or_default();
        exact.check(contender, task, Bound::Within(tolerance), inputs, &buffers);
    }
}
