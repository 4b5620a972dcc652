//! Calibrations against minima that SciPy found, and what has to hold of any.
//!
//! SciPy 1.17.1 and NumPy 2.4.6, with the penalties that are the default here:
//!
//! ```python
//! import numpy as np
//! from scipy.optimize import brentq, minimize
//! from scipy.special import log_softmax, softmax
//! for name in "digits", "magika":
//!     x = np.load(f"host/data/{name}_logits.npy").astype(np.float64)
//!     y = np.load(f"host/data/{name}_labels.npy")
//!     n, c = x.shape
//!     hot = np.eye(c)[y]
//!     slope = lambda s: ((softmax(s * x, axis=1) - hot) * x).sum()
//!     s = brentq(slope, 0.1, 10, xtol=1e-15, rtol=1e-15)
//!     print(name, "temperature", 1 / s, -log_softmax(s * x, axis=1)[np.arange(n), y].sum())
//!     def objective(t):
//!         s, b = (np.ones(c), t) if len(t) == c else (t[:c], t[c:])
//!         z = s * x + b
//!         g = softmax(z, axis=1) - hot
//!         of_s, of_b = (g * x).sum(0) + s - 1, g.sum(0) + b
//!         loss = -log_softmax(z, axis=1)[np.arange(n), y].sum()
//!         value = loss + 0.5 * ((s - 1) @ (s - 1) + b @ b)
//!         return value, of_b if len(t) == c else np.r_[of_s, of_b]
//!     for start in np.zeros(c), np.r_[np.ones(c), np.zeros(c)]:
//!         options = {"maxiter": 10**5, "maxfun": 10**6, "ftol": 1e-16, "gtol": 1e-9, "maxcor": 50}
//!         r = minimize(objective, start, jac=True, method="L-BFGS-B", options=options)
//!         print(name, r.fun, r.x[:3], r.x[-3:])
//! ```

mod endings;

use std::path::Path;

use rayon::ThreadPoolBuilder;
use surprisal_host::{
    Batch, Calibrated, Calibration, CalibrationOptions, Ending, Labels, Logits, Method, Objective,
    Role, Rows, Weights,
};

/// Fits all rows.
fn options(method: Method) -> CalibrationOptions {
    CalibrationOptions {
        holdout: 0.0,
        ..CalibrationOptions::new(method)
    }
}

fn data(name: &str) -> Batch<f32> {
    let path = |array: &str| {
        let file = format!("{name}_{array}.npy");
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("data")
            .join(file)
    };
    let Logits::F32(logits) = Logits::open(&path("logits")).unwrap() else {
        panic!("the data sets are float32");
    };
    let labels = Labels::open(&path("labels")).unwrap();
    Batch::new(logits, labels, Objective::default()).unwrap()
}

fn batch(logits: &[f64], n_classes: usize, labels: &[i64], objective: Objective) -> Batch<f64> {
    let logits = Rows::new(Role::Logits, logits.to_vec(), n_classes).unwrap();
    Batch::new(logits, Labels::from(labels.to_vec()), objective).unwrap()
}

fn plain(logits: &[f64], n_classes: usize, labels: &[i64]) -> Batch<f64> {
    batch(logits, n_classes, labels, Objective::default())
}

#[track_caller]
fn close(value: f64, expected: f64, tolerance: f64) {
    assert!(
        (value - expected).abs() <= tolerance * expected.abs(),
        "{value}, expected {expected}"
    );
}

#[track_caller]
fn converged(calibrated: &Calibrated) -> &Calibration {
    assert_eq!(calibrated.ending, Ending::Converged);
    assert!(calibrated.iterations < 10, "{calibrated:?}");
    calibrated.calibration.as_ref().unwrap()
}

#[test]
fn temperatures_are_those_of_scipy() {
    for (name, expected, loss) in [
        ("digits", 0.5484042337950963, 194.98808848468212),
        ("magika", 1.2454504669718924, 645.2715021429381),
    ] {
        let calibrated = data(name).calibrate(&options(Method::Temperature)).unwrap();
        let Calibration::Temperature { temperature, .. } = converged(&calibrated) else {
            panic!("{calibrated:?}");
        };
        close(*temperature, expected, 1e-9);
        close(calibrated.loss, loss, 1e-13);
        let after = calibrated.after.unwrap();
        close(after.loss_mean.unwrap() * after.rows as f64, loss, 1e-12);
        assert_eq!(after.accuracy_top1, calibrated.before.accuracy_top1);
    }
}

