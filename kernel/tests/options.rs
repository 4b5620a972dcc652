//! Every option with every other: random combinations against the reference, on every backend.

mod common;

use common::{OptionsCase, Outputs, Real, backends, stride, unit};
use surprisal_reference::{
    Wide,
    budget::ElementType,
    error_measure::roundings,
    tiers::{self, OptionsBatch},
};

/// Batches of rows, each with options of its own.
const BATCHES: usize = 10_000;

/// Most units in the last place that losses, gradients, diagonals and entries of matrices err by,
/// of what they are summed from; and roundings of the bound that products have.
const MOST: [f64; 5] = [2.0, 2.0, 2.0, 2.0, 4.0];

/// Classes of the batches, in turn.
const WIDTHS: [usize; 12] = [1, 2, 3, 4, 5, 7, 8, 10, 13, 17, 33, 64];

/// The worst errors of losses, gradients, diagonals, matrices and products.
fn errors<T: Real>(outputs: &Outputs<T>, batch: &OptionsBatch) -> [f64; 5] {
    let n = batch.n_classes;
    let mut worst = [0.0_f64; 5];
    let mut saw = |which: usize, actual: T, exact: Wide, bound: Wide| {
        let error = roundings(actual, exact, bound);
        worst[which] = worst[which].max(error);
    };
    for i in 0..batch.n_rows() {
        let row = batch.objective(i);
        // What is computed in `f64` and not lifted loses what is below its normal numbers before
        // the weights, the second derivative of a softcap and the vector multiply it.
        let entries = batch.vector(i).iter().map(|v| v.abs());
        let bend = Wide::from(1.0 + batch.softcap.map_or(0.0, |cap| 2.0 / cap));
        let scale = (row.total_weight() + row.log_sum_exp().abs() + Wide::from(1.0)) * bend;
        let lost = Wide::from(f64::MIN_POSITIVE) * scale;
        let lost_of_products = lost * Wide::from(entries.fold(1.0, f64::max));
        let entry = |bound: Wide| unit::<T>(bound + lost);
        saw(0, outputs.losses[i], row.loss(), entry(row.loss_bound()));
        let vector: Vec<T> = batch.vector(i).iter().map(|&v| T::round(v)).collect();
        let products = row.hessian_vector_product(&vector);
        let bounds = row.hessian_vector_bound(&vector);
        for (j, at) in (i * n..(i + 1) * n).enumerate() {
            let bound = entry(row.gradient_bound(j));
            saw(1, outputs.gradients[at], row.gradient(j), bound);
            let bound = entry(row.hessian_bound(j, j));
            saw(2, outputs.diagonals[at], row.hessian(j, j), bound);
            for k in 0..n {
                let bound = entry(row.hessian_bound(j, k));
                saw(3, outputs.hessians[at * n + k], row.hessian(j, k), bound);
            }
            let bound = bounds[j] + lost_of_products;
            saw(4, outputs.products[at], products[j], bound);
        }
    }
    worst
}

/// Roundings that capped logits add in `f64`: they carry an error of 2^-4 of an ulp, and what it
/// does to a probability is as many times larger as they are; a product of two has it twice.
fn added_by_softcap<T: Real>(batch: &OptionsBatch) -> f64 {
    let (Some(cap), ElementType::F64) = (batch.softcap, T::ELEMENT) else {
        return 0.0;
    };
    let finite = batch.logits.iter().filter(|x| x.is_finite());
    let largest = finite.fold(0.0_f64, |largest, x| largest.max(x.abs()));
    2.0 * largest.min(cap) / batch.temperature / 16.0
}

fn holds<T: Real>(seed: u64) {
    let backends = backends();
    let mut worst = [0.0_f64; 5];
    let batches = tiers::options(seed, &WIDTHS).take(BATCHES / 2).enumerate();
    for (number, batch) in batches.step_by(stride()) {
        let case = OptionsCase::<T>::new(&batch);
        // By turns, so that every backend meets every kind of batch.
        let backend = backends[number % backends.len()];
        let loss = case.loss(&batch).backend(backend);
        let outputs = Outputs::of(
            loss,
            &case.logits,
            batch.n_classes,
            &case.labels,
            &case.vectors,
        );
        let added = added_by_softcap::<T>(&batch);
        let errors = errors(&outputs, &batch);
        for ((worst, error), most) in worst.iter_mut().zip(errors).zip(MOST) {
            *worst = worst.max(error - added);
            assert!(
                error <= most + added,
                "{backend}: {errors:.3?}, {MOST:?} and {added:.3} allowed: {batch:?}"
            );
        }
    }
    println!("{:?}: at most {worst:.3?} of {MOST:?}", T::ELEMENT);
}

#[test]
fn f32_holds() {
    holds::<f32>(1);
}

#[test]
fn f64_holds() {
    holds::<f64>(2);
}
