//! The Hessian of a row.

use surprisal::{CrossEntropy, Element, Logit, RowHessian};

pub(crate) use super::numbers::*;
use super::{maps, writes};
use crate::{
    array::Array,
    call::{Call, Shape},
    kept::{Kept, Tagged},
    spans::Bytes,
    status::Refusal,
};

/// What functions get of a Hessian that was made before.
pub(super) type OfHessian<'a, T> = Call<&'a Kept<RowHessian<'static, T>>>;

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn init<Z: Logit>(
    mut call: Call<CrossEntropy<'_>>,
    logits: *const Z,
    label: i64,
    workspace: *mut Z::Element,
    hessian: *mut Kept<RowHessian<'static, Z::Element>>,
) -> Result<(), Refusal>
where
    RowHessian<'static, Z::Element>: Tagged,
{
    let logits = call.reads("logits", logits, Shape::Matrix)?;
    let len = RowHessian::<Z::Element>::workspace_len(call.n_classes());
    let workspace = call.writes("workspace", workspace, Shape::Given(len))?;
    let hessian = call.writes_one("hessian", hessian)?;
    let (loss, n_classes) = call.close()?;
    // SAFETY: every array has been looked at, those that are written overlap no other, and that they
    // are there is the caller's promise, for as long as the value is used.
    unsafe {
        let value = loss
            .row_hessian(logits.get(), label, workspace.get_mut())
            .map_err(|error| Refusal::from(error).of_one_row())?;
        hessian.write(Kept::new(
            value,
            n_classes,
            [workspace.bytes(), Bytes::NONE],
        ));
    }
    Ok(())
}

writes! {
    RowHessian:
    diagonal(diagonal: Matrix);
    dense(matrix: Dense);
    packed(packed: Packed);
    newton_step(step: Matrix);
}

maps! {
    RowHessian:
    product(vector, product);
    root_product(vector, product);
    root_transposed_product(vector, product);
    pseudo_inverse_product(vector, product);
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn gradient<T: Element>(
    mut call: OfHessian<'_, T>,
    gradient: *mut T,
) -> Result<(), Refusal> {
    let gradient = call.writes("gradient", gradient, Shape::Matrix)?;
    let (hessian, _) = call.close()?;
    // SAFETY: as above.
    let gradient = unsafe { gradient.get_mut() };
    for (to, &from) in gradient.iter_mut().zip(hessian.value().gradient()) {
        *to = from;
    }
    Ok(())
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn products<T: Element>(
    call: OfHessian<'_, T>,
    n_vectors: usize,
    vectors: *const T,
    products: *mut T,
) -> Result<(), Refusal> {
    let mut call = call.of_rows(n_vectors);
    let vectors = call.reads("vectors", vectors, Shape::Matrix)?;
    let products = call.writes("products", products, Shape::Matrix)?;
    let (hessian, _) = call.close()?;
    // SAFETY: as above.
    let (vectors, products) = unsafe { (vectors.get(), products.get_mut()) };
    hessian.value().products(vectors, products)?;
    Ok(())
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn damped_solve<T: Element>(
    mut call: OfHessian<'_, T>,
    lambda: T,
    right_hand_side: *const T,
    solution: *mut T,
) -> Result<(), Refusal> {
    let right_hand_side = call.reads("right_hand_side", right_hand_side, Shape::Matrix)?;
    let solution = call.writes("solution", solution, Shape::Matrix)?;
    let (hessian, _) = call.close()?;
    // SAFETY: as above.
    let (right_hand_side, solution) = unsafe { (right_hand_side.get(), solution.get_mut()) };
    hessian
        .value()
        .damped_solve(lambda, right_hand_side, solution)?;
    Ok(())
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn levenberg_marquardt_step<T: Element>(
    mut call: OfHessian<'_, T>,
    lambda: T,
    step: *mut T,
) -> Result<(), Refusal> {
    let step = call.writes("step", step, Shape::Matrix)?;
    let (hessian, _) = call.close()?;
    // SAFETY: as above.
    let step = unsafe { step.get_mut() };
    hessian.value().levenberg_marquardt_step(lambda, step)?;
    Ok(())
}

/// The random numbers come in an array, one a column.
///
/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn monte_carlo_factor<T: Element>(
    call: OfHessian<'_, T>,
    n_columns: usize,
    uniform: *const f64,
    columns: *mut T,
) -> Result<(), Refusal> {
    let mut call = call.of_rows(n_columns);
    let uniform: Array<f64> = call.reads("uniform", uniform, Shape::Rows)?;
    let columns = call.writes("columns", columns, Shape::Matrix)?;
    let (hessian, _) = call.close()?;
    // SAFETY: as above.
    let (uniform, columns) = unsafe { (uniform.get(), columns.get_mut()) };
    let mut numbers = uniform.iter().copied();
    let next = || numbers.next().unwrap_or_default();
    hessian.value().monte_carlo_factor(next, columns)?;
    Ok(())
}
