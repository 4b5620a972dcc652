//! The textbook with `ndarray`: whole-array expressions, as they are written in NumPy.

use std::fmt;

use ndarray::{Array1, Array2, Axis};
use surprisal_bench::{
    Buffers, Contender, Inputs,
    verification::{Exact, Tolerance},
};

use crate::Results;

/// Maximum, exponentials, sum, logarithm, minus the logit of the label; gradient the exponentials
/// over their sum, less 1 at the label.
#[derive(Debug)]
pub struct ByHand {
    /// Whether gradients are computed.
    pub with_gradient: bool,
    logits: Array2<f32>,
    losses: Array1<f32>,
    gradients: Option<Array2<f32>>,
}

impl ByHand {
    /// Nothing is computed yet.
    pub fn new(with_gradient: bool) -> Self {
        Self {
            with_gradient,
            logits: Array2::default((0, 0)),
            losses: Array1::default(0),
            gradients: None,
        }
    }
}

impl Contender for ByHand {
    fn prepare(&mut self, inputs: &Inputs, _: &mut Buffers) {
        let shape = (inputs.labels.len(), inputs.n_classes);
        let logits = Array2::from_shape_vec(shape, inputs.logits.clone());
        self.logits = logits.expect("the logits have the shape");
    }

    fn run(&mut self, inputs: &Inputs, _: &mut Buffers) {
        let maximum =
            |row: ndarray::ArrayView1<'_, f32>| row.fold(f32::NEG_INFINITY, |a, &b| a.max(b));
        let maxima = self.logits.map_axis(Axis(1), maximum);
        let shifted = &self.logits - &maxima.insert_axis(Axis(1));
        let exponentials = shifted.exp();
        let sums = exponentials.sum_axis(Axis(1));
        let labels = inputs.labels.iter().map(|&label| label as usize);
        let of_labels: Array1<f32> = labels.clone().enumerate().map(|at| shifted[at]).collect();
        self.losses = sums.ln() - of_labels;
        if self.with_gradient {
            let mut gradients = exponentials / &sums.insert_axis(Axis(1));
            for at in labels.enumerate() {
                gradients[at] -= 1.0;
            }
            self.gradients = Some(gradients);
        }
    }

    fn check(&self, inputs: &Inputs, _: &Buffers, exact: &Exact) {
        let gradients = self.gradients.as_ref();
        let results = Results {
            losses: self.losses.to_vec(),
            gradients: gradients.map(|gradients| gradients.iter().copied().collect()),
        };
        results.check(self, Tolerance::honest(inputs.n_classes), inputs, exact);
    }
}

impl fmt::Display for ByHand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ndarray by hand")
    }
}
