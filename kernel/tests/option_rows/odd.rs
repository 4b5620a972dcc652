//! Masked classes, ignored rows and rows without a softmax under options.

use surprisal::{CrossEntropy, Denominator, Reduction};

use super::{
    INF, NO_LABELS, assert_close,
    common::{Outputs, assert_same_bits, backends, some_vector},
};

/// Keras on JAX, ggml and optax give NaN: 0 times infinity.
#[test]
fn a_masked_class_without_a_target_adds_nothing() {
    for backend in backends() {
        let loss = CrossEntropy::new().backend(backend);
        let (row, mut losses, mut gradients) = ([1.0, -INF, 1.0], [0.0], [0.0; 3]);
        loss.class_weights(&[1.0, 0.0, 1.0])
            .label_smoothing(0.5)
            .losses_and_gradients(&row, 3, &[0], None, &mut losses, &mut gradients)
            .unwrap();
        // Targets 1/2 + 1/6, none, and 1/6.
        assert_close(losses[0], 5.0 / 6.0 * core::f64::consts::LN_2);
        assert_eq!(gradients[1], 0.0);
        assert_close(gradients[0], 5.0 / 12.0 - 2.0 / 3.0);

        loss.target_probabilities(&[0.5, 0.0, 0.5])
            .losses_and_gradients(&row, 3, NO_LABELS, None, &mut losses, &mut gradients)
            .unwrap();
        assert_eq!((losses, gradients), ([core::f64::consts::LN_2], [0.0; 3]));

        // With a target the class is infinitely unlikely.
        loss.target_probabilities(&[0.5, 0.5, 0.0])
            .losses_and_gradients(&row, 3, NO_LABELS, None, &mut losses, &mut gradients)
            .unwrap();
        assert_eq!((losses, gradients), ([INF], [0.0, -0.5, 0.5]));
        loss.label_smoothing(0.5)
            .losses(&row, 3, &[0], &mut losses)
            .unwrap();
        assert_eq!(losses, [INF]);
    }
}

#[test]
fn a_masked_label_of_a_class_or_row_without_weight_adds_nothing() {
    for backend in backends() {
        let loss = CrossEntropy::new().backend(backend);
        let (row, mut losses, mut gradients) = ([2.0_f32, f32::NEG_INFINITY], [1.0], [1.0; 2]);
        for loss in [
            loss.class_weights(&[1.0, 0.0]),
            loss.row_weights(&[0.0]),
            loss.row_weights(&[0.0]).z_loss(0.5).softcap(3.0),
        ] {
            loss.losses_and_gradients(&row, 2, &[1], None, &mut losses, &mut gradients)
                .unwrap();
            assert_eq!((losses, gradients), ([0.0], [0.0; 2]), "{loss:?}");
        }
    }
}

/// PyTorch gives NaN for gradients of ignored rows that hold NaN.
#[test]
fn ignored_rows_hold_what_they_like() {
    let everything = CrossEntropy::new()
        .class_weights(&[1.0, 2.0])
        .row_weights(&[1.0, 3.0, 1.0])
        .label_smoothing(0.25)
        .z_loss(0.5)
        .softcap(4.0)
        .temperature(2.0)
        .ignore_labels(&[-100, 7]);
    let rows = [f64::NAN, 1.0, 2.0, 3.0, INF, INF];
    let vectors = some_vector::<f64>(6);
    for backend in backends() {
        let loss = everything.backend(backend);
        let outputs = Outputs::of(loss, &rows, 2, &[-100, 0, 7], &vectors);
        let alone = loss.row_weights(&[3.0]);
        let alone = Outputs::of(alone, &rows[2..4], 2, &[0], &vectors[2..4]);
        for ((name, all), (_, alone)) in outputs.list().iter().zip(alone.list()) {
            if *name == "probabilities" {
                continue;
            }
            let len = alone.len();
            assert_same_bits(name, &all[len..2 * len], alone);
            assert!(alone.iter().all(|x| x.is_finite()), "{name}: {alone:?}");
            let ignored = all[..len].iter().chain(&all[2 * len..]);
            assert!(ignored.copied().all(|x| x == 0.0), "{name}: {all:?}");
        }
        let total = loss.total(&rows, 2, &[-100, -100, 7]).unwrap();
        assert_eq!((total.rows_counted, total.rows_ignored), (0, 3));
        assert_eq!(total.mean(Denominator::Weight), None);
        let mut gradients = [1.0; 6];
        loss.reduction(Reduction::Mean(Denominator::Weight))
            .gradients(&rows, 2, &[7, 7, 7], None, &mut gradients)
            .unwrap();
        assert_eq!(gradients, [0.0; 6]);
    }
}

#[test]
fn rows_without_a_softmax_are_nan_under_every_option() {
    for backend in backends() {
        let loss = CrossEntropy::new().backend(backend);
        for row in [[f64::NAN, 1.0], [INF, 1.0], [-INF, -INF]] {
            for loss in [
                loss.class_weights(&[1.0, 0.0]),
                loss.label_smoothing(0.5),
                loss.target_probabilities(&[0.5, 0.5]),
                loss.z_loss(1.0),
                loss.softcap(3.0),
                loss.temperature(3.0),
            ] {
                let outputs = Outputs::of(loss, &row, 2, &[0], &[1.0, 2.0]);
                for (name, values) in outputs.list() {
                    assert!(
                        values.iter().all(|x| x.is_nan()),
                        "{name} of {row:?}, {loss:?}: {values:?}"
                    );
                }
            }
        }
    }
}

/// Those between others, and the last one, whatever their width is beside what is written at a time.
#[test]
fn ignored_rows_between_others_are_zero() {
    for backend in backends() {
        let loss = CrossEntropy::new().backend(backend);
        let loss = loss.ignore_labels(&[-1, 900]).label_smoothing(0.25);
        for n in [2, 63, 64, 65, 100, 200] {
            let (logits, vectors) = (some_vector::<f32>(4 * n), some_vector::<f32>(4 * n));
            let outputs = Outputs::of(loss, &logits, n, &[0, 900, 1, -1], &vectors);
            for (name, values) in outputs.list() {
                let is_ignored = |row: &[f32]| row.iter().all(|entry| entry.to_bits() == 0);
                let rows = values.chunks(values.len().div_ceil(4).max(1));
                let ignored: Vec<bool> = rows.map(is_ignored).collect();
                // Probabilities know no labels, and rows beyond some width have no matrices here.
                if name != "probabilities" && !values.is_empty() {
                    assert_eq!(ignored, [false, true, false, true], "{name} of {n} classes");
                }
            }
        }
    }
}
