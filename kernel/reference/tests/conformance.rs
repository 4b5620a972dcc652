//! [`Objective`] against the values of `torch` for every option of its loss.

use surprisal_reference::{
    Objective, Options, Target,
    vectors::{ConformanceCase, Expected, conformance},
};

/// The relative error of `torch`'s double arithmetic that is put up with. Its gradients and
/// Hessians are differences of the sum of a row's target weights times probabilities, and so they
/// are compared beside that sum.
const TOLERANCE: f64 = 1e-12;

#[track_caller]
fn assert_near(name: &str, actual: f64, expected: f64, beside: f64) {
    let allowed = TOLERANCE * expected.abs().max(beside);
    assert!(
        (actual - expected).abs() <= allowed,
        "{name}: {actual}, not {expected}"
    );
}

/// A row that counts, and what it counts in the mean.
struct Counted {
    objective: Objective,
    denominator: f64,
}

/// Row `i`; `None` if its label is ignored.
fn counted(case: &ConformanceCase, i: usize) -> Option<Counted> {
    let row = i * case.n_classes..(i + 1) * case.n_classes;
    let options = Options {
        class_weights: case.class_weights.as_deref(),
        label_smoothing: case.label_smoothing,
        ..Options::default()
    };
    let (target, denominator) = if let Some(labels) = &case.labels {
        if case.ignore_index == Some(labels[i]) {
            return None;
        }
        let label = usize::try_from(labels[i]).expect("a class");
        let weight = options.class_weights.map_or(1.0, |weights| weights[label]);
        (Target::Label(label), weight)
    } else {
        let targets = case.target_probabilities.as_ref();
        let targets = targets.expect("labels or probabilities");
        // Divided by the number of rows, whatever the weights.
        (Target::Probabilities(&targets[row.clone()]), 1.0)
    };
    Some(Counted {
        objective: Objective::new(&case.logits[row], target, &options),
        denominator,
    })
}

fn compare(case: &ConformanceCase) {
    let (name, n) = (&case.name, case.n_classes);
    let rows: Vec<_> = (0..case.n_rows).map(|i| counted(case, i)).collect();
    let denominator: f64 = rows.iter().flatten().map(|row| row.denominator).sum();
    let mut sum = 0.0;
    for (i, row) in rows.iter().enumerate() {
        let Some(Counted { objective, .. }) = row else {
            // An ignored row is exactly 0 in everything; of a mean, too.
            assert_eq!(case.expected.none[i], 0.0, "{name}");
            let gradients = [&case.expected.grad_sum, &case.expected.grad_mean];
            for gradient in gradients {
                assert_eq!(gradient[i * n..(i + 1) * n], vec![0.0; n], "{name}");
            }
            continue;
        };
        let loss = objective.loss().to_f64();
        sum += loss;
        assert_near(name, loss, case.expected.none[i], 0.0);
        let total = objective.total_weight().to_f64();
        for j in 0..n {
            let gradient = objective.gradient(j).to_f64();
            assert_near(name, gradient, case.expected.grad_sum[i * n + j], total);
            let (mean, total_of_mean) = (gradient / denominator, total / denominator);
            assert_near(
                name,
                mean,
                case.expected.grad_mean[i * n + j],
                total_of_mean,
            );
            // Not given for rows with masked classes.
            let Some(hessians) = &case.hessian_sum else {
                continue;
            };
            for k in 0..n {
                let expected = hessians[(i * n + j) * n + k];
                assert_near(name, objective.hessian(j, k).to_f64(), expected, total);
            }
        }
    }
    assert_near(name, sum, case.expected.sum, 0.0);
    if denominator > 0.0 {
        assert_near(name, sum / denominator, case.expected.mean, 0.0);
    }
}

#[test]
fn all_cases_of_pytorch() {
    let cases = conformance();
    assert_eq!(cases.len(), 59);
    let count = |of: fn(&ConformanceCase) -> bool| cases.iter().filter(|case| of(case)).count();
    assert_eq!(count(|case| case.target_probabilities.is_some()), 16);
    assert_eq!(count(|case| case.hessian_sum.is_none()), 2, "masked");
    cases.iter().for_each(compare);
}

/// Where the project decides otherwise than `torch`: the mean of no rows does not exist, and
/// `torch` records NaN. It is one case, and there is no other NaN in the file.
#[test]
fn the_only_nan_is_the_mean_of_no_rows() {
    let cases = conformance();
    let mut odd = cases.iter().filter(|case| {
        let Expected {
            none,
            sum,
            grad_sum,
            mean,
            grad_mean,
        } = &case.expected;
        let arrays = [none, grad_sum, grad_mean].into_iter().flatten();
        let hessian = case.hessian_sum.iter().flatten();
        arrays.chain(hessian).chain([sum, mean]).any(|x| x.is_nan())
    });
    let case = odd.next().expect("a case with NaN");
    assert_eq!(case.name, "hard c=3 w=False s=0.0 ignore=-100");
    assert!(case.expected.mean.is_nan() && case.expected.sum == 0.0);
    assert!((0..case.n_rows).all(|i| counted(case, i).is_none()));
    assert_eq!(odd.next(), None);
}
