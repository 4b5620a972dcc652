//! Target probabilities, and what else is not the same at every class, whose losses and gradients are
//! made of those of plain rows: rows of every width under temperatures, on every backend, against the
//! reference.

mod common;

use common::{Real, assert_same_bits, backends, padded, some_vector, unit};
use surprisal::{ArithmeticClass, Bf16, CrossEntropy, Denominator, Reduction};
use surprisal_reference::{Objective, Options, Target, Wide, error_measure::roundings};

/// Most units in the last place that losses and gradients err by, of what they are summed from.
const MOST: f64 = 2.0;

/// Some of one vector and its neighbours, of rows side by side and one after the other, of one block
/// and several.
const WIDTHS: [usize; 11] = [1, 2, 7, 8, 9, 16, 33, 128, 129, 1000, 9001];

/// Targets of the rows, by turns: of many classes, of two, and of one alone.
fn probabilities(n: usize, n_rows: usize) -> Vec<f64> {
    let mut all = Vec::new();
    for row in 0..n_rows {
        let mut of_row: Vec<f64> = (0..n).map(|c| ((c * 7 + row) % 11) as f64).collect();
        match row % 3 {
            0 => of_row[row % n] += 1.0,
            1 => {
                of_row.fill(0.0);
                of_row[row % n] = 0.3;
                of_row[(row * 5 + 1) % n] += 0.7;
            }
            _ => {
                of_row.fill(0.0);
                of_row[0] = 1.0;
            }
        }
        let sum: f64 = of_row.iter().sum();
        all.extend(of_row.iter().map(|q| q / sum));
    }
    all
}

