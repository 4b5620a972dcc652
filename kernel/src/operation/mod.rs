//! The operations over a batch of rows: each reads the states of some rows, finishes them
//! together, and writes what they give.

#![allow(
    missing_debug_implementations,
    reason = "arguments on their way to a backend, which users cannot name"
)]

mod coefficients;
pub(crate) mod even;
pub(crate) mod gradients;
mod groups;
pub(crate) mod hessians;
mod in_blocks;
pub(crate) mod losses;
pub(crate) mod objective;
mod one_by_one;
pub(crate) mod parts;
pub(crate) mod plainly;
pub(crate) mod states;

use self::{
    even::Rows,
    gradients::{Gradients, Written},
    hessians::Hessians,
    losses::Losses,
    objective::{Arrays, Output, Request, output_of},
    plainly::{Plain, Plainly},
    states::{Find, Finish, Merge},
};

use crate::{
    backend::Backend,
    door::Batch,
    half::{Bf16, F16},
    logit::Stored,
    vector::{Arch, token},
};

/// The operations on a type of logits.
///
/// Not generic in anything else, and implemented for every such type here: they are compiled
/// once, in this crate, and a linker drops those that a program does not call.
pub trait Operations: Stored {
    #[doc(hidden)]
    fn losses(operation: Losses<'_, Self>);
    #[doc(hidden)]
    fn gradients(operation: Gradients<'_, Self>);
    #[doc(hidden)]
    fn hessians(operation: Hessians<'_, Self>);
    #[doc(hidden)]
    fn find_states(operation: Find<'_, Self>);
    #[doc(hidden)]
    fn settle(rows: Rows<'_, Self>);
}

/// The operations on states whose logits are not at hand.
pub trait StateOperations: Sized {
    #[doc(hidden)]
    fn merge_states(operation: Merge<'_, Self>);
    #[doc(hidden)]
    fn finish_states(operation: Finish<'_, Self>);
}

/// Runs an operation, unless its options do more to its output than multiply and have run it.
///
/// These get arguments of their own: where there are none, no address of the operation or its batch
/// is taken, and both stay in registers.
macro_rules! run_unless_extended {
    ($operation:ident, $arguments:expr, $output:expr, $plainly:ident) => {{
        let own_batch;
        let mut operation = $arguments;
        let batch = operation.batch;
        if let Some(extension) = batch.extension {
            own_batch = *batch;
            if let Some(way) = extension.terms.way($output, batch.weights) {
                let plain_batch = Batch {
                    extension: None,
                    ..own_batch
                };
                let operation = Plain::$operation($operation {
                    batch: &plain_batch,
                    ..operation
                });
                return extension.code.0.$plainly(Plainly { operation, way });
            }
            let mut own = $operation {
                batch: &own_batch,
                ..operation
            };
            if extended(&own_batch, $output, &mut own) {
                return;
            }
            operation = $operation { batch, ..own };
        }
        run(batch.backend, operation);
    }};
}

macro_rules! operations {
    ($($logit:ident $plainly:ident $settle:ident),*) => {$(
        impl Operations for $logit {
            fn losses(operation: Losses<'_, Self>) {
                run_unless_extended!(Losses, operation, Output::Losses, $plainly);
            }

            fn gradients(operation: Gradients<'_, Self>) {
                let output = match operation.written {
                    Written::Gradients | Written::WithoutTargets => Output::Gradients,
                    Written::Probabilities => Output::Probabilities,
                };
                run_unless_extended!(Gradients, operation, output, $plainly);
            }

            fn hessians(operation: Hessians<'_, Self>) {
                let output = output_of(&operation.form);
                run_unless_extended!(Hessians, operation, output, $plainly);
            }

            fn find_states(operation: Find<'_, Self>) {
                run(operation.batch.backend, operation);
            }

            fn settle(rows: Rows<'_, Self>) {
                rows.extension.code.0.$settle(rows);
            }
        }
    )*};
}

operations!(
    f32 plainly_f32 settle_f32,
    f64 plainly_f64 settle_f64,
    Bf16 plainly_bf16 settle_bf16,
    F16 plainly_f16 settle_f16
);

macro_rules! state_operations {
    ($($element:ident),*) => {$(
        impl StateOperations for $element {
            fn merge_states(operation: Merge<'_, Self>) {
                run(operation.backend, operation);
            }

            fn finish_states(operation: Finish<'_, Self>) {
                run(operation.backend, operation);
            }
        }
    )*};
}

state_operations!(f32, f64);

/// Runs an operation under options that do more to its output than multiply; tells whether there
/// are any.
fn extended(batch: &Batch<'_>, output: Output, arrays: &mut dyn Arrays) -> bool {
    batch.extension.is_some_and(|extension| {
        extension.code.0.run(Request {
            batch,
            terms: &extension.terms,
            arrays,
            output,
        })
    })
}

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
        Backend::Portable => on(Some(token::portable()), operation),
        Backend::PortableFused => on(token::portable_fused(), operation),
        Backend::Sse2 => on(token::sse2(), operation),
        Backend::Avx2 => on(token::avx2(), operation),
        Backend::Avx512 => on(token::avx512(), operation),
        Backend::Neon => on(token::neon(), operation),
        Backend::Simd128 => on(token::simd128(), operation),
    }
}
