//! The factors L D L^T and R R^T of the Hessian of a row.

use surprisal::{Element, RowHessian, row_hessian::Factor};

use super::{Making, maps, writes};
use crate::{
    call::{Call, Shape},
    kept::{Kept, Tagged},
    status::Refusal,
};

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn init<T: Element>(
    call: Call<&'static Kept<RowHessian<'static, T>>>,
    workspace: *mut T,
    factor: *mut Kept<Factor<'static, T>>,
) -> Result<(), Refusal>
where
    Factor<'static, T>: Tagged,
{
    let making = Making {
        name: "factor",
        workspace: Shape::Matrix,
        make: RowHessian::factor,
    };
    // SAFETY: the caller's promise.
    unsafe { making.init(call, workspace, factor) }
}

writes! {
    Factor:
    pivots(pivots: Matrix);
    ldl(packed: Packed);
    cholesky(packed: Packed);
}

maps! {
    Factor:
    lower_product(vector, product);
    lower_transposed_product(vector, product);
    lower_solve(right_hand_side, solution);
    lower_transposed_solve(right_hand_side, solution);
    cholesky_product(vector, product);
    cholesky_transposed_product(vector, product);
    solve(right_hand_side, solution);
}
