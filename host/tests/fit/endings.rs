//! How a fit ends where it does not converge, and that it ends.

use surprisal_host::{Features, Fit, FitOptions, Objective, Outcome, Smoothing};

use crate::{digit_labels, digits, fit, options, plain, regression};

fn any_end(features: Features, labels: Vec<i64>, options: FitOptions) -> Fit {
    let regression = regression(features, labels, plain(), options);
    regression.fit(|_| ()).unwrap()
}

/// One feature, whose values are those of eight rows.
fn column(values: [f64; 8]) -> Features {
    Features::new(values.into(), 8, 1).unwrap()
}

#[test]
fn separable_classes_have_no_minimum() {
    // Those of the digits are.
    let digits = any_end(digits(), digit_labels(), options(0.0));
    assert_eq!(digits.outcome, Outcome::Unbounded);
    // Roundings decide when the last row is ahead: fewer than 15 steps and 18 have been seen. A step takes
    // losses down by a factor e at best, and 1e-10 of them is 23 of these.
    assert!(digits.iterations < 23, "{} iterations", digits.iterations);
    assert_eq!(digits.accuracy, 1.0);

    let halves = [-2.0, -1.0, -1.0, -0.5, 0.5, 1.0, 1.0, 2.0];
    let labels = vec![1, 1, 1, 1, 0, 0, 0, 0];
    let line = any_end(column(halves), labels.clone(), options(0.0));
    assert_eq!(line.outcome, Outcome::Unbounded);
    assert!(line.coefficients.iter().all(|entry| entry.is_finite()));

    // A penalty, however small, or smoothing has one.
    fit(column(halves), labels.clone(), plain(), options(1e-9));
    let smoothed = Objective {
        label_smoothing: Some(Smoothing::OverAll(0.01)),
        ..plain()
    };
    fit(column(halves), labels, smoothed, options(0.0));
}

/// Where the feature is 0 classes are mixed, and only the rows where it is 1 are separated: the
/// loss goes down to 6 ln 2 and not to 0.
#[test]
fn some_separable_rows_are_enough() {
    let some = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0];
    let labels = vec![0, 1, 0, 1, 0, 1, 0, 0];
    let end = any_end(column(some), labels.clone(), options(0.0));
    assert_eq!(end.outcome, Outcome::Unbounded);
    assert!(end.iterations < 50, "{} iterations", end.iterations);
    let least = 6.0 * std::f64::consts::LN_2;
    assert!((end.loss - least).abs() < 1e-9 * least, "{}", end.loss);
    fit(column(some), labels, plain(), options(1e-9));
}

#[test]
fn iterations_can_be_limited() {
    for max_iterations in [0, 1, 3] {
        let options = FitOptions {
            max_iterations,
            ..options(1.0)
        };
        let end = any_end(digits(), digit_labels(), options);
        assert_eq!(end.outcome, Outcome::IterationLimit);
        assert_eq!(end.iterations, max_iterations);
        // Ten classes at equal probability at first.
        let start = 1797.0 * 10.0_f64.ln();
        assert_eq!(end.objective() < 0.99 * start, max_iterations > 0);
    }
}

/// A looser tolerance ends earlier, and within it.
#[test]
fn the_tolerance_is_one_of_the_objective() {
    let minimum = 358.5489477339616;
    let mut iterations = Vec::new();
    for tolerance in [1e-1, 1e-4, 1e-7, 1e-16] {
        let options = FitOptions {
            tolerance,
            ..options(1.0)
        };
        let fit = fit(digits(), digit_labels(), plain(), options);
        let error = (fit.objective() - minimum) / minimum;
        // The minimum itself is known to a few roundings.
        assert!(
            error.abs() <= tolerance.min(1e-3) + 1e-15,
            "{error:e} for {tolerance:e}"
        );
        iterations.push(fit.iterations);
    }
    assert!(
        iterations.is_sorted() && iterations[0] < iterations[3],
        "{iterations:?}"
    );
}

/// Squares that overflow, or underflow where there is no penalty, are no reason to leave a column
/// out.
#[test]
fn what_overflows_does_not_converge() {
    let scaled =
        |scale: f64| column([0.5, 1.0, -1.0, 2.0, -2.0, 3.0, 1.5, 0.25].map(|x| x * scale));
    let labels = vec![0, 1, 0, 1, 0, 0, 1, 1];
    for (scale, l2) in [(1e200, 1.0), (5e307, 1.0), (1e200, 0.0), (1e-200, 0.0)] {
        let end = any_end(scaled(scale), labels.clone(), options(l2));
        assert_eq!(end.outcome, Outcome::Stalled, "{scale:e}");
    }
    fit(scaled(1e-200), labels.clone(), plain(), options(1.0));
    // The same fit in other units.
    let unit = fit(scaled(1.0), labels.clone(), plain(), options(0.0));
    let large = fit(scaled(1e100), labels, plain(), options(0.0));
    crate::close("loss", large.loss, unit.loss, 1e-13);
}
