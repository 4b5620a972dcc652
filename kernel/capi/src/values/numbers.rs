//! What is one number of the Hessian of a row, or two.

use surprisal::{Definiteness, Element, Error, RowHessian};

use super::row_hessian::OfHessian;
use crate::{call::Shape, status::Refusal};

/// Writes one number.
///
/// # Safety
///
/// As the header says of each pointer.
unsafe fn write_one<T: Element, N>(
    mut call: OfHessian<'_, T>,
    name: &'static str,
    number: *mut N,
    of: impl FnOnce(&RowHessian<'static, T>) -> Result<N, Error>,
) -> Result<(), Refusal> {
    let number = call.writes_one(name, number)?;
    let (hessian, _) = call.close()?;
    let value = of(hessian.value())?;
    // SAFETY: every array has been looked at, those that are written overlap no other, and that they
    // are there is the caller's promise.
    unsafe { number.write(value) };
    Ok(())
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn definiteness<T: Element>(
    call: OfHessian<'_, T>,
    definiteness: *mut i32,
) -> Result<(), Refusal> {
    let number = |hessian: &RowHessian<'static, T>| {
        Ok(match hessian.definiteness() {
            Definiteness::Definite => 1,
            Definiteness::Semidefinite => 2,
            _ => 3,
        })
    };
    // SAFETY: the caller's promise.
    unsafe { write_one(call, "definiteness", definiteness, number) }
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn trace<T: Element>(
    call: OfHessian<'_, T>,
    trace: *mut T,
) -> Result<(), Refusal> {
    // SAFETY: the caller's promise.
    unsafe { write_one(call, "trace", trace, |hessian| Ok(hessian.trace())) }
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn frobenius_norm<T: Element>(
    call: OfHessian<'_, T>,
    norm: *mut T,
) -> Result<(), Refusal> {
    // SAFETY: the caller's promise.
    unsafe { write_one(call, "norm", norm, |hessian| Ok(hessian.frobenius_norm())) }
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn log_pseudo_determinant<T: Element>(
    call: OfHessian<'_, T>,
    logarithm: *mut T,
) -> Result<(), Refusal> {
    // SAFETY: the caller's promise.
    unsafe {
        write_one(
            call,
            "logarithm",
            logarithm,
            RowHessian::log_pseudo_determinant,
        )
    }
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn log_determinant<T: Element>(
    call: OfHessian<'_, T>,
    lambda: T,
    logarithm: *mut T,
) -> Result<(), Refusal> {
    let of = |hessian: &RowHessian<'static, T>| hessian.log_determinant(lambda);
    // SAFETY: the caller's promise.
    unsafe { write_one(call, "logarithm", logarithm, of) }
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn quadratic_form<T: Element>(
    mut call: OfHessian<'_, T>,
    vector: *const T,
    form: *mut T,
) -> Result<(), Refusal> {
    let vector = call.reads("vector", vector, Shape::Matrix)?;
    // SAFETY: as above.
    let of = |hessian: &RowHessian<'static, T>| hessian.quadratic_form(unsafe { vector.get() });
    // SAFETY: the caller's promise.
    unsafe { write_one(call, "form", form, of) }
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn largest_eigenvalue_bounds<T: Element>(
    mut call: OfHessian<'_, T>,
    lower: *mut T,
    upper: *mut T,
) -> Result<(), Refusal> {
    let lower = call.writes_one("lower", lower)?;
    let upper = call.writes_one("upper", upper)?;
    let (hessian, _) = call.close()?;
    let bounds = hessian.value().largest_eigenvalue_bounds();
    // SAFETY: as above.
    unsafe {
        lower.write(bounds.0);
        upper.write(bounds.1);
    }
    Ok(())
}
