//! The call itself.

use std::{ffi::c_void, ptr};

use crate::{
    arrays::Slot,
    call::Call,
    function::Function as F,
    functions::{CReal, Detail, Labels, Options},
    options::{Given, Pointer},
};

impl<T: CReal> Call<T> {
    /// Calls the function: its status, and the detail before and after, where there is one.
    pub fn run(&mut self) -> (i32, Option<(Detail, Detail)>) {
        let options = self.c_options();
        let options = match self.options.pointer {
            Pointer::Null => ptr::null(),
            Pointer::Misaligned => (&raw const options).wrapping_byte_add(1),
            Pointer::Right | Pointer::OfAnotherSize => &raw const options,
        };
        let before = Detail {
            size: self.detail_size,
            argument: [7; 32],
            row: 7,
            class_index: 7,
            label: 7,
            value: 7.0,
        };
        let mut after = before;
        let detail = match self.detail_size {
            0 => ptr::null_mut(),
            _ => &raw mut after,
        };
        let (rows, classes) = (self.sizes.n_rows, self.sizes.n_classes);
        let labels = Labels {
            data: self.pointer(Slot::Labels),
            integer: self.label_type,
        };
        let mut at = |slot: Slot| self.pointer(slot).cast::<T>();
        let [logits, upstream, vectors, losses, output, label_logits] = [
            Slot::Logits,
            Slot::Upstream,
            Slot::Vectors,
            Slot::Losses,
            Slot::Output,
            Slot::LabelLogits,
        ]
        .map(&mut at);
        let [states, next] = [Slot::States, Slot::NextStates].map(|slot| at(slot).cast());
        let total = at(Slot::Total).cast();
        let (function, first, f) = (self.function, self.first_class, T::FUNCTIONS);
        macro_rules! call {
            ($name:ident($($argument:expr),*)) => {
                // SAFETY: arrays of sizes that are not refused lie in the arena, of which there is
                // no other reference; `Call::read` sees to that.
                unsafe { (f.$name)(options, rows, classes, $($argument,)* detail) }
            };
        }
        let status = match function {
            F::Losses => call!(losses(logits, labels, losses)),
            F::Total => call!(total(logits, labels, total)),
            F::Gradients => call!(gradients(logits, labels, upstream, output)),
            F::GradientsInPlace => call!(gradients_in_place(logits, labels, upstream)),
            F::LossesAndGradients => {
                call!(losses_and_gradients(
                    logits, labels, upstream, losses, output
                ))
            }
            F::LossesAndGradientsInPlace => {
                call!(losses_and_gradients_in_place(
                    logits, labels, upstream, losses
                ))
            }
            F::Probabilities => call!(probabilities(logits, output)),
            F::HessianDiagonals => call!(hessian_diagonals(logits, labels, output)),
            F::Hessians => call!(hessians(logits, labels, output)),
            F::PackedHessians => call!(packed_hessians(logits, labels, output)),
            F::HessianVectorProducts => {
                call!(hessian_vector_products(logits, labels, vectors, output))
            }
            F::RowStates => call!(row_states(logits, states)),
            F::MergeRowStates => call!(merge_row_states(states, next)),
            F::LossesOfStates => call!(losses_of_states(states, label_logits, losses)),
            F::GradientsOfStates => {
                call!(gradients_of_states(
                    states, logits, first, labels, upstream, output
                ))
            }
        };
        (status, (self.detail_size != 0).then_some((before, after)))
    }

    fn pointer(&mut self, slot: Slot) -> *mut c_void {
        let at = self.arrays[slot as usize].and_then(|array| array.at);
        at.map_or(ptr::null_mut(), |at| self.arena.at(at))
    }

    fn c_options(&mut self) -> Options {
        let given = self.options;
        let mut weights = [[ptr::null(); 2]; 3];
        let slots = [Slot::ClassWeights, Slot::RowWeights, Slot::Targets];
        for ((pointers, slot), given) in weights.iter_mut().zip(slots).zip(given.weights) {
            let pointer = self.pointer(slot).cast_const();
            match given {
                Given::No => {}
                Given::F32 => pointers[0] = pointer,
                Given::F64 => pointers[1] = pointer,
                Given::Both => *pointers = [self.arena.at(0).cast_const(); 2],
            }
        }
        Options {
            size: match given.pointer {
                Pointer::OfAnotherSize => 8,
                _ => size_of::<Options>(),
            },
            row_stride: given.row_stride,
            ignored_labels: self.pointer(Slot::IgnoredLabels),
            n_ignored_labels: given.n_ignored_labels,
            weights,
            denominator: given.denominator,
            label_smoothing: given.label_smoothing[0],
            label_smoothing_over_others: given.label_smoothing[1],
            z_loss: given.z_loss,
            softcap: given.softcap,
            temperature: given.temperature,
            reduction: given.reduction,
            backend: given.backend,
        }
    }
}
