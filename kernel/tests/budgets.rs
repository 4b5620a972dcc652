//! Every operation over the tiers of ordinary rows, held against the table of error budgets.
//!
//! For emulated processors, where all rows take half an hour, the environment variable
//! `SURPRISAL_BUDGETS_STRIDE=n` takes every n-th row of each tier, and all of the tier `found`.
//! Some rows cannot tell that a figure is looser than needed, only that it is exceeded; what they
//! leave out is covered by the bits, which same_bits.rs holds against those of processors that run
//! all rows.

mod common;

use common::{Real, backend_of, budget_class, errors_of, stride};
use surprisal::{ArithmeticClass, CrossEntropy};
use surprisal_reference::{
    budget::{Budget, Misfit, Operation},
    tiers,
};

#[test]
fn f32_fused() {
    holds::<f32>(ArithmeticClass::Fused);
}

#[test]
fn f32_unfused() {
    holds::<f32>(ArithmeticClass::Unfused);
}

#[test]
fn f64_fused() {
    holds::<f64>(ArithmeticClass::Fused);
}

#[test]
fn f64_unfused() {
    holds::<f64>(ArithmeticClass::Unfused);
}

fn holds<T: Real>(class: ArithmeticClass) {
    let loss = CrossEntropy::new().backend(backend_of(class));
    let stride = stride();
    let mut worst = [const { (0.0, String::new()) }; 6];
    let bulk = tiers::bulk::<T>().into_iter().map(|tier| (tier, stride));
    for (tier, stride) in bulk.chain([(tiers::found(), 1)]) {
        for case in tier.cases.iter().step_by(stride) {
            let errors = errors_of(loss, &case.logits, case.label);
            for (worst, error) in worst.iter_mut().zip(errors) {
                if error > worst.0 {
                    let row = &case.logits[..case.logits.len().min(6)];
                    let row = format!("{}, label {}: {row:?}", tier.name, case.label);
                    *worst = (error, row);
                }
            }
        }
    }
    let mut misfits = Vec::new();
    for (operation, (error, row)) in Operation::ALL.into_iter().zip(worst) {
        println!(
            "{:?} {class:?} {operation:?}: {error:.4} at {row}",
            T::ELEMENT
        );
        let budget = Budget::of(operation, T::ELEMENT, budget_class(class));
        let counts = |misfit: &Misfit| stride == 1 || matches!(misfit, Misfit::Exceeded { .. });
        let misfit = budget.tightness(error).err().filter(counts);
        misfits.extend(misfit.map(|misfit| misfit.to_string()));
    }
    assert!(misfits.is_empty(), "{misfits:#?}");
}
