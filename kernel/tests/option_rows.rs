//! Options by hand: the fixed vectors, the rows that other libraries get wrong, and how options
//! mean each other.

mod common;

use common::{Outputs, assert_same_bits, backends, padded, some_vector};
use surprisal::{Bf16, CrossEntropy, Denominator, Error, Reduction, Values};
use surprisal_reference::vectors::fixed;

const INF: f64 = f64::INFINITY;
const NO_LABELS: &[u8] = &[];

fn logits() -> Vec<f64> {
    fixed::LOGITS.concat()
}

/// The values were computed in double precision, of decimal inputs: a few roundings of theirs.
#[track_caller]
fn assert_close(actual: f64, expected: f64) {
    let error = (actual - expected).abs() / expected.abs();
    assert!(error < 1e-14, "{actual}, not {expected}");
}

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

/// What a quotient of such a logit is rounded by is itself beyond what e^x can be computed of.
#[test]
fn logits_far_below_the_others_are_no_nan_under_a_temperature() {
    for backend in backends() {
        let loss = CrossEntropy::new().backend(backend).temperature(3.0);
        let (rows, mut losses) = ([1.0, -1e200, 1.0, -1e200], [0.0_f64; 2]);
        loss.losses(&rows, 2, &[0, 1], &mut losses).unwrap();
        assert_eq!(losses[0], 0.0, "{backend}");
        // 1e200 / 3.
        assert!(
            (losses[1] / 3.3333333333333333e199 - 1.0).abs() < 1e-15,
            "{losses:?}"
        );
    }
}

/// Logits of neighbouring numbers, whose quotients are so large that `f64` rounds off what tells them
/// apart: the losses are those of the same logits in `f64`, to the rounding.
#[test]
fn small_temperatures_leave_neighbours_apart() {
    let logits = [16777214.0_f32, 16777215.0];
    let as_doubles = logits.map(f64::from);
    for backend in backends() {
        for below in [80.3, 83.7, 86.1] {
            let loss = CrossEntropy::new()
                .backend(backend)
                .temperature(1.0 / below);
            let (mut losses, mut of_doubles) = ([0.0], [0.0]);
            loss.losses(&logits, 2, &[1], &mut losses).unwrap();
            loss.losses(&as_doubles, 2, &[1], &mut of_doubles).unwrap();
            let error = (f64::from(losses[0]) / of_doubles[0] - 1.0).abs();
            assert!(
                error <= f64::from(f32::EPSILON) / 2.0,
                "{backend}: {losses:?}, {of_doubles:?}"
            );
        }
    }
}

#[test]
fn weighted_losses_beyond_the_type_are_infinite() {
    for backend in backends() {
        let loss = CrossEntropy::new().backend(backend).row_weights(&[3.125]);
        let mut losses = [0.0];
        loss.losses(&[0.0, -f32::MAX], 2, &[1], &mut losses)
            .unwrap();
        assert_eq!(losses, [f32::INFINITY], "{backend}");
    }
}

#[test]
fn large_losses_and_large_weights_multiply() {
    for backend in backends() {
        let loss = CrossEntropy::new().backend(backend);
        for (weight, logit) in [
            (0.5, -1.5e38),
            (1e30, -1e8),
            (2.0_f64.powi(99), -134217728.0),
        ] {
            let weights = [weight];
            let (loss, mut losses) = (loss.row_weights(&weights), [0.0]);
            loss.losses(&[0.0_f32, logit], 2, &[1], &mut losses)
                .unwrap();
            assert_eq!(losses, [(weight * f64::from(-logit)) as f32], "{backend}");
        }
    }
}

/// A softcap of logits next to zero is the logit, whose gradient under a z-loss of 1/2 is its
/// log-sum-exp, where there is one class.
#[test]
fn logits_below_the_normal_numbers_keep_their_digits_under_a_softcap() {
    for backend in backends() {
        let loss = CrossEntropy::new().backend(backend).softcap(30.0);
        for logit in [8.3e-322, -8.3e-322, 5e-324, 2.5e-308, 1e-300, -1e-16, 0.0] {
            let mut gradients = [1.0];
            loss.z_loss(0.5)
                .gradients(&[logit], 1, &[0], None, &mut gradients)
                .unwrap();
            assert_eq!(gradients, [logit], "{backend}");
        }
    }
}

