//! Operations under a temperature and no other extension: those of plain rows, with exponentials of
//! another [base](crate::base).

use super::{Operation, gradients::Gradients, hessians::Hessians, losses::Losses, run};
use crate::{
    base::Bases,
    logit::{Logit, Stored},
    vector::Arch,
};

/// An operation whose batch has no extension, and the temperature.
pub(crate) struct Tempered<'a, Z: Stored> {
    pub(super) operation: Plain<'a, Z>,
    pub(super) temperature: f64,
}

/// The operations on plain rows that a temperature changes no more than the base of.
pub(super) enum Plain<'a, Z: Stored> {
    Losses(Losses<'a, Z>),
    Gradients(Gradients<'a, Z>),
    Hessians(Hessians<'a, Z>),
}

/// Runs an operation on its backend.
pub(crate) fn run_tempered<Z: Logit>(tempered: Tempered<'_, Z>) {
    let batch = match &tempered.operation {
        Plain::Losses(operation) => operation.batch,
        Plain::Gradients(operation) => operation.batch,
        Plain::Hessians(operation) => operation.batch,
    };
    run(batch.backend, tempered);
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
