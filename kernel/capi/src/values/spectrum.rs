//! The eigenvalues and eigenvectors of the Hessian of a row.

use surprisal::{Element, RowHessian, row_hessian::Spectrum};

use super::writes;
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
    spectrum: *mut Kept<Spectrum<'static, T>>,
) -> Result<(), Refusal>
where
    Spectrum<'static, T>: Tagged,
{
    let len = Spectrum::<T>::workspace_len(call.n_classes());
    let workspace = call.writes("workspace", workspace, Shape::Given(len))?;
    let spectrum = call.writes_one("spectrum", spectrum)?;
    let (hessian, n_classes) = call.close()?;
    // SAFETY: every array has been looked at, those that are written overlap no other, and that they
    // are there is the caller's promise, for as long as the value is used.
    unsafe {
        let value = hessian.value().spectrum(workspace.get_mut())?;
        let reads = [hessian.workspace(), workspace.bytes()];
        spectrum.write(Kept::new(value, n_classes, reads));
    }
    Ok(())
}

writes! {
    Spectrum:
    eigenvalues(eigenvalues: Matrix);
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn eigenvalue<T: Element>(
    mut call: Call<&Kept<Spectrum<'static, T>>>,
    index: usize,
    eigenvalue: *mut T,
) -> Result<(), Refusal> {
    let eigenvalue = call.writes_one("eigenvalue", eigenvalue)?;
    let (spectrum, _) = call.close()?;
    let value = spectrum.value().eigenvalue(index)?;
    // SAFETY: as above.
    unsafe { eigenvalue.write(value) };
    Ok(())
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn eigenvector<T: Element>(
    mut call: Call<&Kept<Spectrum<'static, T>>>,
    index: usize,
    vector: *mut T,
    eigenvalue: *mut T,
) -> Result<(), Refusal> {
    let vector = call.writes("vector", vector, Shape::Matrix)?;
    let eigenvalue = call.writes_one("eigenvalue", eigenvalue)?;
    let (spectrum, _) = call.close()?;
    // SAFETY: as above.
    unsafe {
        let value = spectrum.value().eigenvector(index, vector.get_mut())?;
        eigenvalue.write(value);
    }
    Ok(())
}
