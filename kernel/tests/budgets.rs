//! Every operation over the tiers of ordinary rows, held against the table of error budgets.
//!
//! For emulated processors, where all rows take half an hour, the environment variable
//! `SURPRISAL_BUDGETS_STRIDE=n` takes every n-th row of each tier. Some rows cannot tell that a
//! figure is looser than needed, only that it is exceeded; what they leave out is covered by the
//! bits, which same_bits.rs holds against those of processors that run all rows.

mod common;

use common::{Outputs, Real, WIDEST_MATRIX, backend_of, budget_class, some_vector, stride};
use surprisal::{ArithmeticClass, CrossEntropy};
use surprisal_reference::{
    Row,
    budget::{Budget, Misfit, Operation},
    error_measure::{roundings, ulps},
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
    for tier in tiers::bulk::<T>() {
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

/// The worst error of each operation over the entries of a row.
fn errors_of<T: Real>(loss: CrossEntropy<'_>, logits: &[T], label: usize) -> [f64; 6] {
    let n = logits.len();
    let vector = some_vector::<T>(n);
    let outputs = Outputs::of(loss, logits, n, &[label], &vector);
    let row = Row::new(logits);
    let worst = |errors: &mut dyn Iterator<Item = f64>| errors.fold(0.0, f64::max);

    let matrix = if n <= WIDEST_MATRIX { n } else { 0 };
    let entries = (0..matrix).flat_map(|i| (0..matrix).map(move |j| (i, j)));
    let exact = row.hessian_vector_product(&vector);
    let bounds = row.hessian_vector_bound(&vector);
    [
        ulps(outputs.losses[0], row.loss(label)),
        worst(&mut (0..n).map(|j| ulps(outputs.gradients[j], row.gradient(label, j)))),
        worst(&mut (0..n).map(|j| ulps(outputs.probabilities[j], row.probability(j)))),
        worst(&mut (0..n).map(|j| ulps(outputs.diagonals[j], row.hessian(j, j)))),
        worst(&mut entries.map(|(i, j)| ulps(outputs.hessians[i * n + j], row.hessian(i, j)))),
        worst(&mut (0..n).map(|j| roundings(outputs.products[j], exact[j], bounds[j]))),
    ]
}
