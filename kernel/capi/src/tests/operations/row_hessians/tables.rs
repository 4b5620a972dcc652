//! Functions that write numbers of one type, beside the methods that they are.

use core::ptr::null_mut;

use surprisal::{
    Error, RowHessian,
    row_hessian::{Factor, Spectrum},
};

use super::{Both, Case};
use crate::{
    exports::row_hessians::*,
    kept::Kept,
    status::Status,
    tests::operations::{Number, same},
};

/// What an argument is in C.
trait Argument {
    type OfC;

    fn for_c(self) -> Self::OfC;
}

impl<T> Argument for &[T] {
    type OfC = *const T;

    fn for_c(self) -> *const T {
        self.as_ptr()
    }
}

macro_rules! same_in_c {
    ($($t:ident),*) => {$(
        impl Argument for $t {
            type OfC = Self;

            fn for_c(self) -> Self {
                self
            }
        }
    )*};
}

same_in_c!(f32, f64, usize);

/// [`same`] of a function that writes numbers of one type, given a value.
fn same_of<V, T: Number>(
    both: &Both<V>,
    len: usize,
    of_c: impl FnOnce(*const Kept<V>, *mut T) -> Status,
    of_kernel: impl FnOnce(&V, &mut [T]) -> Result<(), Error>,
) {
    same::<T, T>(
        [len, 0],
        |out, _| of_c(&raw const both.of_c, out),
        |out, _| of_kernel(&both.of_kernel, out),
    );
}

/// Compares functions with methods: in each line those for `f32` and `f64`; the value and the other
/// arguments, the length of the output, and the method with its output.
macro_rules! compare {
    ($name:ident of $case:ident:
     $($f32:ident, $f64:ident: $value:expr, ($($argument:expr),*), $len:expr, $method:expr;)*) => {
        pub(super) mod $name {
            use super::*;

            pub(in super::super) fn single($case: &Case<f32>) {
                compare!(@type $case: $($f32: $value, ($($argument),*), $len, $method;)*);
            }

            pub(in super::super) fn double($case: &Case<f64>) {
                compare!(@type $case: $($f64: $value, ($($argument),*), $len, $method;)*);
            }
        }
    };
    (@type $case:ident:
     $($f:ident: $value:expr, ($($argument:expr),*), $len:expr, $method:expr;)*) => {$(
        same_of(
            $value,
            $len,
            // SAFETY: arrays have the sizes that the header asks for.
            |value, out| unsafe { $f(value, $($argument.for_c(),)* out, null_mut()) },
            $method,
        );
    )*};
}

