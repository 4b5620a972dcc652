//! States of parts of rows: the caller's structures are the kernel's.

use core::mem::{align_of, size_of};

use surprisal::RowState;

// `RowState` has the layout of the five numbers of `RowState::to_parts`, which its documentation
// says: `surprisal_row_state_f32` and `surprisal_row_state_f64` are such arrays.
const _: () = assert!(size_of::<RowState<f32>>() == size_of::<[f32; 5]>());
const _: () = assert!(size_of::<RowState<f64>>() == size_of::<[f64; 5]>());
const _: () = assert!(align_of::<RowState<f32>>() == align_of::<[f32; 5]>());
const _: () = assert!(align_of::<RowState<f64>>() == align_of::<[f64; 5]>());