fn rows_of_every_width<T: Real>() {
    for (n, temperature) in WIDTHS.into_iter().zip([1.0, 0.4, 2.0].into_iter().cycle()) {
        let n_rows = if n <= 129 { 19 } else { 3 };
        let mut logits: Vec<T> = some_vector::<f64>(n * n_rows)
            .into_iter()
            .map(|x| T::round(0.731 * x))
            .collect();
        // The third row is confident, and right: of 1 - p nothing may be lost.
        logits[(2 * n).min(n * (n_rows - 1))] = T::round(40.0);
        let targets = probabilities(n, n_rows);
        let class_weights: Vec<f64> = (0..n).map(|c| 0.5 + (c % 3) as f64).collect();
        let labels = vec![0; n_rows];
        for class_weights in [None, Some(&class_weights[..])] {
            let mut loss = CrossEntropy::new().target_probabilities(&targets[..]);
            if temperature != 1.0 {
                loss = loss.temperature(temperature);
            }
            if let Some(weights) = class_weights {
                loss = loss.class_weights(weights);
            }
            let options = Options {
                temperature,
                class_weights,
                ..Options::default()
            };
            let mut of_class = [const { None }; 2];
            for backend in backends() {
                let (mut losses, mut gradients) =
                    (vec![T::ZERO; n_rows], vec![T::ZERO; n * n_rows]);
                loss.backend(backend)
                    .losses_and_gradients(&logits, n, &labels, None, &mut losses, &mut gradients)
                    .unwrap();
                let is_fused = backend.arithmetic_class() == ArithmeticClass::Fused;
                let first = &mut of_class[usize::from(is_fused)];
                let (of_losses, of_gradients) =
                    first.get_or_insert_with(|| (losses.clone(), gradients.clone()));
                assert_same_bits("losses", &losses, of_losses);
                assert_same_bits("gradients", &gradients, of_gradients);
                for (row, logits) in logits.chunks(n).enumerate() {
                    let target = Target::Probabilities(&targets[row * n..(row + 1) * n]);
                    let exact = Objective::new(logits, target, &options);
                    let assert = |what: &str, actual: T, exact: Wide, bound: Wide| {
                        let lost = Wide::from(f64::MIN_POSITIVE);
                        let error = roundings(actual, exact, unit::<T>(bound + lost));
                        assert!(
                            error <= MOST,
                            "{backend}, C = {n}, T = {temperature}, row {row}, {what}: {actual:?} \
                             errs by {error}"
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

const N_ROWS: usize = 300;

/// In place, with padding, as a total and of logits of 16 bits; of an ignored row nothing is read.
#[test]
fn other_ways_have_the_same_bits() {
    for backend in backends() {
        for n in [10, 40, 150] {
            let logits: Vec<f32> = some_vector::<f32>(N_ROWS * n)
                .into_iter()
                .map(|x| Bf16::from_f32(x).to_f32())
                .collect();
            let mut targets = probabilities(n, N_ROWS);
            targets[5 * n..6 * n].fill(f64::NAN);
            let labels: Vec<u16> = (0..N_ROWS as u16).collect();
            let upstream: Vec<f32> = (0..N_ROWS).map(|row| 1.0 + (row % 4) as f32).collect();
            let loss = CrossEntropy::new()
                .backend(backend)
                .target_probabilities(&targets[..])
                .temperature(1.5)
                .ignore_label(5)
                .reduction(Reduction::Mean(Denominator::Given(3.0)));
            let (mut losses, mut expected) = ([f32::NAN; N_ROWS], vec![f32::NAN; N_ROWS * n]);
            let upstream = Some(&upstream[..]);
            loss.losses_and_gradients(&logits, n, &labels, upstream, &mut losses, &mut expected)
                .unwrap();
            assert_eq!(losses[5], 0.0);
            assert_eq!(expected[5 * n..6 * n], vec![0.0; n]);

            let mut in_place = logits.clone();
            loss.gradients_in_place(&mut in_place, n, &labels, upstream)
                .unwrap();
            assert_same_bits("gradients in place", &in_place, &expected);

            let mut wide = padded(&logits, n, n + 2);
            loss.row_stride(n + 2)
                .gradients_in_place(&mut wide, n, &labels, upstream)
                .unwrap();
            for (wide, row) in wide.chunks(n + 2).zip(expected.chunks(n)) {
                assert_same_bits("gradients", &wide[..n], row);
                assert_eq!(wide[n..], [0.0; 2]);
            }

            let halves: Vec<Bf16> = logits.iter().map(|&x| Bf16::from_f32(x)).collect();
            let mut of_halves = vec![f32::NAN; N_ROWS * n];
            loss.gradients(&halves, n, &labels, upstream, &mut of_halves)
                .unwrap();
            assert_same_bits("gradients of halves", &of_halves, &expected);

            let total = loss.total(&logits, n, &labels).unwrap();
            let sum: f64 = losses.iter().copied().map(f64::from).sum();
            assert_eq!((total.sum, total.rows_ignored), (sum, 1), "{backend}, {n}");
        }
    }
}

/// Differences beyond the type that a temperature brings back, masked classes with and without a
/// target, and rows without a softmax.
#[test]
fn odd_rows() {
    let inf = f64::INFINITY;
    for backend in backends() {
        let targets = [0.25, 0.75, 0.0];
        let loss = CrossEntropy::new()
            .backend(backend)
            .target_probabilities(&targets)
            .temperature(4.0);
        for (logits, expected, gradients) in [
            ([1e308, -1e308, 0.0], 0.75 * 5e307, [0.1875, -0.1875, 0.0]),
            ([0.0, -inf, 0.0], inf, [0.0625, -0.1875, 0.125]),
            ([-inf, 0.0, -inf], inf, [-0.0625, 0.0625, 0.0]),
            ([0.0, 0.0, -inf], 2.0_f64.ln(), [0.0625, -0.0625, 0.0]),
            ([inf, 0.0, 0.0], f64::NAN, [f64::NAN; 3]),
            ([-inf; 3], f64::NAN, [f64::NAN; 3]),
            ([0.0, f64::NAN, 0.0], f64::NAN, [f64::NAN; 3]),
        ] {
            let (mut losses, mut actual) = ([0.0], [0.0; 3]);
            loss.losses_and_gradients(&logits, 3, &[0], None, &mut losses, &mut actual)
                .unwrap();
            assert_same_bits(
                &format!("{backend}, loss of {logits:?}"),
                &losses,
                &[expected],
            );
            assert_same_bits(&format!("{backend}, {logits:?}"), &actual, &gradients);
        }
    }
}
