//! What the Rust interface makes of the same arguments.

use surprisal::{CrossEntropy, Error, RowState};

use crate::{
    arena::Arena,
    arrays::{Array, Slot},
    call::Call,
    function::Function as F,
    functions::CReal,
    options::Given,
};

/// Runs an expression on the labels, whatever their type.
macro_rules! with_labels {
    ($call:ident, $arena:ident, |$labels:ident| $run:expr) => {
        match $call.label_type {
            1 => {
                let $labels = $call.array::<u8>($arena, Slot::Labels);
                $run
            }
            2 => {
                let $labels = $call.array::<i32>($arena, Slot::Labels);
                $run
            }
            _ => {
                let $labels = $call.array::<i64>($arena, Slot::Labels);
                $run
            }
        }
    };
}

/// Weights in the precision that they have.
enum Weights {
    F32(Vec<f32>),
    F64(Vec<f64>),
}

impl<T: CReal> Call<T> {
    /// Computes on copies of the arrays, and writes the outputs into the arena.
    pub fn expected(&self, arena: &mut Arena) -> Result<(), Error> {
        let ignored: Vec<i64> = self.array(arena, Slot::IgnoredLabels);
        let weights = [
            self.weights(arena, Slot::ClassWeights, 0),
            self.weights(arena, Slot::RowWeights, 1),
            self.weights(arena, Slot::Targets, 2),
        ];
        let mut loss = self.options.loss().ignore_labels(&ignored);
        let [of_classes, of_rows, targets] = &weights;
        loss = match of_classes {
            None => loss,
            Some(Weights::F32(weights)) => loss.class_weights(&weights[..]),
            Some(Weights::F64(weights)) => loss.class_weights(&weights[..]),
        };
        loss = match of_rows {
            None => loss,
            Some(Weights::F32(weights)) => loss.row_weights(&weights[..]),
            Some(Weights::F64(weights)) => loss.row_weights(&weights[..]),
        };
        loss = match targets {
            None => loss,
            Some(Weights::F32(weights)) => loss.target_probabilities(&weights[..]),
            Some(Weights::F64(weights)) => loss.target_probabilities(&weights[..]),
        };
        match self.function {
            F::RowStates | F::MergeRowStates | F::LossesOfStates => self.states(loss, arena),
            F::Probabilities => {
                let (logits, mut out) = (self.numbers(arena, Slot::Logits), self.output(arena));
                loss.probabilities(&logits, self.sizes.n_classes, &mut out)?;
                self.write(arena, Slot::Output, &out);
                Ok(())
            }
            F::Losses | F::Total => self.losses(loss, arena),
            F::HessianDiagonals | F::Hessians | F::PackedHessians | F::HessianVectorProducts => {
                self.hessians(loss, arena)
            }
            _ => self.gradients(loss, arena),
        }
    }

    fn losses(&self, loss: CrossEntropy<'_>, arena: &mut Arena) -> Result<(), Error> {
        let (logits, n) = (self.numbers(arena, Slot::Logits), self.sizes.n_classes);
        if self.function == F::Total {
            let total = with_labels!(self, arena, |labels| loss.total(&logits, n, &labels))?;
            let counts = [
                total.rows_counted,
                total.rows_ignored,
                total.rows_non_finite,
            ];
            let [counted, ignored, non_finite] = counts.map(|count| count as u64);
            let total = [
                total.sum.to_bits(),
                total.weight.to_bits(),
                counted,
                ignored,
                non_finite,
            ];
            self.write(arena, Slot::Total, &total);
        } else {
            let mut out = self.numbers(arena, Slot::Losses);
            with_labels!(self, arena, |labels| loss
                .losses(&logits, n, &labels, &mut out))?;
            self.write(arena, Slot::Losses, &out);
        }
        Ok(())
    }

