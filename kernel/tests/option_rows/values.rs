//! What options mean: the fixed vectors, and options that mean each other.

use surprisal::{Bf16, CrossEntropy, Denominator, Reduction, Total, Values};
use surprisal_reference::vectors::fixed;

use super::{
    INF, assert_close,
    common::{Outputs, assert_same_bits, backends, padded, some_vector},
    logits,
};

#[test]
fn the_fixed_means() {
    for backend in backends() {
        for mean in &fixed::MEANS {
            let mut loss = CrossEntropy::new().backend(backend);
            if mean.weighted {
                loss = loss.class_weights(&fixed::CLASS_WEIGHTS);
            }
            if mean.smoothed {
                loss = loss.label_smoothing(fixed::LABEL_SMOOTHING);
            }
            if let Some(ignored) = mean.ignored {
                loss = loss.ignore_label(fixed::LABELS[ignored]);
            }
            let total = loss.total(&logits(), 3, &fixed::LABELS).unwrap();
            assert_close(total.mean(Denominator::Weight).unwrap(), mean.mean);
        }
    }
}

#[test]
fn the_fixed_z_loss() {
    for backend in backends() {
        let plain = CrossEntropy::new().backend(backend);
        let (mut losses, mut with_z) = ([0.0; 3], [0.0; 3]);
        plain
            .losses(&logits(), 3, &fixed::LABELS, &mut losses)
            .unwrap();
        plain
            .z_loss(fixed::Z_LOSS)
            .losses(&logits(), 3, &fixed::LABELS, &mut with_z)
            .unwrap();
        for ((with_z, loss), term) in with_z.into_iter().zip(losses).zip(fixed::Z_LOSS_TERMS) {
            // The term is a ten-thousandth of the loss that it is subtracted from here.
            assert!((with_z - loss - term).abs() < 1e-15);
        }
    }
}

/// A target that is one-hot is a label, a row weight is an upstream factor, and smoothing over the
/// others is smoothing over all with e C / (C - 1).
#[test]
fn options_that_mean_the_same() {
    let (row, vector) = ([0.5_f64, -30.0, 2.0, 1.0], [1.0, 2.0, -1.0, 0.5]);
    for backend in backends() {
        let plain = CrossEntropy::new().backend(backend);
        let label = Outputs::of(plain, &row, 4, &[2], &vector);
        let one_hot = plain.target_probabilities(&[0.0, 0.0, 1.0, 0.0]);
        let one_hot = Outputs::of(one_hot, &row, 4, &[2], &vector);
        let others = plain.label_smoothing_over_others(0.3);
        let others = Outputs::of(others, &row, 4, &[2], &vector);
        let all = Outputs::of(plain.label_smoothing(0.4), &row, 4, &[2], &vector);
        // Both are within 2 units in the last place of the same number.
        for (a, b) in [(&label, &one_hot), (&others, &all)] {
            for ((name, a), (_, b)) in a.list().iter().zip(b.list()) {
                for (a, b) in a.iter().zip(b) {
                    let most = 4.0 * f64::EPSILON * a.abs();
                    assert!((a - b).abs() <= most, "{name}: {a}, {b}");
                }
            }
        }
        let (mut weighted, mut upstream) = ([0.0; 4], [0.0; 4]);
        plain
            .row_weights(&[3.0])
            .gradients(&row, 4, &[2], None, &mut weighted)
            .unwrap();
        plain
            .gradients(&row, 4, &[2], Some(&[3.0]), &mut upstream)
            .unwrap();
        assert_eq!(weighted, upstream);
    }
}

/// Whatever the options, upstream factors multiply derivatives: powers of two exactly.
#[test]
fn upstream_factors_multiply_gradients_under_every_option() {
    let rows = [0.5_f32, -3.0, 2.0, 1.0, 0.25, 0.125];
    let upstream = [4.0, -0.5];
    for backend in backends() {
        let plain = CrossEntropy::new().backend(backend);
        for loss in [
            plain,
            plain.softcap(3.0),
            plain.temperature(0.7),
            plain.z_loss(0.1),
            plain.label_smoothing(0.1),
            plain.target_probabilities(&[0.25, 0.5, 0.25, 0.0, 1.0, 0.0]),
        ] {
            let (mut once, mut multiplied) = ([7.0; 6], [7.0; 6]);
            loss.gradients(&rows, 3, &[2, 0], None, &mut once).unwrap();
            loss.gradients(&rows, 3, &[2, 0], Some(&upstream), &mut multiplied)
                .unwrap();
            for (row, factor) in once.chunks_mut(3).zip(upstream) {
                for entry in row {
                    *entry *= factor;
                }
            }
            assert_eq!(multiplied, once, "{loss:?}");
        }
    }
}

/// The total of one row is its loss, in its own type: under options, too, where it is found in `f64`.
#[test]
fn the_total_of_a_row_is_its_loss() {
    let row = [0.5_f32, -3.0, 2.0];
    for backend in backends() {
        let plain = CrossEntropy::new().backend(backend);
        for loss in [plain, plain.softcap(3.0), plain.z_loss(0.1)] {
            let mut losses = [7.0];
            loss.losses(&row, 3, &[0], &mut losses).unwrap();
            let total = loss.total(&row, 3, &[0]).unwrap();
            assert_eq!(total.sum, f64::from(losses[0]), "{loss:?}");
        }
    }
}

