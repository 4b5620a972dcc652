//! The kernel on microcontrollers.
//!
//! What is computed here is computed on the host as well, by `host/tests/firmware.rs`, from the
//! files [`outputs`] and [`classifier`]; the bits that come out there are in [`expected`].

#![no_std]
#![forbid(unsafe_code)]

pub mod classifier;
#[rustfmt::skip]
pub mod expected;
pub mod outputs;

#[cfg(target_arch = "arm")]
pub use cortex_m_rt::entry;
#[cfg(target_arch = "riscv32")]
pub use riscv_rt::entry;

/// Name of the board in the emulator.
pub const BOARD: &str = env!("BOARD");

/// A row with the bits of its outputs, in the order of [`outputs::outputs`]; those of NaN are
/// [canonical](outputs::bits_f32).
#[derive(Debug)]
pub struct Row<B: 'static> {
    /// What is special about it.
    pub name: &'static str,
    /// Its label.
    pub label: i32,
    /// Its logits.
    pub logits: &'static [B],
    /// What unfused backends give.
    pub unfused: &'static [B],
    /// What fused ones give.
    pub fused: &'static [B],
}

/// What training gives.
#[derive(Debug, PartialEq)]
pub struct Trained {
    /// Number of test images that are classified as they are labelled.
    pub correct: usize,
    /// Hash of the bits of the weights.
    pub hash: u32,
}

/// Whether the program was started with this argument.
pub fn started_with(argument: &str) -> bool {
    // The buffer holds every command line that the scripts use.
    let Ok(arguments) = semihosting::experimental::env::args::<128>() else {
        return false;
    };
    (&arguments).into_iter().any(|given| given == Ok(argument))
}