compare! {
    hessians of case:
    surprisal_row_hessian_gradient_f32, surprisal_row_hessian_gradient_f64:
        &case.hessian, (), case.n, |h, out| { out.copy_from_slice(h.gradient()); Ok(()) };
    surprisal_row_hessian_diagonal_f32, surprisal_row_hessian_diagonal_f64:
        &case.hessian, (), case.n, RowHessian::diagonal;
    surprisal_row_hessian_dense_f32, surprisal_row_hessian_dense_f64:
        &case.hessian, (), case.n * case.n, RowHessian::dense;
    surprisal_row_hessian_packed_f32, surprisal_row_hessian_packed_f64:
        &case.hessian, (), case.n * (case.n + 1) / 2, RowHessian::packed;
    surprisal_row_hessian_trace_f32, surprisal_row_hessian_trace_f64:
        &case.hessian, (), 1, |h, out| { out[0] = h.trace(); Ok(()) };
    surprisal_row_hessian_frobenius_norm_f32, surprisal_row_hessian_frobenius_norm_f64:
        &case.hessian, (), 1, |h, out| { out[0] = h.frobenius_norm(); Ok(()) };
    surprisal_row_hessian_product_f32, surprisal_row_hessian_product_f64:
        &case.hessian, (case.vector()), case.n, |h, out| h.product(case.vector(), out);
    surprisal_row_hessian_products_f32, surprisal_row_hessian_products_f64:
        &case.hessian, (3, &case.vectors[..]), case.vectors.len(),
        |h, out| h.products(&case.vectors, out);
    surprisal_row_hessian_quadratic_form_f32, surprisal_row_hessian_quadratic_form_f64:
        &case.hessian, (case.vector()), 1,
        |h, out| { out[0] = h.quadratic_form(case.vector())?; Ok(()) };
    surprisal_row_hessian_root_product_f32, surprisal_row_hessian_root_product_f64:
        &case.hessian, (case.vector()), case.n, |h, out| h.root_product(case.vector(), out);
    surprisal_row_hessian_root_transposed_product_f32,
    surprisal_row_hessian_root_transposed_product_f64:
        &case.hessian, (case.vector()), case.n,
        |h, out| h.root_transposed_product(case.vector(), out);
    surprisal_row_hessian_monte_carlo_factor_f32, surprisal_row_hessian_monte_carlo_factor_f64:
        &case.hessian, (3, &case.uniform[..]), case.vectors.len(),
        |h, out| {
            let mut uniform = case.uniform.into_iter();
            h.monte_carlo_factor(|| uniform.next().unwrap(), out)
        };
    surprisal_row_hessian_damped_solve_f32, surprisal_row_hessian_damped_solve_f64:
        &case.hessian, (case.lambda, case.vector()), case.n,
        |h, out| h.damped_solve(case.lambda, case.vector(), out);
    surprisal_row_hessian_log_determinant_f32, surprisal_row_hessian_log_determinant_f64:
        &case.hessian, (case.lambda), 1,
        |h, out| { out[0] = h.log_determinant(case.lambda)?; Ok(()) };
    surprisal_row_hessian_pseudo_inverse_product_f32,
    surprisal_row_hessian_pseudo_inverse_product_f64:
        &case.hessian, (case.vector()), case.n,
        |h, out| h.pseudo_inverse_product(case.vector(), out);
    surprisal_row_hessian_log_pseudo_determinant_f32,
    surprisal_row_hessian_log_pseudo_determinant_f64:
        &case.hessian, (), 1, |h, out| { out[0] = h.log_pseudo_determinant()?; Ok(()) };
    surprisal_row_hessian_newton_step_f32, surprisal_row_hessian_newton_step_f64:
        &case.hessian, (), case.n, RowHessian::newton_step;
    surprisal_row_hessian_levenberg_marquardt_step_f32,
    surprisal_row_hessian_levenberg_marquardt_step_f64:
        &case.hessian, (case.lambda), case.n,
        |h, out| h.levenberg_marquardt_step(case.lambda, out);
}

compare! {
    factors of case:
    surprisal_factor_pivots_f32, surprisal_factor_pivots_f64:
        case.factor(), (), case.n, Factor::pivots;
    surprisal_factor_ldl_f32, surprisal_factor_ldl_f64:
        case.factor(), (), case.n * (case.n + 1) / 2, Factor::ldl;
    surprisal_factor_cholesky_f32, surprisal_factor_cholesky_f64:
        case.factor(), (), case.n * (case.n + 1) / 2, Factor::cholesky;
    surprisal_factor_lower_product_f32, surprisal_factor_lower_product_f64:
        case.factor(), (case.vector()), case.n, |f, out| f.lower_product(case.vector(), out);
    surprisal_factor_lower_transposed_product_f32, surprisal_factor_lower_transposed_product_f64:
        case.factor(), (case.vector()), case.n,
        |f, out| f.lower_transposed_product(case.vector(), out);
    surprisal_factor_lower_solve_f32, surprisal_factor_lower_solve_f64:
        case.factor(), (case.vector()), case.n, |f, out| f.lower_solve(case.vector(), out);
    surprisal_factor_lower_transposed_solve_f32, surprisal_factor_lower_transposed_solve_f64:
        case.factor(), (case.vector()), case.n,
        |f, out| f.lower_transposed_solve(case.vector(), out);
    surprisal_factor_cholesky_product_f32, surprisal_factor_cholesky_product_f64:
        case.factor(), (case.vector()), case.n, |f, out| f.cholesky_product(case.vector(), out);
    surprisal_factor_cholesky_transposed_product_f32,
    surprisal_factor_cholesky_transposed_product_f64:
        case.factor(), (case.vector()), case.n,
        |f, out| f.cholesky_transposed_product(case.vector(), out);
    surprisal_factor_solve_f32, surprisal_factor_solve_f64:
        case.factor(), (case.vector()), case.n, |f, out| f.solve(case.vector(), out);
}

compare! {
    spectra of case:
    surprisal_spectrum_eigenvalue_f32, surprisal_spectrum_eigenvalue_f64:
        &case.spectrum, (case.index), 1, |s, out| { out[0] = s.eigenvalue(case.index)?; Ok(()) };
    surprisal_spectrum_eigenvalues_f32, surprisal_spectrum_eigenvalues_f64:
        &case.spectrum, (), case.n, Spectrum::eigenvalues;
}