/// Options are values: equal where what is set is equal, and a sum takes a mean back.
#[test]
fn options_are_compared_by_what_they_say() {
    let plain = CrossEntropy::new();
    assert_eq!(
        plain.z_loss(0.5).softcap(30.0),
        plain.softcap(30.0).z_loss(0.5)
    );
    assert_ne!(plain.z_loss(0.5), plain.z_loss(0.25));
    let mean = plain.reduction(Reduction::Mean(Denominator::Rows));
    assert_ne!(mean, plain);
    assert_eq!(mean.reduction(Reduction::None), plain);
    let mut gradients = [0.0_f64; 4];
    let sum = mean.reduction(Reduction::Sum);
    sum.gradients(&[0.0; 4], 2, &[0, 0], None, &mut gradients)
        .unwrap();
    assert_eq!(gradients, [-0.5, 0.5, -0.5, 0.5]);
}

/// Of sums that are exact: finite rows, ignored ones and one whose label is masked.
#[test]
fn totals_of_parts_make_the_total() {
    let rows = [
        Some((0.5, 2.0)),
        None,
        Some((0.25, 0.75)),
        None,
        Some((INF, 1.0)),
        None,
    ];
    let total_of = |rows: &[Option<(f64, f64)>]| {
        let mut total = Total::default();
        for row in rows {
            match *row {
                Some((loss, weight)) => total.add_row(loss, weight),
                None => total.add_ignored(),
            }
        }
        total
    };
    for n in 0..=rows.len() {
        let (first, next) = rows.split_at(n);
        assert_eq!(total_of(first).merge(total_of(next)), total_of(&rows));
    }
}

/// Any number divides a total, and numbers of either type are values of an option.
#[test]
fn totals_and_values() {
    let total = CrossEntropy::new()
        .row_weights(&[2.0_f32, 4.0])
        .total(&[0.0_f64; 4], 2, &[0, 1])
        .unwrap();
    assert_close(
        total.mean(Denominator::Given(3.0)).unwrap(),
        2.0 * 2_f64.ln(),
    );
    assert_eq!(total.denominator(Denominator::Given(3.0)), Some(3.0));
    let values = Values::from(&[2.0_f32, 4.0]);
    assert_eq!((values.len(), values.is_empty()), (2, false));
    assert!(Values::from(&[0.0_f64; 0]).is_empty());
}

/// Padding is neither read nor left as it is in gradients.
#[test]
fn padded_rows_are_those_without_padding() {
    for backend in backends() {
        for n in [1, 3, 31, 33, 200] {
            let stride = n + 3;
            let rows = some_vector::<f32>(5 * n);
            let labels = [0_usize, n - 1, 99_999, n / 2, 0];
            let padded = padded(&rows, n, stride);
            let plain = CrossEntropy::new().backend(backend).ignore_label(99_999);
            for loss in [plain, plain.z_loss(0.25)] {
                let strided = loss.row_stride(stride);
                let (mut losses, mut expected_losses) = ([0.0; 5], [0.0; 5]);
                let (mut gradients, mut expected) = (padded.clone(), rows.clone());
                loss.losses_and_gradients_in_place(
                    &mut expected,
                    n,
                    &labels,
                    None,
                    &mut expected_losses,
                )
                .unwrap();
                strided
                    .losses_and_gradients_in_place(&mut gradients, n, &labels, None, &mut losses)
                    .unwrap();
                assert_same_bits("losses", &losses, &expected_losses);
                for (padded, row) in gradients.chunks(stride).zip(expected.chunks(n)) {
                    assert_same_bits("gradients", &padded[..n], row);
                    assert_eq!(padded[n..], [0.0; 3]);
                }
                loss.hessian_diagonals(&rows, n, &labels, &mut expected)
                    .unwrap();
                let mut diagonals = vec![0.0; 5 * n];
                strided
                    .hessian_diagonals(&padded, n, &labels, &mut diagonals)
                    .unwrap();
                assert_same_bits("diagonals", &diagonals, &expected);
            }
        }
    }
}

/// Half precision, widened, under options.
#[test]
fn bfloat16_under_options_has_the_bits_of_f32() {
    let halves: Vec<Bf16> = (0..60).map(|i| Bf16::from_f32(i as f32 / 8.0)).collect();
    let logits: Vec<f32> = halves.iter().map(|&half| half.into()).collect();
    let labels = [0, 3, 11, 5, 7_u8];
    let loss = CrossEntropy::new().label_smoothing(0.1).softcap(5.0);
    let (mut of_halves, mut expected) = (vec![0.0; 60], vec![0.0; 60]);
    let (mut losses, mut expected_losses) = ([0.0; 5], [0.0; 5]);
    loss.losses_and_gradients(&halves, 12, &labels, None, &mut losses, &mut of_halves)
        .unwrap();
    loss.losses_and_gradients(
        &logits,
        12,
        &labels,
        None,
        &mut expected_losses,
        &mut expected,
    )
    .unwrap();
    assert_same_bits("losses", &losses, &expected_losses);
    assert_same_bits("gradients", &of_halves, &expected);
}
