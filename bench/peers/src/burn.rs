//! `burn` on its backend of `ndarray`: its cross-entropy without the mean, since losses are wanted
//! row by row.

use std::fmt;

use burn_autodiff::Autodiff;
use burn_ndarray::NdArray;
use burn_tensor::{Int, Tensor, TensorData, activation::log_softmax, backend::Backend};
use surprisal_bench::{
    Buffers, Contender, Inputs,
    verification::{Exact, Tolerance},
};

use crate::Results;

/// Log-softmax, gathered by label; gradients by automatic differentiation, which treats the
/// maximum as a constant.
#[derive(Debug)]
pub struct Burn {
    /// Whether gradients are computed.
    pub with_gradient: bool,
    state: Option<State>,
}

#[derive(Debug)]
struct State {
    plain: Tensors<NdArray>,
    differentiable: Tensors<Autodiff<NdArray>>,
    losses: Option<Tensor<NdArray, 2>>,
    gradients: Option<Tensor<NdArray, 2>>,
}

impl Burn {
    /// Nothing is computed yet.
    pub fn new(with_gradient: bool) -> Self {
        Self {
            with_gradient,
            state: None,
        }
    }
}

#[derive(Debug)]
struct Tensors<B: Backend> {
    logits: Tensor<B, 2>,
    labels: Tensor<B, 2, Int>,
}

impl<B: Backend> Tensors<B> {
    fn new(inputs: &Inputs) -> Self {
        let (n_rows, device) = (inputs.labels.len(), B::Device::default());
        let logits = TensorData::new(inputs.logits.clone(), [n_rows, inputs.n_classes]);
        let labels: Vec<i64> = inputs.labels.iter().map(|&label| label.into()).collect();
        let labels = TensorData::new(labels, [n_rows, 1]);
        Self {
            logits: Tensor::from_data(logits, &device),
            labels: Tensor::from_data(labels, &device),
        }
    }

    fn losses(&self) -> Tensor<B, 2> {
        let logits = log_softmax(self.logits.clone(), 1);
        logits.gather(1, self.labels.clone()).neg()
    }
}

impl Contender for Burn {
    fn prepare(&mut self, inputs: &Inputs, _: &mut Buffers) {
        let mut differentiable = Tensors::new(inputs);
        differentiable.logits = differentiable.logits.require_grad();
        self.state = Some(State {
            plain: Tensors::new(inputs),
            differentiable,
            losses: None,
            gradients: None,
        });
    }

    fn run(&mut self, _: &Inputs, _: &mut Buffers) {
        let state = self.state.as_mut().expect("it is prepared");
        if self.with_gradient {
            let losses = state.differentiable.losses();
            let gradients = losses.clone().sum().backward();
            state.gradients = state.differentiable.logits.grad(&gradients);
            state.losses = Some(losses.inner());
        } else {
            state.losses = Some(state.plain.losses());
        }
    }

    fn check(&self, inputs: &Inputs, _: &Buffers, exact: &Exact) {
        let numbers = |tensor: Tensor<NdArray, 2>| {
            let numbers = tensor.into_data().to_vec();
            numbers.expect("the results are f32")
        };
        let state = self.state.as_ref().expect("it has run");
        let losses = state.losses.clone().expect("it has run");
        let results = Results {
            losses: numbers(losses),
            gradients: state.gradients.clone().map(numbers),
        };
        let honest = Tolerance::honest(inputs.n_classes);
        let tolerance = Tolerance {
            // It differentiates the logarithm by the processor's approximate reciprocal (`rcpps`),
            // whose documented error is 1.5 * 2^-12.
            probability: honest.probability + 1.5 / 4096.0,
            ..honest
        };
        results.check(self, tolerance, inputs, exact);
    }
}

impl fmt::Display for Burn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("burn ndarray")
    }
}
