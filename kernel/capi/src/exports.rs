//! The exported functions: one line each, by the order of the header.

use surprisal::RowState;

use crate::{
    call::Call,
    labels::Labels,
    operations,
    options::Options,
    status::{Detail, Status, report},
    total::CTotal,
};

/// The type of an argument: `input`, `output` and the like of elements `$t`.
macro_rules! argument {
    ($t:ty, input) => { *const $t };
    ($t:ty, output) => { *mut $t };
    ($t:ty, labels) => { Labels };
    ($t:ty, size) => { usize };
    ($t:ty, total) => { *mut CTotal };
    ($t:ty, states) => { *const RowState<$t> };
    ($t:ty, states_out) => { *mut RowState<$t> };
}

/// Exports functions for `f32` and `f64`. Each has the options, the numbers of rows and classes,
/// the arguments of its line, and the detail; and it is a function below, which gets the call.
macro_rules! export {
    ($($f32:ident, $f64:ident => $run:ident($($argument:ident: $kind:ident),*);)*) => {
        $(
            export!(@one f32, $f32 => $run($($argument: $kind),*));
            export!(@one f64, $f64 => $run($($argument: $kind),*));
        )*

        /// Every function with its prototype in C.
        #[cfg(test)]
        pub(crate) fn exported() -> std::vec::Vec<std::string::String> {
            use crate::tests::prototypes::Prototype;
            std::vec![$(
                Prototype::prototype(
                    $f32 as unsafe extern "C" fn(_, _, _, $(argument!(f32, $kind),)* _) -> _,
                    stringify!($f32),
                ),
                Prototype::prototype(
                    $f64 as unsafe extern "C" fn(_, _, _, $(argument!(f64, $kind),)* _) -> _,
                    stringify!($f64),
                ),
            )*]
        }
    };
    (@one $t:ident, $name:ident => $run:ident($($argument:ident: $kind:ident),*)) => {
        #[doc = concat!("`", stringify!($name), "`, see the header.")]
        ///
        /// # Safety
        ///
        /// Pointers are what the header asks for.
        #[unsafe(no_mangle)]
        pub(crate) unsafe extern "C" fn $name(
            options: *const Options,
            n_rows: usize,
            n_classes: usize,
            $($argument: argument!($t, $kind),)*
            detail: *mut Detail,
        ) -> Status {
            // SAFETY: the caller's promise.
            unsafe {
                report(detail, || {
                    let call = Call::new(options, n_rows, n_classes)?;
                    operations::$run::<$t>(call, $($argument),*)
                })
            }
        }
    };
}

export! {
    surprisal_losses_f32, surprisal_losses_f64 => losses(
        logits: input, labels: labels, losses: output);
    surprisal_total_f32, surprisal_total_f64 => total(
        logits: input, labels: labels, total: total);
    surprisal_gradients_f32, surprisal_gradients_f64 => gradients(
        logits: input, labels: labels, upstream: input, gradients: output);
    surprisal_gradients_in_place_f32, surprisal_gradients_in_place_f64 => gradients_in_place(
        logits: output, labels: labels, upstream: input);
    surprisal_losses_and_gradients_f32, surprisal_losses_and_gradients_f64
        => losses_and_gradients(
        logits: input, labels: labels, upstream: input, losses: output, gradients: output);
    surprisal_losses_and_gradients_in_place_f32, surprisal_losses_and_gradients_in_place_f64
        => losses_and_gradients_in_place(
        logits: output, labels: labels, upstream: input, losses: output);
    surprisal_probabilities_f32, surprisal_probabilities_f64 => probabilities(
        logits: input, probabilities: output);
    surprisal_hessian_diagonals_f32, surprisal_hessian_diagonals_f64 => hessian_diagonals(
        logits: input, labels: labels, diagonals: output);
    surprisal_hessians_f32, surprisal_hessians_f64 => hessians(
        logits: input, labels: labels, hessians: output);
    surprisal_packed_hessians_f32, surprisal_packed_hessians_f64 => packed_hessians(
        logits: input, labels: labels, packed: output);
    surprisal_hessian_vector_products_f32, surprisal_hessian_vector_products_f64
        => hessian_vector_products(
        logits: input, labels: labels, vectors: input, products: output);
    surprisal_row_states_f32, surprisal_row_states_f64 => row_states(
        logits: input, states: states_out);
    surprisal_merge_row_states_f32, surprisal_merge_row_states_f64 => merge_row_states(
        states: states_out, next: states);
    surprisal_losses_of_states_f32, surprisal_losses_of_states_f64 => losses_of_states(
        states: states, label_logits: input, losses: output);
    surprisal_gradients_of_states_f32, surprisal_gradients_of_states_f64 => gradients_of_states(
        states: states, logits: input, first_class: size, labels: labels, upstream: input,
        gradients: output);
}
