//! The Hessian of one row, its factor and its spectrum.

use surprisal::{
    Bf16, F16, RowHessian,
    row_hessian::{Factor, Spectrum},
};

use super::{argument, element, export};
use crate::{
    call::Call,
    kept::Kept,
    values::{factor, row_hessian, spectrum},
};

/// `surprisal_row_hessian_workspace_len`.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn surprisal_row_hessian_workspace_len(n_classes: usize) -> usize {
    RowHessian::<f64>::workspace_len(n_classes)
}

/// `surprisal_spectrum_workspace_len`.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn surprisal_spectrum_workspace_len(n_classes: usize) -> usize {
    Spectrum::<f64>::workspace_len(n_classes)
}

export! {
    row_hessian [options: options, n_classes: size => Call::new(options, 1, n_classes)] {
        init(logits: logits, label: label, workspace: output, hessian: hessian_out) =>
            surprisal_row_hessian_init_f32: f32,
            surprisal_row_hessian_init_f64: f64,
            surprisal_row_hessian_init_f16: F16,
            surprisal_row_hessian_init_bf16: Bf16;
    }
    row_hessian [hessian: hessian => Call::of("hessian", hessian)] {
        gradient(gradient: output) =>
            surprisal_row_hessian_gradient_f32: f32, surprisal_row_hessian_gradient_f64: f64;
        definiteness(definiteness: integer_out) =>
            surprisal_row_hessian_definiteness_f32: f32,
            surprisal_row_hessian_definiteness_f64: f64;
        diagonal(diagonal: output) =>
            surprisal_row_hessian_diagonal_f32: f32, surprisal_row_hessian_diagonal_f64: f64;
        dense(matrix: output) =>
            surprisal_row_hessian_dense_f32: f32, surprisal_row_hessian_dense_f64: f64;
        packed(packed: output) =>
            surprisal_row_hessian_packed_f32: f32, surprisal_row_hessian_packed_f64: f64;
        trace(trace: output) =>
            surprisal_row_hessian_trace_f32: f32, surprisal_row_hessian_trace_f64: f64;
        frobenius_norm(norm: output) =>
            surprisal_row_hessian_frobenius_norm_f32: f32,
            surprisal_row_hessian_frobenius_norm_f64: f64;
        largest_eigenvalue_bounds(lower: output, upper: output) =>
            surprisal_row_hessian_largest_eigenvalue_bounds_f32: f32,
            surprisal_row_hessian_largest_eigenvalue_bounds_f64: f64;
        product(vector: input, product: output) =>
            surprisal_row_hessian_product_f32: f32, surprisal_row_hessian_product_f64: f64;
        products(n_vectors: size, vectors: input, products: output) =>
            surprisal_row_hessian_products_f32: f32, surprisal_row_hessian_products_f64: f64;
        quadratic_form(vector: input, form: output) =>
            surprisal_row_hessian_quadratic_form_f32: f32,
            surprisal_row_hessian_quadratic_form_f64: f64;
        root_product(vector: input, product: output) =>
            surprisal_row_hessian_root_product_f32: f32,
            surprisal_row_hessian_root_product_f64: f64;
        root_transposed_product(vector: input, product: output) =>
            surprisal_row_hessian_root_transposed_product_f32: f32,
            surprisal_row_hessian_root_transposed_product_f64: f64;
        monte_carlo_factor(n_columns: size, uniform: doubles, columns: output) =>
            surprisal_row_hessian_monte_carlo_factor_f32: f32,
            surprisal_row_hessian_monte_carlo_factor_f64: f64;
        damped_solve(lambda: number, right_hand_side: input, solution: output) =>
            surprisal_row_hessian_damped_solve_f32: f32,
            surprisal_row_hessian_damped_solve_f64: f64;
        log_determinant(lambda: number, logarithm: output) =>
            surprisal_row_hessian_log_determinant_f32: f32,
            surprisal_row_hessian_log_determinant_f64: f64;
        pseudo_inverse_product(vector: input, product: output) =>
            surprisal_row_hessian_pseudo_inverse_product_f32: f32,
            surprisal_row_hessian_pseudo_inverse_product_f64: f64;
        log_pseudo_determinant(logarithm: output) =>
            surprisal_row_hessian_log_pseudo_determinant_f32: f32,
            surprisal_row_hessian_log_pseudo_determinant_f64: f64;
        newton_step(step: output) =>
            surprisal_row_hessian_newton_step_f32: f32, surprisal_row_hessian_newton_step_f64: f64;
        levenberg_marquardt_step(lambda: number, step: output) =>
            surprisal_row_hessian_levenberg_marquardt_step_f32: f32,
            surprisal_row_hessian_levenberg_marquardt_step_f64: f64;
    }
    factor [hessian: hessian => Call::of("hessian", hessian)] {
        init(workspace: output, factor: factor_out) =>
            surprisal_factor_init_f32: f32, surprisal_factor_init_f64: f64;
    }
    factor [factor: factor => Call::of("factor", factor)] {
        pivots(pivots: output) =>
            surprisal_factor_pivots_f32: f32, surprisal_factor_pivots_f64: f64;
        ldl(packed: output) =>
            surprisal_factor_ldl_f32: f32, surprisal_factor_ldl_f64: f64;
        cholesky(packed: output) =>
            surprisal_factor_cholesky_f32: f32, surprisal_factor_cholesky_f64: f64;
        lower_product(vector: input, product: output) =>
            surprisal_factor_lower_product_f32: f32, surprisal_factor_lower_product_f64: f64;
        lower_transposed_product(vector: input, product: output) =>
            surprisal_factor_lower_transposed_product_f32: f32,
            surprisal_factor_lower_transposed_product_f64: f64;
        lower_solve(right_hand_side: input, solution: output) =>
            surprisal_factor_lower_solve_f32: f32, surprisal_factor_lower_solve_f64: f64;
        lower_transposed_solve(right_hand_side: input, solution: output) =>
            surprisal_factor_lower_transposed_solve_f32: f32,
            surprisal_factor_lower_transposed_solve_f64: f64;
        cholesky_product(vector: input, product: output) =>
            surprisal_factor_cholesky_product_f32: f32, surprisal_factor_cholesky_product_f64: f64;
        cholesky_transposed_product(vector: input, product: output) =>
            surprisal_factor_cholesky_transposed_product_f32: f32,
            surprisal_factor_cholesky_transposed_product_f64: f64;
        solve(right_hand_side: input, solution: output) =>
            surprisal_factor_solve_f32: f32, surprisal_factor_solve_f64: f64;
    }
    spectrum [hessian: hessian => Call::of("hessian", hessian)] {
        init(workspace: output, spectrum: spectrum_out) =>
            surprisal_spectrum_init_f32: f32, surprisal_spectrum_init_f64: f64;
    }
    spectrum [spectrum: spectrum => Call::of("spectrum", spectrum)] {
        eigenvalue(index: size, eigenvalue: output) =>
            surprisal_spectrum_eigenvalue_f32: f32, surprisal_spectrum_eigenvalue_f64: f64;
        eigenvalues(eigenvalues: output) =>
            surprisal_spectrum_eigenvalues_f32: f32, surprisal_spectrum_eigenvalues_f64: f64;
        eigenvector(index: size, vector: output, eigenvalue: output) =>
            surprisal_spectrum_eigenvector_f32: f32, surprisal_spectrum_eigenvector_f64: f64;
    }
}
