//! The kernel as a C library.
//!
//! What users read is `include`; here is how it is done. Every exported function is a line in
//! [`exports`], which names one of the [`operations`] over raw pointers, or one of the [`values`]:
//! the Hessian of a row, [`kept`] in a structure of the caller. That one asks a
//! [`Call`](call::Call) for its arrays by name and size, has it look for null, misaligned,
//! overlapping and oversized ones, makes slices of them and calls the kernel. All `unsafe` of the
//! project is in this package: from pointers to slices, and back to the caller's structures.
//!
//! A test has a C compiler compare every prototype and the layout of every structure with those of
//! the headers.

#![no_std]

#[cfg(any(feature = "std", test))]
extern crate std;

mod array;
mod call;
mod exports;
mod kept;
mod labels;
mod operations;
mod options;
mod spans;
mod states;
mod status;
#[cfg(test)]
mod tests;
mod total;
mod values;

/// Nothing here panics, which is checked in what is built; a static library must have this all the
/// same where there is no standard library.
#[cfg(not(any(feature = "std", test)))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}

/// Panics at an index that no compiler knows.
#[cfg(feature = "panic-control")]
#[unsafe(no_mangle)]
extern "C" fn surprisal_panic_control(index: usize) -> u8 {
    const NAME: [u8; 9] = *b"surprisal";
    NAME[index]
}
