//! Rows that are not ordinary: the same policy in loss, gradient and Hessian, on every backend;
//! and what is known to go wrong elsewhere.

mod common;

use common::{Outputs, Real, WIDEST_MATRIX, backends, some_vector};
use surprisal::{CrossEntropy, Denominator, Total};
use surprisal_reference::{Row, Wide, error_measure::ulps, tiers};

/// Masked classes are exactly zero, a masked label costs infinity, and a row without a softmax
/// is NaN in every entry of every output.
#[test]
fn odd_rows_follow_the_policy() {
    for backend in backends() {
        follow_the_policy::<f32>(CrossEntropy::new().backend(backend));
        follow_the_policy::<f64>(CrossEntropy::new().backend(backend));
    }
}

fn follow_the_policy<T: Real>(loss: CrossEntropy<'_>) {
    for case in tiers::odd::<T>().cases {
        let (n, label) = (case.logits.len(), case.label);
        let outputs = Outputs::of(loss, &case.logits, n, &[label], &some_vector::<T>(n));
        let row = Row::new(&case.logits);
        let what = format!("label {label} of {:?}", &case.logits[..n.min(5)]);
        // Exact values of a masked class are 0 and of an undefined row NaN, for which the error
        // measure allows nothing else; the others keep the promise.
        let check = |name: &str, actual: T, exact| {
            let error = ulps(actual, exact);
            assert!(
                error <= 2.0,
                "{name} of {what}: {actual:?} errs by {error} ulp"
            );
        };
        check("loss", outputs.losses[0], row.loss(label));
        for j in 0..n {
            check("gradient", outputs.gradients[j], row.gradient(label, j));
            check("probability", outputs.probabilities[j], row.probability(j));
            check("diagonal", outputs.diagonals[j], row.hessian(j, j));
            let product: f64 = outputs.products[j].into();
            let masked = case.logits[j] == T::round(f64::NEG_INFINITY);
            assert_eq!(
                product.is_nan(),
                row.probability(j).is_nan(),
                "product of {what}"
            );
            assert!(
                !masked || product.is_nan() || product == 0.0,
                "product of {what}"
            );
            if n <= WIDEST_MATRIX {
                for i in 0..n {
                    check("Hessian", outputs.hessians[i * n + j], row.hessian(i, j));
                }
            }
        }
    }
}

/// An ignored row is exactly zero in every output, whatever it holds, and touches no other.
#[test]
fn ignored_rows_are_zero() {
    for backend in backends() {
        let loss = CrossEntropy::new().backend(backend).ignore_label(-100);
        for n in [1, 2, 10, 33, 64] {
            let mut logits = vec![0.5_f32; 3 * n];
            logits[n..2 * n].fill(f32::NAN);
            let vectors = vec![f32::INFINITY; 3 * n];
            let outputs = Outputs::of(loss, &logits, n, &[0, -100, 0], &vectors);
            for (name, values) in outputs.list() {
                if name == "probabilities" {
                    continue; // They know no labels.
                }
                let len = values.len() / 3;
                let ignored = &values[len..2 * len];
                assert!(
                    ignored.iter().all(|v| v.to_bits() == 0),
                    "{name}: {ignored:?}"
                );
                if name != "Hessian-vector products" {
                    assert!(values[..len].iter().all(|v| !v.is_nan()), "{name}");
                }
            }
        }
    }
}

#[test]
fn all_rows_ignored_have_no_mean() {
    let loss = CrossEntropy::new().ignore_label(7_u64);
    let total = loss.total(&[f64::NAN; 4], 2, &[7_u64, 7]).unwrap();
    assert_eq!(
        total,
        Total {
            rows_ignored: 2,
            ..Total::default()
        }
    );
    for denominator in [
        Denominator::Weight,
        Denominator::Rows,
        Denominator::Given(3.0),
    ] {
        assert_eq!(total.mean(denominator), None);
    }
}

#[test]
fn totals_count_what_is_not_finite() {
    let logits = [1.0, 1.0, f64::NAN, 1.0, 0.0, f64::NEG_INFINITY];
    let total = CrossEntropy::new().total(&logits, 2, &[0, 0, 1]).unwrap();
    assert_eq!((total.rows_counted, total.rows_non_finite), (3, 2));
    assert!(total.sum.is_nan());
    let without_nan = CrossEntropy::new()
        .ignore_label(9)
        .total(&logits, 2, &[0, 9, 1])
        .unwrap();
    assert_eq!(
        (without_nan.sum, without_nan.rows_non_finite),
        (f64::INFINITY, 1)
    );
}

