//! Counts instructions and stack of operations on a Cortex-M4F under QEMU.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use surprisal_firmware::entry;

#[entry]
fn main() -> ! {
    semihosting::process::exit(0)
}
