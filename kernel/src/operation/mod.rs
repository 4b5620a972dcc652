//! The operations over a batch of rows: each reads the states of some rows, finishes them
//! together, and writes what they give.

#![allow(
    missing_debug_implementations,
    reason = "arguments on their way to a backend, which users cannot name"
)]

pub(crate) mod gradients;
pub(crate) mod hessians;
pub(crate) mod losses;
pub(crate) mod probabilities;
mod rows;

use core::marker::PhantomData;

use self::{
    gradients::Gradients,
    hessians::{Diagonals, Hessians, Matrices, Products},
    losses::Losses,
    probabilities::Probabilities,
};

use crate::{
    backend::Backend,
    row::hessian::Layout,
    vector::{Arch, Fused, Unfused, portable::Portable, token},
};

/// The operations on an element type.
///
/// Not generic in anything else, and implemented for `f32` and `f64` here: they are compiled
/// once, in this crate, and a linker drops those that a program does not call.
pub trait Operations: Sized {
    #[doc(hidden)]
    fn losses(operation: Losses<'_, Self>);
    #[doc(hidden)]
    fn gradients(operation: Gradients<'_, Self>);
    #[doc(hidden)]
    fn probabilities(operation: Probabilities<'_, Self>);
    #[doc(hidden)]
    fn hessian_diagonals(operation: Hessians<'_, Self>);
    #[doc(hidden)]
    fn hessian_matrices(operation: Hessians<'_, Self>, layout: Layout);
    #[doc(hidden)]
    fn hessian_vector_products(operation: Hessians<'_, Self>, vectors: &[Self]);
}

macro_rules! operations {
    ($($element:ident),*) => {$(
        impl Operations for $element {
            fn losses(operation: Losses<'_, Self>) {
                run(operation.batch.backend, operation);
            }

            fn gradients(operation: Gradients<'_, Self>) {
                run(operation.batch.backend, operation);
            }

            fn probabilities(operation: Probabilities<'_, Self>) {
                run(operation.batch.backend, operation);
            }

            fn hessian_diagonals(operation: Hessians<'_, Self>) {
                run(operation.batch.backend, Diagonals(operation));
            }

            fn hessian_matrices(operation: Hessians<'_, Self>, layout: Layout) {
                run(operation.batch.backend, Matrices { operation, layout });
            }

            fn hessian_vector_products(operation: Hessians<'_, Self>, vectors: &[Self]) {
                run(operation.batch.backend, Products { operation, vectors });
            }
        }
    )*};
}

operations!(f32, f64);

/// An operation with its arguments.
trait Operation {
    /// Runs it; `#[inline(always)]`, so that it is compiled for the instructions of `arch`.
    fn run<A: Arch>(self, arch: A);
}

/// Runs an operation on a backend: the one place where a backend becomes code. One that is not
/// available here, which the door has refused, has no token and does nothing.
fn run(backend: Backend, operation: impl Operation) {
    #[inline(always)]
    fn on<A: Arch>(token: Option<A>, operation: impl Operation) {
        if let Some(arch) = token {
            arch.run(
                #[inline(always)]
                || operation.run(arch),
            );
        }
    }
    match backend {
        Backend::Portable => on(Some(Portable::<Unfused>(PhantomData)), operation),
        Backend::PortableFused => on(Some(Portable::<Fused>(PhantomData)), operation),
        Backend::Sse2 => on(token::sse2(), operation),
        Backend::Avx2 => on(token::avx2(), operation),
        Backend::Avx512 => on(token::avx512(), operation),
        Backend::Neon => on(token::neon(), operation),
        Backend::Simd128 => on(token::simd128(), operation),
    }
}