#[test]
fn a_stride_of_0_is_refused_as_such() {
    let loss = CrossEntropy::new().row_stride(0);
    let error = loss.probabilities(&[1.0_f32], 1, &mut [0.0]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "row_stride is 0, must be at least n_classes"
    );
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

/// A loss too small for the normal numbers is weighted before it is rounded.
#[test]
fn weights_lift_losses_out_of_the_subnormal_numbers() {
    for backend in backends() {
        let mut losses = [0.0_f32];
        CrossEntropy::new()
            .backend(backend)
            .row_weights(&[1e10])
            .losses(&[100.0_f32, 0.0], 2, &[0], &mut losses)
            .unwrap();
        // 1e10 e^-100, rounded.
        assert_eq!(losses, [3.720_076e-34]);
    }
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

#[test]
fn options_out_of_range_are_refused() {
    let loss = CrossEntropy::new();
    let refused = |loss: CrossEntropy<'_>, message: &str| {
        let mut losses = [7.0; 2];
        let error = loss
            .losses(&[1.0, 2.0, 3.0, 4.0], 2, &[0, 1], &mut losses)
            .unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(losses, [7.0; 2]);
    };
    refused(
        loss.class_weights(&[1.0, -1.0]),
        "class_weights: entry 1 is -1, must be from 0 to 1e30",
    );
    refused(
        loss.row_weights(&[f64::NAN, 1.0]),
        "row_weights: entry 0 is NaN, must be from 0 to 1e30",
    );
    refused(
        loss.class_weights(&[1.0]),
        "class_weights has 1 elements, 2 are needed",
    );
    refused(
        loss.row_weights(&[1.0_f32; 3]),
        "row_weights has 3 elements, 2 are needed",
    );
    refused(
        loss.target_probabilities(&[0.0, 1.0, 0.5, -0.25]),
        "target_probabilities: row 1 has -0.25 at class 1, must be from 0 to 1e30",
    );
    refused(
        loss.target_probabilities(&[0.0, 1.0]),
        "target_probabilities has 2 elements, 4 are needed",
    );
    refused(
        loss.label_smoothing(1.5),
        "label_smoothing is 1.5, must be from 0 to 1",
    );
    refused(
        loss.label_smoothing_over_others(f64::NAN),
        "label_smoothing is NaN, must be from 0 to 1",
    );
    refused(loss.z_loss(-1.0), "z_loss is -1, must be from 0 to 1e30");
    refused(
        loss.softcap(0.0),
        "softcap is 0, must be from 1e-30 to 1e30",
    );
    refused(
        loss.temperature(INF),
        "temperature is inf, must be from 1e-30 to 1e30",
    );
    refused(
        loss.row_stride(1),
        "row_stride is 1, must be at least n_classes",
    );
}

/// Targets of ignored rows are not looked at, and nothing is divided by a weight of nothing.
#[test]
fn what_does_not_count_is_not_refused() {
    let loss = CrossEntropy::new();
    let mut losses = [7.0; 2];
    loss.target_probabilities(&[f64::NAN, -1.0, 0.5, 0.5])
        .ignore_label(-1)
        .losses(&[1.0, 2.0, 3.0, 3.0], 2, &[-1, 0], &mut losses)
        .unwrap();
    assert_eq!(losses, [0.0, core::f64::consts::LN_2]);

    let mut gradients = [7.0; 2];
    let weightless = loss.row_weights(&[0.0]);
    weightless
        .reduction(Reduction::Mean(Denominator::Weight))
        .gradients(&[1.0, 2.0], 2, &[0], None, &mut gradients)
        .unwrap();
    assert_eq!(gradients, [0.0; 2]);
    let total = weightless.total(&[1.0, 2.0], 2, &[0]).unwrap();
    assert_eq!(total.mean(Denominator::Weight), None);
    assert_eq!(total.mean(Denominator::Rows), Some(0.0));
}

#[test]
fn parts_of_rows_refuse_options_that_they_do_not_know() {
    let unsupported = |option, operation| Error::OptionUnsupported { option, operation };
    let loss = CrossEntropy::new();
    let mut states = [surprisal::RowState::EMPTY];
    for (loss, option) in [
        (loss.softcap(2.0), "softcap"),
        (loss.temperature(2.0), "temperature"),
        (loss.z_loss(2.0), "z_loss"),
        (loss.label_smoothing(0.5), "label_smoothing"),
        (loss.target_probabilities(&[1.0]), "target_probabilities"),
        (loss.class_weights(&[1.0]), "class_weights"),
        (loss.row_weights(&[1.0]), "row_weights"),
        (loss.row_stride(1), "row_stride"),
    ] {
        let result = loss.row_states(&[1.0], 1, &mut states);
        assert_eq!(result, Err(unsupported(option, "row_states")));
        let result = loss.losses_of_states(&states, &[1.0], &mut [0.0]);
        assert_eq!(result, Err(unsupported(option, "losses_of_states")));
        let result = loss.gradients_of_states(&states, &[1.0], 1, 0, &[0], None, &mut [0.0]);
        assert_eq!(result, Err(unsupported(option, "gradients_of_states")));
    }
}
