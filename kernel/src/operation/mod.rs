//! The operations over a batch of rows: each reads the states of some rows, finishes them
//! together, and writes what they give.

pub(crate) mod gradients;
pub(crate) mod hessians;
pub(crate) mod losses;
pub(crate) mod probabilities;
mod rows;

use core::marker::PhantomData;

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
use crate::vector::x86;
use crate::{
    backend::Backend,
    vector::{Arch, Fused, Unfused, portable::Portable},
};

/// An operation with its arguments.
pub(crate) trait Operation {
    /// Runs it; `#[inline(always)]`, so that it is compiled for the instructions of `arch`.
    fn run<A: Arch>(self, arch: A);
}

/// Runs an operation on a backend: the one place where a backend becomes code.
pub(crate) fn run(backend: Backend, operation: impl Operation) {
    #[inline(always)]
    fn on<A: Arch>(arch: A, operation: impl Operation) {
        arch.run(
            #[inline(always)]
            || operation.run(arch),
        );
    }
    match backend {
        Backend::Portable => on(Portable::<Unfused>(PhantomData), operation),
        Backend::PortableFused => on(Portable::<Fused>(PhantomData), operation),
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Backend::Sse2 => {
            if let Some(arch) = x86::sse2() {
                on(arch, operation);
            }
        }
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Backend::Avx2 => {
            if let Some(arch) = x86::avx2() {
                on(arch, operation);
            }
        }
        // Not available here, which the door has refused.
        #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
        Backend::Sse2 | Backend::Avx2 => {}
    }
}
