//! `candle`: its cross-entropy without the mean, since losses are wanted row by row.

use std::fmt;

use candle_core::{Device, Result, Tensor, Var};
use candle_nn::ops::log_softmax;
use surprisal_bench::{
    Buffers, Contender, Inputs,
    verification::{Exact, Tolerance},
};

use crate::Results;

/// Log-softmax, gathered by label; gradients by automatic differentiation.
#[derive(Debug)]
pub struct Candle {
    /// Whether gradients are computed.
    pub with_gradient: bool,
    state: Option<State>,
}

#[derive(Debug)]
struct State {
    logits: Var,
    labels: Tensor,
    losses: Tensor,
    gradients: Option<Tensor>,
}

impl Candle {
    /// Nothing is computed yet.
    pub fn new(with_gradient: bool) -> Self {
        Self {
            with_gradient,
            state: None,
        }
    }
}

fn state(inputs: &Inputs) -> Result<State> {
    let device = &Device::Cpu;
    let n_rows = inputs.labels.len();
    let logits = Tensor::from_slice(&inputs.logits, (n_rows, inputs.n_classes), device)?;
    let labels = Tensor::from_slice(&inputs.labels, (n_rows, 1), device)?;
    Ok(State {
        logits: Var::from_tensor(&logits)?,
        labels,
        losses: Tensor::new(0_f32, device)?,
        gradients: None,
    })
}

impl State {
    fn compute(&mut self, with_gradient: bool) -> Result<()> {
        if with_gradient {
            let losses = losses(self.logits.as_tensor(), &self.labels)?;
            let mut gradients = losses.sum_all()?.backward()?;
            self.gradients = gradients.remove(&self.logits);
            self.losses = losses.detach();
        } else {
            self.losses = losses(&self.logits.as_detached_tensor(), &self.labels)?;
        }
        Ok(())
    }

    fn results(&self) -> Result<Results> {
        let numbers = |tensor: &Tensor| tensor.flatten_all()?.to_vec1();
        Ok(Results {
            losses: numbers(&self.losses)?,
            gradients: self.gradients.as_ref().map(numbers).transpose()?,
        })
    }
}

fn losses(logits: &Tensor, labels: &Tensor) -> Result<Tensor> {
    log_softmax(logits, 1)?.gather(labels, 1)?.neg()
}

impl Contender for Candle {
    fn prepare(&mut self, inputs: &Inputs, _: &mut Buffers) {
        self.state = Some(state(inputs).expect("the tensors can be made"));
    }

    fn run(&mut self, _: &Inputs, _: &mut Buffers) {
        let state = self.state.as_mut().expect("it is prepared");
        state.compute(self.with_gradient).expect("the tensors fit");
    }

    fn check(&self, inputs: &Inputs, _: &Buffers, exact: &Exact) {
        let state = self.state.as_ref().expect("it has run");
        let results = state.results().expect("the results can be read");
        let honest = Tolerance::honest(inputs.n_classes);
        let tolerance = Tolerance {
            // It differentiates the maximum that is subtracted, too. What goes through it is the
            // sum of the gradient: it should be 0, and is what the summing of numbers of
            // magnitude 2 in all has rounded off.
            at_largest: 2.0 * honest.probability,
            ..honest
        };
        results.check(self, tolerance, inputs, exact);
    }
}

impl fmt::Display for Candle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("candle")
    }
}