#[test]
fn biases_and_vectors_are_those_of_scipy() {
    for (name, method, objective, first, last) in [
        (
            "digits",
            Method::Bias,
            278.61476710703505,
            [0.051298484134870787, -0.03982564206079449],
            -0.018440426282798957,
        ),
        (
            "digits",
            Method::Vector,
            188.46788908364363,
            [2.1839579841581926, 1.655281900152059],
            -0.2548570848562118,
        ),
        (
            "magika",
            Method::Bias,
            250.21458254735293,
            [-0.0012417609364519995, -0.003655099742698051],
            -0.00245091629739485,
        ),
        (
            "magika",
            Method::Vector,
            142.9820223715042,
            [0.9979092318351601, 0.9979616236170696],
            -0.001421441839839225,
        ),
    ] {
        let calibrated = data(name).calibrate(&options(method)).unwrap();
        let parameters: Vec<f64> = match converged(&calibrated) {
            Calibration::Bias { biases } => biases.clone(),
            Calibration::Vector { scales, biases } => [&scales[..], biases].concat(),
            Calibration::Temperature { .. } => unreachable!("not among the methods"),
        };
        close(calibrated.loss + calibrated.penalty, objective, 1e-12);
        // SciPy's own digits end here: its gradients are up to 4e-7.
        for (value, expected) in [
            (parameters[0], first[0]),
            (parameters[1], first[1]),
            (*parameters.last().unwrap(), last),
        ] {
            assert!((value - expected).abs() < 1e-7, "{value}, {expected}");
        }
        let n_classes = calibrated.calibration.as_ref().unwrap().n_classes();
        let biases = &parameters[parameters.len() - n_classes..];
        assert!(biases.iter().sum::<f64>().abs() < 1e-9);
    }
}

/// Rows that are held out: at the default all methods converge in fewer than ten iterations, and
/// the temperature makes both data sets better calibrated on rows that it has not seen.
#[test]
fn held_out_rows() {
    for name in ["digits", "magika"] {
        let batch = data(name);
        for method in [Method::Temperature, Method::Bias, Method::Vector] {
            let calibrated = batch.calibrate(&CalibrationOptions::new(method)).unwrap();
            converged(&calibrated);
            let rows = [calibrated.rows_fitted, calibrated.rows_held_out];
            assert_eq!(rows.iter().sum::<usize>(), batch.n_rows());
            assert_eq!(calibrated.before.rows, rows[1]);
            let after = calibrated.after.unwrap();
            if method == Method::Temperature {
                let before = calibrated.before;
                assert!(after.loss_mean < before.loss_mean);
                assert!(after.expected_calibration_error < before.expected_calibration_error);
            }
        }
    }
    let batch = data("digits");
    let with_seed = |seed| {
        let options = CalibrationOptions {
            seed,
            ..CalibrationOptions::new(Method::Temperature)
        };
        batch.calibrate(&options).unwrap().calibration
    };
    assert_eq!(with_seed(3), with_seed(3));
    assert_ne!(with_seed(3), with_seed(4));
}

/// Neither fitted nor held out.
#[test]
fn rows_without_a_label_or_a_weight() {
    let objective = Objective {
        ignored_labels: vec![-1],
        row_weights: Some(Weights::new(Role::RowWeights, vec![1.0, 0.0, 2.0, 1.0])),
        ..Objective::default()
    };
    let logits = [1.0, 0.0].repeat(4);
    let of_rows = batch(&logits, 2, &[0, 0, 1, -1], objective);
    let calibrated = of_rows.calibrate(&options(Method::Bias)).unwrap();
    assert_eq!((calibrated.rows_fitted, calibrated.rows_held_out), (2, 0));
}

#[test]
fn threads_change_no_bit() {
    let batch = data("digits");
    let results = [1, 2, 3].map(|threads| {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let options = CalibrationOptions::new(Method::Vector);
            let calibrated = batch.calibrate(&options).unwrap();
            let mut logits = Vec::new();
            let calibration = calibrated.calibration.unwrap();
            calibration
                .apply(batch.logits(), |part| {
                    logits.extend(part.iter().map(|logit| logit.to_bits()));
                    Ok(())
                })
                .unwrap();
            (calibration, calibrated.before, calibrated.after, logits)
        })
    });
    assert!(results.iter().all(|result| *result == results[0]));
}

/// A row that counts twice is two rows; masked classes and rows without weight are left out.
#[test]
fn weights_and_masks() {
    let fit = |batch: &Batch<f64>, method| {
        let calibrated = batch.calibrate(&options(method)).unwrap();
        let logits = Rows::new(Role::Logits, vec![1.0, 2.0, 4.0], 3).unwrap();
        let mut applied = Vec::new();
        let write = |part: &[f64]| {
            applied.extend_from_slice(part);
            Ok(())
        };
        converged(&calibrated).apply(&logits, write).unwrap();
        applied
    };
    let masked = f64::NEG_INFINITY;
    let rows = [
        [2.0, 0.0, masked],
        [1.0, 2.0, 0.5],
        [0.0, 1.0, 3.0],
        [1.0, 0.0, 2.0],
        [masked, 1.0, 0.5],
    ];
    let labels = [0, 0, 2, 1, 1];
    let weights = vec![1.0, 2.0, 3.0, 0.0, 1.0];
    let objective = Objective {
        row_weights: Some(Weights::new(Role::RowWeights, weights)),
        ..Objective::default()
    };
    let weighted = batch(rows.as_flattened(), 3, &labels, objective);
    let (mut logits, mut of_rows) = (Vec::new(), Vec::new());
    for row in [0, 1, 1, 2, 2, 2, 4] {
        logits.extend(rows[row]);
        of_rows.push(labels[row]);
    }
    let repeated = plain(&logits, 3, &of_rows);
    for method in [Method::Bias, Method::Vector] {
        let (a, b) = (fit(&weighted, method), fit(&repeated, method));
        for (a, b) in a.iter().zip(&b) {
            close(*a, *b, 1e-9);
        }
    }
}
