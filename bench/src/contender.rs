//! Who can be timed.

use std::fmt;

use crate::{Buffers, Inputs, Precision, verification::Exact};

/// Something that computes from a batch of logits. Its name in reports is how it is displayed.
pub trait Contender<T: Precision = f32>: fmt::Display {
    /// Whether a run destroys what it starts from, so that [`prepare`](Self::prepare) is called
    /// before every run and not just before the first one.
    fn is_in_place(&self) -> bool {
        false
    }

    /// Makes the buffers ready for a run. It is not timed.
    fn prepare(&mut self, inputs: &Inputs<T>, buffers: &mut Buffers<T::Output>) {
        let _ = (inputs, buffers);
    }

    /// Computes from all rows of the inputs into the buffers.
    ///
    /// # Panics
    ///
    /// If the processor lacks the instructions, or the buffers are made for something else.
    fn run(&mut self, inputs: &Inputs<T>, buffers: &mut Buffers<T::Output>);

    /// Looks at the results of a run.
    ///
    /// # Panics
    ///
    /// With the name of the contender, if a result is wrong.
    fn check(&self, inputs: &Inputs<T>, buffers: &Buffers<T::Output>, exact: &Exact);
}
