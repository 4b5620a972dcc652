//! The eigenvalues and eigenvectors of the Hessian of a row.

use surprisal::{Element, RowHessian, row_hessian::Spectrum};

use super::{Making, writes};
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
    spectrum: *mut Kept<Spectrum<'static, T>>,
) -> Result<(), Refusal>
where
    Spectrum<'static, T>: Tagged,
{
    let len = Spectrum::<T>::workspace_len(call.n_classes());
    let making = Making {
        name: "spectrum",
        workspace: Shape::Given(len),
        make: RowHessian::spectrum,
    };
    // SAFETY: the caller's promise.
    unsafe { making.init(call, workspace, spectrum) }
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
