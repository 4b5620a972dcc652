//! The operations on batches of rows.

use surprisal::{Bf16, F16};

use super::{argument, element, export};
use crate::{call::Call, operations};

export! {
    operations [
        options: options, n_rows: size, n_classes: size => Call::new(options, n_rows, n_classes)
    ] {
        losses(logits: logits, labels: labels, losses: output) =>
            surprisal_losses_f32: f32, surprisal_losses_f64: f64,
            surprisal_losses_f16: F16, surprisal_losses_bf16: Bf16;
        total(logits: logits, labels: labels, total: total_out) =>
            surprisal_total_f32: f32, surprisal_total_f64: f64,
            surprisal_total_f16: F16, surprisal_total_bf16: Bf16;
        gradients(logits: logits, labels: labels, upstream: input, gradients: logits_out) =>
            surprisal_gradients_f32: f32, surprisal_gradients_f64: f64,
            surprisal_gradients_f16: F16, surprisal_gradients_bf16: Bf16;
        gradients(logits: logits, labels: labels, upstream: input, gradients: output) =>
            surprisal_gradients_f16_f32: F16, surprisal_gradients_bf16_f32: Bf16;
        gradients_in_place(logits: logits_out, labels: labels, upstream: input) =>
            surprisal_gradients_in_place_f32: f32, surprisal_gradients_in_place_f64: f64,
            surprisal_gradients_in_place_f16: F16, surprisal_gradients_in_place_bf16: Bf16;
        losses_and_gradients(
            logits: logits, labels: labels, upstream: input, losses: output,
            gradients: logits_out
        ) =>
            surprisal_losses_and_gradients_f32: f32, surprisal_losses_and_gradients_f64: f64,
            surprisal_losses_and_gradients_f16: F16, surprisal_losses_and_gradients_bf16: Bf16;
        losses_and_gradients(
            logits: logits, labels: labels, upstream: input, losses: output, gradients: output
        ) =>
            surprisal_losses_and_gradients_f16_f32: F16,
            surprisal_losses_and_gradients_bf16_f32: Bf16;
        losses_and_gradients_in_place(
            logits: logits_out, labels: labels, upstream: input, losses: output
        ) =>
            surprisal_losses_and_gradients_in_place_f32: f32,
            surprisal_losses_and_gradients_in_place_f64: f64,
            surprisal_losses_and_gradients_in_place_f16: F16,
            surprisal_losses_and_gradients_in_place_bf16: Bf16;
        probabilities(logits: logits, probabilities: output) =>
            surprisal_probabilities_f32: f32, surprisal_probabilities_f64: f64,
            surprisal_probabilities_f16: F16, surprisal_probabilities_bf16: Bf16;
        hessian_diagonals(logits: logits, labels: labels, diagonals: output) =>
            surprisal_hessian_diagonals_f32: f32, surprisal_hessian_diagonals_f64: f64,
            surprisal_hessian_diagonals_f16: F16, surprisal_hessian_diagonals_bf16: Bf16;
        hessians(logits: logits, labels: labels, hessians: output) =>
            surprisal_hessians_f32: f32, surprisal_hessians_f64: f64,
            surprisal_hessians_f16: F16, surprisal_hessians_bf16: Bf16;
        packed_hessians(logits: logits, labels: labels, packed: output) =>
            surprisal_packed_hessians_f32: f32, surprisal_packed_hessians_f64: f64,
            surprisal_packed_hessians_f16: F16, surprisal_packed_hessians_bf16: Bf16;
        hessian_vector_products(
            logits: logits, labels: labels, vectors: input, products: output
        ) =>
            surprisal_hessian_vector_products_f32: f32,
            surprisal_hessian_vector_products_f64: f64,
            surprisal_hessian_vector_products_f16: F16,
            surprisal_hessian_vector_products_bf16: Bf16;
        row_states(logits: logits, states: states_out) =>
            surprisal_row_states_f32: f32, surprisal_row_states_f64: f64,
            surprisal_row_states_f16: F16, surprisal_row_states_bf16: Bf16;
        merge_row_states(states: states_out, next: states) =>
            surprisal_merge_row_states_f32: f32, surprisal_merge_row_states_f64: f64;
        losses_of_states(states: states, label_logits: input, losses: output) =>
            surprisal_losses_of_states_f32: f32, surprisal_losses_of_states_f64: f64;
        gradients_of_states(
            states: states, logits: logits, first_class: size, labels: labels, upstream: input,
            gradients: logits_out
        ) =>
            surprisal_gradients_of_states_f32: f32, surprisal_gradients_of_states_f64: f64,
            surprisal_gradients_of_states_f16: F16, surprisal_gradients_of_states_bf16: Bf16;
        gradients_of_states(
            states: states, logits: logits, first_class: size, labels: labels, upstream: input,
            gradients: output
        ) =>
            surprisal_gradients_of_states_f16_f32: F16,
            surprisal_gradients_of_states_bf16_f32: Bf16;
    }
}
