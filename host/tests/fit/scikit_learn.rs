//! The minima that scikit-learn 1.9.1 finds, on the digits. Each test has the arguments of
//!
//! ```python
//! import numpy as np
//! from scipy.special import logsumexp
//! from sklearn.linear_model import LogisticRegression
//! X = np.load("digits_features.npy").astype(float)
//! y = np.load("digits_labels.npy")
//! i = np.arange(len(y))
//! one = np.ones(len(y))
//! def fit(X, y, r, l2, intercept=True):
//!     two = len(np.unique(y)) == 2
//!     m = LogisticRegression(C=(2 if two else 1) / l2, solver="newton-cholesky", tol=1e-13,
//!                            max_iter=10000, fit_intercept=intercept).fit(X, y, r)
//!     W, b = m.coef_, m.intercept_ * np.ones(len(m.coef_))
//!     if two:
//!         W, b = np.vstack([-W, W]) / 2, np.r_[-b, b] / 2
//!     z, c = X @ W.T + b, np.searchsorted(m.classes_, y)
//!     loss = (r * (logsumexp(z, axis=1) - z[np.arange(len(y)), c])).sum()
//!     print(loss + l2 / 2 * (W**2).sum(), [W[0, 10], W[1, 20], W[-1, 60], b[0], b[-1]])
//! ```

use std::num::NonZeroUsize;

use surprisal_host::{Features, Fit, FitOptions, Objective, Role, Smoothing, Weights};

use crate::{close, close_all, digit_labels, digits, fit, options, plain, row_weights};

/// scikit-learn's objective is rounded; its last step leaves less.
const OBJECTIVE: f64 = 1e-12;

/// Coefficients where its gradients are 1e-13 and the Hessian is at least l2.
const COEFFICIENTS: f64 = 1e-9;

/// Compares with what the Python function prints. `classes` are the first, second and last that
/// it has.
#[track_caller]
fn agrees(fit: &Fit, classes: [usize; 3], objective: f64, coefficients: [f64; 5]) {
    close("objective", fit.objective(), objective, OBJECTIVE);
    let entry = |class: usize, column: usize| fit.coefficients[classes[class] * 65 + column];
    let entries = [
        entry(0, 10),
        entry(1, 20),
        entry(2, 60),
        entry(0, 64),
        entry(2, 64),
    ];
    close_all(&entries, &coefficients, COEFFICIENTS);
}

/// `fit(X, y, one, 1.0)`; the objective is what its solvers newton-cholesky and lbfgs agree on.
#[test]
fn digits_in_few_iterations() {
    let fit = fit(digits(), digit_labels(), plain(), options(1.0));
    close("objective", fit.objective(), 358.5489477339616, 1e-10);
    assert!(fit.iterations < 15, "{} iterations", fit.iterations);
    agrees(
        &fit,
        [0, 1, 9],
        358.5489477339616,
        [
            -0.013265915905735818,
            2.1357263467436742,
            0.3293750163293488,
            0.6162269443242268,
            -1.4030018785203329,
        ],
    );
    // m.score(X, y) is 0.9849749582637729.
    assert_eq!(fit.accuracy, 1770.0 / 1797.0);
    assert_eq!(fit.rows_counted, 1797);
    assert!(fit.masked_classes.is_empty());
}

/// `fit(X, y, (i % 5) / 2 * ((1 + y) / 4), 0.5)`
#[test]
fn weights_of_rows_and_classes() {
    let objective = Objective {
        row_weights: Some(row_weights(
            (0..1797).map(|row| f64::from(row % 5) / 2.0).collect(),
        )),
        class_weights: Some(Weights::new(
            Role::ClassWeights,
            (0..10).map(|class| f64::from(1 + class) / 4.0).collect(),
        )),
        ..plain()
    };
    let fit = fit(digits(), digit_labels(), objective, options(0.5));
    agrees(
        &fit,
        [0, 1, 9],
        287.01289914110833,
        [
            -0.14469942655555088,
            2.0624781432021253,
            0.47037014682781964,
            0.9472864746128287,
            -3.1393279298155794,
        ],
    );
    assert_eq!(fit.rows_counted, 1797 - 1797_usize.div_ceil(5));
}

