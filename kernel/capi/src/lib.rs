//! The kernel as a C library.
//!
//! What users read is `include/surprisal.h`; here is how it is done. Every exported function is a
//! line in [`exports`], which names one of the [`operations`] over raw pointers. That one asks a
//! [`Call`](call::Call) for its arrays by name and size, has it look for null, misaligned,
//! overlapping and oversized ones, makes slices of them and calls the kernel. All `unsafe` of the
//! project is in this package: from pointers to slices, and back to the caller's structures.
//!
//! A test has a C compiler compare every prototype and the layout of every structure with the
//! header's.

#![no_std]

#[cfg(any(feature = "std", test))]
extern crate std;

mod array;
mod call;
mod exports;
mod labels;
mod operations;
mod options;
mod states;
mod status;
#[cfg(test)]
mod tests;
mod total;

/// Nothing here panics, which is checked in what is built; a static library must have this all the
/// same where there is no standard library.
#[cfg(all(target_os = "none", not(test)))]
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
