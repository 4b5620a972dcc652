//! Memory that the system may not have.

use crate::error::Error;

/// An empty vector with room for `len` numbers; `what` names it in messages.
pub(crate) fn reserve<T>(what: impl FnOnce() -> String, len: usize) -> Result<Vec<T>, Error> {
    let mut numbers = Vec::new();
    match numbers.try_reserve_exact(len) {
        Ok(()) => Ok(numbers),
        Err(_) => Err(Error::OutOfMemory {
            what: what(),
            bytes: len as u128 * size_of::<T>() as u128,
        }),
    }
}
