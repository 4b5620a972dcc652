//! The functions of the header for `f32` and `f64`.

use std::ffi::{c_char, c_void};

use surprisal_fuzz::numbers::Real;

// The library itself, whose symbols these are.
use surprisal_capi as _;

/// `surprisal_options`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub size: usize,
    pub row_stride: usize,
    pub ignored_labels: *const c_void,
    pub n_ignored_labels: usize,
    /// Class weights, row weights, target probabilities: as `f32` and as `f64` each.
    pub weights: [[*const c_void; 2]; 3],
    pub denominator: f64,
    pub label_smoothing: f64,
    pub label_smoothing_over_others: f64,
    pub z_loss: f64,
    pub softcap: f64,
    pub temperature: f64,
    pub reduction: i32,
    pub backend: i32,
}

/// `surprisal_labels`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Labels {
    pub data: *const c_void,
    pub integer: i32,
}

/// `surprisal_detail`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detail {
    pub size: usize,
    pub argument: [c_char; 32],
    pub row: usize,
    pub class_index: usize,
    pub label: i64,
    pub value: f64,
}

/// `surprisal_total`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct CTotal {
    pub sum: f64,
    pub weight: f64,
    pub counts: [usize; 3],
}

type States<T> = [T; 5];

macro_rules! functions {
    ($($name:ident($($argument:ty),*): $f32:ident, $f64:ident;)*) => {
        /// The functions of an element type.
        pub struct Functions<T> {
            $(pub $name: unsafe extern "C" fn(
                *const Options, usize, usize, $($argument,)* *mut Detail) -> i32,)*
        }

        mod f32s {
            use super::*;
            type T = f32;
            unsafe extern "C" {
                $(pub fn $f32(_: *const Options, _: usize, _: usize, $(_: $argument,)*
                    _: *mut Detail) -> i32;)*
            }
        }

        mod f64s {
            use super::*;
            type T = f64;
            unsafe extern "C" {
                $(pub fn $f64(_: *const Options, _: usize, _: usize, $(_: $argument,)*
                    _: *mut Detail) -> i32;)*
            }
        }

        impl CReal for f32 {
            const FUNCTIONS: Functions<f32> = Functions { $($name: f32s::$f32,)* };
        }

        impl CReal for f64 {
            const FUNCTIONS: Functions<f64> = Functions { $($name: f64s::$f64,)* };
        }
    };
}

/// An element type with its functions.
pub trait CReal: Real {
    const FUNCTIONS: Functions<Self>;
}

functions! {
    losses(*const T, Labels, *mut T): surprisal_losses_f32, surprisal_losses_f64;
    total(*const T, Labels, *mut CTotal): surprisal_total_f32, surprisal_total_f64;
    gradients(*const T, Labels, *const T, *mut T):
        surprisal_gradients_f32, surprisal_gradients_f64;
    gradients_in_place(*mut T, Labels, *const T):
        surprisal_gradients_in_place_f32, surprisal_gradients_in_place_f64;
    losses_and_gradients(*const T, Labels, *const T, *mut T, *mut T):
        surprisal_losses_and_gradients_f32, surprisal_losses_and_gradients_f64;
    losses_and_gradients_in_place(*mut T, Labels, *const T, *mut T):
        surprisal_losses_and_gradients_in_place_f32, surprisal_losses_and_gradients_in_place_f64;
    probabilities(*const T, *mut T): surprisal_probabilities_f32, surprisal_probabilities_f64;
    hessian_diagonals(*const T, Labels, *mut T):
        surprisal_hessian_diagonals_f32, surprisal_hessian_diagonals_f64;
    hessians(*const T, Labels, *mut T): surprisal_hessians_f32, surprisal_hessians_f64;
    packed_hessians(*const T, Labels, *mut T):
        surprisal_packed_hessians_f32, surprisal_packed_hessians_f64;
    hessian_vector_products(*const T, Labels, *const T, *mut T):
        surprisal_hessian_vector_products_f32, surprisal_hessian_vector_products_f64;
    row_states(*const T, *mut States<T>): surprisal_row_states_f32, surprisal_row_states_f64;
    merge_row_states(*mut States<T>, *const States<T>):
        surprisal_merge_row_states_f32, surprisal_merge_row_states_f64;
    losses_of_states(*const States<T>, *const T, *mut T):
        surprisal_losses_of_states_f32, surprisal_losses_of_states_f64;
    gradients_of_states(*const States<T>, *const T, usize, Labels, *const T, *mut T):
        surprisal_gradients_of_states_f32, surprisal_gradients_of_states_f64;
}
