//! The exact values of hard rows, computed with mpmath at 2600 bits: at most 2 ulp, on every
//! backend. Prints the worst errors of each family.

mod common;

use std::collections::BTreeMap;

use common::{Real, backends};
use surprisal::{Backend, CrossEntropy};
use surprisal_reference::{budget::PROMISE, error_measure::ulps, vectors::accuracy};

#[test]
fn hard_rows_are_within_two_ulps() {
    for backend in backends() {
        hard_rows::<f32>(backend);
        hard_rows::<f64>(backend);
    }
}

fn hard_rows<T: Real>(backend: Backend) {
    let mut families: BTreeMap<String, [f64; 3]> = BTreeMap::new();
    for case in accuracy::<T>() {
        let loss = CrossEntropy::new().backend(backend);
        let (n_classes, labels) = (case.logits.len(), [case.label]);
        let mut losses = [T::round(0.0)];
        let mut gradient = vec![T::round(0.0); n_classes];
        let mut diagonal = gradient.clone();
        loss.losses_and_gradients(
            &case.logits,
            n_classes,
            &labels,
            None,
            &mut losses,
            &mut gradient,
        )
        .unwrap();
        loss.hessian_diagonals(&case.logits, n_classes, &labels, &mut diagonal)
            .unwrap();

        let worst_of = |expected: &BTreeMap<usize, _>, actual: &[T]| {
            assert!(!expected.is_empty());
            expected
                .iter()
                .map(|(&j, &exact)| ulps(actual[j], exact))
                .fold(0.0, f64::max)
        };
        let errors = [
            ulps(losses[0], case.loss),
            worst_of(&case.gradient, &gradient),
            worst_of(&case.hessian_diagonal, &diagonal),
        ];
        let worst = families.entry(case.family).or_default();
        *worst = std::array::from_fn(|i| worst[i].max(errors[i]));
    }
    println!("worst errors in ulp, {backend}, {}", T::NAME);
    println!(
        "{:28} {:>8} {:>8} {:>8}",
        "family", "loss", "gradient", "diagonal"
    );
    for (family, [loss, gradient, diagonal]) in &families {
        println!("{family:28} {loss:8.3} {gradient:8.3} {diagonal:8.3}");
    }
    for (family, errors) in families {
        assert!(
            errors.iter().all(|&e| e <= PROMISE),
            "{family}: {errors:?} ulp"
        );
    }
}
