//! Multinomial logistic regression against values of other programs, identities and its own
//! promises.
#![forbid(unsafe_code)]

mod endings;
mod gauss_newton;
mod identities;
mod refusals;
mod scikit_learn;

use std::{fs, path::PathBuf};

use surprisal_host::{
    Features, Fit, FitOptions, Labels, Objective, Outcome, Regression, Role, Weights,
};

/// A file of the data that come with the package.
fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("data")
        .join(name)
}

/// The UCI digits: 1797 rows of 64 features, multiples of 1/16.
fn digits() -> Features {
    Features::open(&data("digits_features.npy")).unwrap()
}

/// Their labels, 0 to 9.
fn digit_labels() -> Vec<i64> {
    let bytes = fs::read(data("digits_labels.npy")).unwrap();
    // A header of 128 bytes, and `<i8`.
    let (labels, rest) = bytes[128..].as_chunks();
    assert_eq!((labels.len(), rest), (1797, &[][..]));
    labels
        .iter()
        .map(|&label| i64::from_le_bytes(label))
        .collect()
}

/// Without ignored labels.
fn plain() -> Objective {
    Objective::default()
}

fn options(l2: f64) -> FitOptions {
    FitOptions {
        l2,
        ..FitOptions::default()
    }
}

fn row_weights(weights: Vec<f64>) -> Weights {
    Weights::new(Role::RowWeights, weights)
}

fn regression(
    features: Features,
    labels: Vec<i64>,
    objective: Objective,
    options: FitOptions,
) -> Regression {
    Regression::new(features, Labels::from(labels), objective, options).unwrap()
}

/// A fit that has to converge.
#[track_caller]
fn fit(features: Features, labels: Vec<i64>, objective: Objective, options: FitOptions) -> Fit {
    let fit = regression(features, labels, objective, options).fit(|_| ());
    let fit = fit.unwrap();
    assert_eq!(fit.outcome, Outcome::Converged);
    fit
}

/// Whether a number is another one to a relative tolerance.
#[track_caller]
fn close(what: &str, actual: f64, expected: f64, tolerance: f64) {
    let error = (actual - expected).abs() / expected.abs();
    assert!(
        error <= tolerance,
        "{what}: {actual:?}, not {expected:?}: {error:.1e} off"
    );
}

/// What the last step leaves of coefficients about 1: it is within about the root of the tolerance
/// before, 1e-5, and solved to as much of itself.
const LAST_STEP: f64 = 1e-10;

/// Whether coefficients are those of another fit, absolutely.
#[track_caller]
fn close_all(actual: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(actual.len(), expected.len());
    for (index, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        let same = actual == expected || (actual - expected).abs() <= tolerance;
        assert!(same, "coefficient {index}: {actual:?}, not {expected:?}");
    }
}