    fn gradients(&self, loss: CrossEntropy<'_>, arena: &mut Arena) -> Result<(), Error> {
        let (mut logits, n) = (self.numbers(arena, Slot::Logits), self.sizes.n_classes);
        let upstream = self.arrays[Slot::Upstream as usize].and_then(|array| array.at);
        let upstream = upstream.map(|_| self.numbers(arena, Slot::Upstream));
        let upstream = upstream.as_deref();
        let (mut losses, mut out) = (self.numbers(arena, Slot::Losses), self.output(arena));
        let states = self.row_states(arena, Slot::States);
        with_labels!(self, arena, |labels| match self.function {
            F::GradientsInPlace => loss.gradients_in_place(&mut logits, n, &labels, upstream),
            F::LossesAndGradients =>
                loss.losses_and_gradients(&logits, n, &labels, upstream, &mut losses, &mut out),
            F::LossesAndGradientsInPlace => {
                loss.losses_and_gradients_in_place(&mut logits, n, &labels, upstream, &mut losses)
            }
            F::GradientsOfStates => loss.gradients_of_states(
                &states,
                &logits,
                n,
                self.first_class,
                &labels,
                upstream,
                &mut out
            ),
            _ => loss.gradients(&logits, n, &labels, upstream, &mut out),
        })?;
        let in_place = [F::GradientsInPlace, F::LossesAndGradientsInPlace];
        if in_place.contains(&self.function) {
            self.write(arena, Slot::Logits, &logits);
        }
        self.write(arena, Slot::Losses, &losses);
        self.write(arena, Slot::Output, &out);
        Ok(())
    }

    fn hessians(&self, loss: CrossEntropy<'_>, arena: &mut Arena) -> Result<(), Error> {
        let (logits, n) = (self.numbers(arena, Slot::Logits), self.sizes.n_classes);
        let vectors = self.numbers(arena, Slot::Vectors);
        let mut out = self.output(arena);
        with_labels!(self, arena, |labels| match self.function {
            F::HessianDiagonals => loss.hessian_diagonals(&logits, n, &labels, &mut out),
            F::Hessians => loss.hessians(&logits, n, &labels, &mut out),
            F::PackedHessians => loss.packed_hessians(&logits, n, &labels, &mut out),
            _ => loss.hessian_vector_products(&logits, n, &labels, &vectors, &mut out),
        })?;
        self.write(arena, Slot::Output, &out);
        Ok(())
    }

    fn states(&self, loss: CrossEntropy<'_>, arena: &mut Arena) -> Result<(), Error> {
        let mut states = self.row_states(arena, Slot::States);
        match self.function {
            F::RowStates => {
                let logits = self.numbers(arena, Slot::Logits);
                loss.row_states(&logits, self.sizes.n_classes, &mut states)?;
            }
            F::MergeRowStates => {
                let next = self.row_states(arena, Slot::NextStates);
                loss.merge_row_states(&mut states, &next)?;
            }
            _ => {
                let label_logits = self.numbers(arena, Slot::LabelLogits);
                let mut losses = self.numbers(arena, Slot::Losses);
                loss.losses_of_states(&states, &label_logits, &mut losses)?;
                self.write(arena, Slot::Losses, &losses);
                return Ok(());
            }
        }
        let numbers: Vec<[T; 5]> = states.into_iter().map(RowState::to_parts).collect();
        self.write(arena, Slot::States, &numbers);
        Ok(())
    }

    /// The elements of an array; none of one that the call does not have.
    fn array<E: Copy>(&self, arena: &mut Arena, slot: Slot) -> Vec<E> {
        match self.arrays[slot as usize] {
            Some(array @ Array { at: Some(at), .. }) => arena.read(at, array.elements()),
            _ => Vec::new(),
        }
    }

    fn numbers(&self, arena: &mut Arena, slot: Slot) -> Vec<T> {
        self.array(arena, slot)
    }

    fn output(&self, arena: &mut Arena) -> Vec<T> {
        self.numbers(arena, Slot::Output)
    }

    fn row_states(&self, arena: &mut Arena, slot: Slot) -> Vec<RowState<T>> {
        let states: Vec<[T; 5]> = self.array(arena, slot);
        states.into_iter().map(RowState::from_parts).collect()
    }

    fn weights(&self, arena: &mut Arena, slot: Slot, which: usize) -> Option<Weights> {
        self.arrays[slot as usize]?;
        Some(match self.options.weights[which] {
            Given::F32 => Weights::F32(self.array(arena, slot)),
            _ => Weights::F64(self.array(arena, slot)),
        })
    }

    fn write<E: Copy>(&self, arena: &mut Arena, slot: Slot, elements: &[E]) {
        if let Some(Array { at: Some(at), .. }) = self.arrays[slot as usize] {
            arena.write(at, elements);
        }
    }
}
