//! Operations under options that leave it to plain rows: a temperature is another
//! [base](crate::base) of exponentials, and what targets add is [added](targets) to losses of the
//! most probable class and to probabilities.

mod targets;

use super::{Operation, gradients::Gradients, hessians::Hessians, losses::Losses, run};
use crate::{
    base::Bases,
    logit::{Logit, Stored},
    objective::terms::Way,
    vector::Arch,
};

/// An operation, and how it is that of plain rows.
pub(crate) struct Plainly<'a, Z: Stored> {
    pub(super) operation: Plain<'a, Z>,
    pub(super) way: Way,
}

/// The operations that have a way.
pub(super) enum Plain<'a, Z: Stored> {
    Losses(Losses<'a, Z>),
    Gradients(Gradients<'a, Z>),
    Hessians(Hessians<'a, Z>),
}

/// Runs an operation on its backend.
pub(crate) fn run_plainly<Z: Logit>(plainly: Plainly<'_, Z>) {
    let Plainly { operation, way } = plainly;
    match (way, operation) {
        (Way::Tempered(temperature), operation) => run_tempered(operation, Some(temperature)),
        (Way::WithTargets(temperature), Plain::Losses(losses)) => targets::add(losses, temperature),
        (Way::WithTargets(temperature), Plain::Gradients(gradients)) => {
            targets::add(gradients, temperature);
        }
        // Of Hessians targets are a factor only.
        (Way::WithTargets(temperature), operation) => run_tempered(operation, temperature),
    }
}

/// Runs an operation on plain rows under a temperature if there is one; its batch has no extension.
fn run_tempered<Z: Logit>(operation: Plain<'_, Z>, temperature: Option<f64>) {
    let batch = match &operation {
        Plain::Losses(operation) => operation.batch,
        Plain::Gradients(operation) => operation.batch,
        Plain::Hessians(operation) => operation.batch,
    };
    let Some(temperature) = temperature else {
        return match operation {
            Plain::Losses(operation) => Z::losses(operation),
            Plain::Gradients(operation) => Z::gradients(operation),
            Plain::Hessians(operation) => Z::hessians(operation),
        };
    };
    run(
        batch.backend,
        Tempered {
            operation,
            temperature,
        },
    );
}

struct Tempered<'a, Z: Stored> {
    operation: Plain<'a, Z>,
    temperature: f64,
}

impl<Z: Logit> Operation for Tempered<'_, Z> {
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let arch = arch.in_base(Bases::of_temperature(self.temperature));
        match self.operation {
            Plain::Losses(operation) => operation.run(arch),
            Plain::Gradients(operation) => operation.run(arch),
            Plain::Hessians(operation) => operation.run(arch),
        }
    }
}
