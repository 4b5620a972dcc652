#![no_std]
#![no_main]
use surprisal_firmware::entry;
#[entry]
fn main() -> ! { semihosting::process::exit(0) }
