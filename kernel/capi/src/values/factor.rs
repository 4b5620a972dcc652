//! The factors L D L^T and R R^T of the Hessian of a row.

use surprisal::{Element, RowHessian, row_hessian::Factor};

use super::{maps, writes};
use crate::{
    call::{Call, Shape},
    kept::{Kept, Tagged},
    status::Refusal,
};

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn init<T: Element>(
    mut call: Call<&'static Kept<RowHessian<'static, T>>>,
    workspace: *mut T,
    factor: *mut Kept<Factor<'static, T>>,
) -> Result<(), Refusal>
where
    Factor<'static, T>: Tagged,
{
    let workspace = call.writes("workspace", workspace, Shape::Matrix)?;
    let factor = call.writes_one("factor", factor)?;
    let (hessian, n_classes) = call.close()?;
    // SAFETY: every array has been looked at, those that are written overlap no other, and that they
    // are there is the caller's promise, for as long as the value is used.
    unsafe {
        let value = hessian.value().factor(workspace.get_mut())?;
        let reads = [hessian.workspace(), workspace.bytes()];
        factor.write(Kept::new(value, n_classes, reads));
    }
    Ok(())
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
