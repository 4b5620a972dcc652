//! Label smoothing and z-loss, whose losses and gradients follow from the states of plain rows:
//! rows of every width and of logits of every size, on every backend, against the reference.

mod common;

use common::{Real, assert_same_bits, backends, padded, some_vector, unit};
use surprisal::{Bf16, CrossEntropy, Denominator, F16, Reduction};
use surprisal_reference::{Objective, Options, Target, Wide, error_measure::roundings};

/// Most units in the last place that losses and gradients err by, of what they are summed from.
const MOST: f64 = 2.0;

/// Some of one vector and its neighbours, of rows side by side and one after the other, of one
/// block and several.
const WIDTHS: [usize; 11] = [1, 2, 15, 16, 17, 33, 128, 129, 1000, 4097, 9001];

/// Asserts losses and gradients of rows, labelled 0, 1 and so on. Nothing is lifted: `lost` is what
/// may be lost below the normal numbers of `f64`.
#[track_caller]
fn assert_rows<T: Real>(logits: &[T], n: usize, options: &Options<'_>, lost: f64) {
    let n_rows = logits.len() / n;
    let labels: Vec<usize> = (0..n_rows).map(|row| row % n).collect();
    let weights = vec![options.row_weight; n_rows];
    let loss = CrossEntropy::new()
        .label_smoothing(options.label_smoothing)
        .z_loss(options.z_loss)
        .row_weights(&weights[..]);
    for backend in backends() {
        let (mut losses, mut gradients) = (vec![T::ZERO; n_rows], vec![T::ZERO; logits.len()]);
        loss.backend(backend)
            .losses_and_gradients(logits, n, &labels, None, &mut losses, &mut gradients)
            .unwrap();
        for (row, logits) in logits.chunks(n).enumerate() {
            let exact = Objective::new(logits, Target::Label(labels[row]), options);
            let assert = |what: &str, actual: T, exact: Wide, bound: Wide| {
                let error = roundings(actual, exact, unit::<T>(bound + Wide::from(lost)));
                assert!(
                    error <= MOST,
                    "{backend}, C = {n}, row {row}, {what}: {actual:?} errs by {error}"
                );
            };
            assert("loss", losses[row], exact.loss(), exact.loss_bound());
            for (class, &entry) in gradients[row * n..].iter().take(n).enumerate() {
                let bound = exact.gradient_bound(class);
                assert("gradient", entry, exact.gradient(class), bound);
            }
        }
    }
}

fn rows_of_every_width<T: Real>() {
    for n in WIDTHS {
        // More than a vector has lanes, where they are side by side.
        let n_rows = if n <= 129 { 19 } else { 2 };
        // Off the grid of the vector, so that differences are rounded.
        let mut logits: Vec<T> = some_vector::<f64>(n * n_rows)
            .into_iter()
            .map(|x| T::round(0.731 * x))
            .collect();
        // The first row is confident, and right.
        logits[0] = T::round(40.0);
        for (label_smoothing, z_loss) in [(0.1, 0.0), (0.0, 1e-4), (0.3, 0.5)] {
            let options = Options {
                label_smoothing,
                z_loss,
                row_weight: 0.75,
                ..Options::default()
            };
            assert_rows(&logits, n, &options, f64::MIN_POSITIVE);
        }
    }
}

#[test]
fn rows_of_every_width_in_f32() {
    rows_of_every_width::<f32>();
}

#[test]
fn rows_of_every_width_in_f64() {
    rows_of_every_width::<f64>();
}

/// Common offsets, spreads beyond the range of the type, and coefficients beyond it.
#[test]
fn logits_and_weights_of_every_size() {
    let largest = f32::MAX;
    let rows = [
        [1e6, 1e6 - 1.0, 1e6 - 2.0],
        [-1e30, -1e30, -1e30],
        [largest, 0.0, -largest],
        [0.5 * largest, largest, 0.5 * largest],
        [1e-38, -1e-38, 0.0],
        [1e-45, 2e-45, 0.0],
        [1e5, 1e5 - 60.0, 1e5 - 400.0],
    ];
    for row_weight in [1.0, 1e-30, 1e10] {
        for (label_smoothing, z_loss) in [(0.1, 0.0), (1.0, 0.0), (0.1, 1e-4), (0.0, 1e30)] {
            let options = Options {
                label_smoothing,
                z_loss,
                row_weight,
                ..Options::default()
            };
            assert_rows(rows.as_flattened(), 3, &options, 0.0);
        }
    }
    let rows = [[1e200, 0.0, -1e200], [1e300, 1e300, -1e300]];
    let options = Options {
        label_smoothing: 0.1,
        ..Options::default()
    };
    assert_rows::<f64>(rows.as_flattened(), 3, &options, 0.0);
}