fn loss_of<T: Real>(logits: &[T], label: usize) -> T {
    let mut losses = [T::round(0.0)];
    CrossEntropy::new()
        .losses(logits, logits.len(), &[label], &mut losses)
        .unwrap();
    losses[0]
}

/// Against a value rounded to f64: half an ulp more than the promise allows.
#[track_caller]
fn assert_near<T: Real>(actual: T, rounded: f64) {
    let error = ulps(actual, Wide::from(rounded));
    assert!(error <= 2.5, "{actual:?} is {error} ulp from {rounded}");
}

/// optax, SciPy and scikit-learn compute lse - x_y and lose the loss in the offset.
#[test]
fn a_large_common_offset_changes_nothing() {
    assert_near(loss_of(&[2.0_f64, -1.0], 0), 0.04858735157374206);
    assert_near(loss_of(&[1e6 + 2.0, 1e6 - 1.0_f64], 0), 0.04858735157374206);
    assert_near(loss_of(&[1e6 + 2.0, 1e6 - 1.0_f32], 0), 0.04858735157374206);
}

/// PyTorch and JAX give 0.
#[test]
fn a_confident_row_keeps_its_loss() {
    assert_near(loss_of(&[0.0_f64, -40.0], 0), 4.248354255291589e-18);
    assert_near(loss_of(&[0.0_f32, -17.0], 0), 4.1399376330897474e-8);
    // 7.440151952041672e-44 (60 digits: ln(1 + 2 e^-100)), a subnormal f32.
    assert_eq!(loss_of(&[100.0_f32, 0.0, 0.0], 0).to_bits(), 53);
    assert_eq!(loss_of(&[0.0_f32, -200.0], 1), 200.0);
}

/// 0 x -inf makes NaN in one-hot products: Keras on JAX, ggml, dense optax.
#[test]
fn a_masked_class_beside_the_label_adds_nothing() {
    assert_eq!(
        loss_of(&[0.0_f32, f32::NEG_INFINITY, 0.0], 0),
        core::f32::consts::LN_2
    );
}

/// A running maximum that starts at a finite constant: llm.c, XGBoost.
#[test]
fn very_negative_rows_are_rows() {
    for offset in [-1e4_f32, -1e30, -f32::MAX] {
        assert_eq!(
            loss_of(&[offset; 2], 1),
            core::f32::consts::LN_2,
            "{offset}"
        );
    }
}

/// A label with the lowest number, which masks in many frameworks, below others of that size: the
/// difference is within the type, what leads to its low part is not.
#[test]
fn the_lowest_label_has_a_loss() {
    fn check<T: Real>(lowest: T) {
        let value: f64 = lowest.into();
        for i in 0..100 {
            let above = T::round(value * (0.2 + f64::from(i) * 0.0079));
            for (logits, label) in [(vec![lowest, above], 0), (vec![above, lowest, above], 1)] {
                let error = ulps(loss_of(&logits, label), Row::new(&logits).loss(label));
                assert!(error <= 2.0, "{logits:?} errs by {error} ulp");
            }
        }
    }
    check(f32::MIN);
    check(f64::MIN);
}

/// One maximum shared by all rows: linfa.
#[test]
fn a_huge_row_does_not_flatten_its_neighbours() {
    let mut losses = [0.0_f32; 2];
    CrossEntropy::new()
        .losses(&[1e30_f32, 1e30, -5.0, -5.0], 2, &[0, 0], &mut losses)
        .unwrap();
    assert_eq!(losses, [core::f32::consts::LN_2; 2]);
}

/// A first block of -inf makes NaN in a streamed maximum: Liger, flash-attention.
#[test]
fn a_first_block_that_is_all_masked_is_skipped() {
    let mut logits = vec![f32::NEG_INFINITY; 3 * 4096];
    logits[2 * 4096 + 5] = 1.0;
    logits[2 * 4096 + 9] = 1.0;
    assert_eq!(loss_of(&logits, 2 * 4096 + 9), core::f32::consts::LN_2);
    logits[3] = f32::NAN;
    assert!(loss_of(&logits, 2 * 4096 + 9).is_nan());
}