/// `fit(X[y != 3], y[y != 3], one[y != 3], 1.0)`: with rows of label 3 ignored, and twelve classes,
/// there are three without any row.
#[test]
fn classes_that_never_occur() {
    let objective = Objective {
        ignored_labels: vec![3],
        ..plain()
    };
    let options = FitOptions {
        n_classes: NonZeroUsize::new(12),
        ..options(1.0)
    };
    let fit = fit(digits(), digit_labels(), objective, options);
    agrees(
        &fit,
        [0, 1, 9],
        293.86354926850527,
        [
            0.004933031684784777,
            2.0997987501775017,
            0.360022073645389,
            0.543928076236964,
            -0.8762274648289501,
        ],
    );
    assert_eq!(fit.masked_classes, [3, 10, 11]);
    assert_eq!(fit.coefficients.len(), 12 * 65);
    for &class in &fit.masked_classes {
        let (features, intercept) = fit.coefficients[class * 65..][..65].split_at(64);
        assert_eq!(
            (features, intercept),
            (&[0.0; 64][..], &[f64::NEG_INFINITY][..])
        );
    }
}

/// `fit(X, y, one, 1.0, False)`
#[test]
fn without_intercepts() {
    let options = FitOptions {
        intercept: false,
        ..options(1.0)
    };
    agrees(
        &fit(digits(), digit_labels(), plain(), options),
        [0, 1, 9],
        363.50725956886646,
        [
            0.018947924874235064,
            2.015901368967676,
            0.24457493111038817,
            0.0,
            0.0,
        ],
    );
}

/// `fit(np.repeat(X, 10, 0), labels, weights, 1.0)`: smoothing is every label for every row, with
/// `labels = np.tile(np.arange(10), len(y))` and
/// `weights = 0.01 + 0.9 * (labels == np.repeat(y, 10))`.
#[test]
fn label_smoothing() {
    let with = |smoothing| Objective {
        label_smoothing: Some(smoothing),
        ..plain()
    };
    // Over the other nine: their part of what goes to all ten.
    for smoothing in [Smoothing::OverAll(0.1), Smoothing::OverOthers(0.09)] {
        agrees(
            &fit(digits(), digit_labels(), with(smoothing), options(1.0)),
            [0, 1, 9],
            1257.2390491254212,
            [
                -0.13260987596328505,
                1.468090733541002,
                0.3598904438854976,
                0.7392971095826221,
                -0.6563207981836002,
            ],
        );
    }
}

/// `fit(X, y % 2, one, 1.0)`
#[test]
fn two_classes() {
    let labels = digit_labels().iter().map(|label| label % 2).collect();
    agrees(
        &fit(digits(), labels, plain(), options(1.0)),
        [0, 1, 1],
        350.69799404137456,
        [
            -0.13342496365725412,
            0.4101099491212485,
            -0.7464414888112573,
            0.7220719339274405,
            -0.7220719339274405,
        ],
    );
}

/// The file holds `f32`; widened by hand they are the same fit to the bit.
#[test]
fn features_of_32_bits() {
    let bytes = std::fs::read(crate::data("digits_features.npy")).unwrap();
    let (values, _) = bytes[128..].as_chunks();
    let widened = values
        .iter()
        .map(|&value| f64::from(f32::from_le_bytes(value)));
    let widened = Features::new(widened.collect(), 1797, 64).unwrap();
    let [narrow, wide] =
        [digits(), widened].map(|features| fit(features, digit_labels(), plain(), options(1.0)));
    assert_eq!(narrow.coefficients, wide.coefficients);
    assert_eq!(narrow.objective(), wide.objective());
}