/// What derivatives are multiplied and divided by comes on top.
#[test]
fn means_and_upstream_gradients_scale_gradients() {
    for backend in backends() {
        let (n, n_rows) = (21, 40);
        let logits = some_vector::<f64>(n * n_rows);
        let labels: Vec<usize> = (0..n_rows).map(|row| row % n).collect();
        let loss = CrossEntropy::new()
            .backend(backend)
            .label_smoothing(0.2)
            .z_loss(0.125);
        let (mut expected, mut gradients) = (vec![0.0; n * n_rows], vec![0.0; n * n_rows]);
        loss.gradients(&logits, n, &labels, None, &mut expected)
            .unwrap();
        let upstream: Vec<f64> = (0..n_rows)
            .map(|row| 2.0_f64.powi(row as i32 - 20))
            .collect();
        let of_mean = loss.reduction(Reduction::Mean(Denominator::Given(8.0)));
        of_mean
            .gradients(&logits, n, &labels, Some(&upstream), &mut gradients)
            .unwrap();
        let rows = gradients.chunks(n).zip(expected.chunks(n));
        for ((row, expected), upstream) in rows.zip(&upstream) {
            for (entry, expected) in row.iter().zip(expected) {
                // Both err by 2 ulp of what they are summed from, which is not above 2.
                let error = (entry * 8.0 / upstream - expected).abs();
                assert!(error <= 4.0 * f64::EPSILON, "{backend}: {error}");
            }
        }
    }
}

/// Losses and gradients in place of seven rows, of which one is ignored.
fn in_place(loss: &CrossEntropy<'_>, logits: &[f32], n: usize) -> ([f32; 7], Vec<f32>) {
    let (mut losses, mut gradients) = ([f32::NAN; 7], logits.to_vec());
    loss.losses_and_gradients_in_place(&mut gradients, n, &LABELS, None, &mut losses)
        .unwrap();
    (losses, gradients)
}

const LABELS: [u8; 7] = [0, 1, 2, 3, 4, 5, 6];

fn every_way(mut check: impl FnMut(CrossEntropy<'static>, usize)) {
    for backend in backends() {
        let loss = CrossEntropy::new()
            .backend(backend)
            .label_smoothing(0.1)
            .z_loss(1e-3)
            .ignore_label(5);
        for n in [10, 40, 150] {
            check(loss, n);
        }
    }
}

/// In rows with padding, and as a total: the same numbers.
#[test]
fn other_ways_have_the_same_bits() {
    every_way(|loss, n| {
        let logits = some_vector::<f32>(7 * n);
        let (losses, expected) = in_place(&loss, &logits, n);
        let mut padded = padded(&logits, n, n + 2);
        loss.row_stride(n + 2)
            .gradients_in_place(&mut padded, n, &LABELS, None)
            .unwrap();
        for (padded, row) in padded.chunks(n + 2).zip(expected.chunks(n)) {
            assert_same_bits("gradients", &padded[..n], row);
            assert_eq!(padded[n..], [0.0; 2]);
        }
        let total = loss.total(&logits, n, &LABELS).unwrap();
        let sum: f64 = losses.iter().copied().map(f64::from).sum();
        assert_eq!(total.sum, sum, "{loss:?}, C = {n}");
    });
}

/// The numbers of the same logits in `f32`, and those rounded where they replace the logits.
macro_rules! halves_have_the_bits_of_f32 {
    ($test:ident $half:ident) => {
        #[test]
        fn $test() {
            every_way(|loss, n| {
                let halves: Vec<$half> = some_vector::<f32>(7 * n)
                    .into_iter()
                    .map($half::from_f32)
                    .collect();
                let logits: Vec<f32> = halves.iter().map(|&half| half.into()).collect();
                let (expected_losses, expected) = in_place(&loss, &logits, n);
                let (mut gradients, mut losses) = (vec![f32::NAN; 7 * n], [f32::NAN; 7]);
                loss.losses_and_gradients(&halves, n, &LABELS, None, &mut losses, &mut gradients)
                    .unwrap();
                assert_same_bits("losses", &losses, &expected_losses);
                assert_same_bits("gradients", &gradients, &expected);

                let mut narrow = halves.clone();
                loss.gradients_in_place(&mut narrow, n, &LABELS, None)
                    .unwrap();
                let rounded = expected.iter().map(|&entry| $half::from_f32(entry));
                assert!(narrow.into_iter().eq(rounded), "{loss:?}, C = {n}");
            });
        }
    };
}

halves_have_the_bits_of_f32!(logits_of_bfloat16 Bf16);
halves_have_the_bits_of_f32!(logits_of_float16 F16);
