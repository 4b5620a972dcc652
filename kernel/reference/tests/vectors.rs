//! [`Row`] against values that others computed: mpmath's for hard rows, those of `torch` for ordinary
//! ones, and the few that are fixed by hand.

use surprisal_reference::{
    Float, Row, Wide,
    vectors::{self, ConformanceCase},
};

/// Compares with a value given as hi + lo, of a row of `n` classes.
///
/// With u = 2^-53, the sum of a row collects 3 u^2 for each class, everything else less than
/// 2^7 u^2, in which the u^2 that lo is rounded to disappears. Where hi is below 2^-968, lo or hi
/// is subnormal and rounded to 2^-1075 instead.
fn assert_close(what: &str, actual: Wide, expected: Wide, n: usize) {
    let allowed =
        expected.abs() * Wide::from(3.0 * n as f64 + 128.0).scale(-106) + Wide::ONE.scale(-1075);
    let equal = actual == expected;
    assert!(
        equal || (actual - expected).abs() <= allowed,
        "{what}: {actual:?}, not {expected:?}"
    );
}

fn compare_accuracy<T: Float>() {
    let cases = vectors::accuracy::<T>();
    assert_eq!(cases.len(), 104);
    for case in &cases {
        let row = Row::new(&case.logits);
        let n = case.logits.len();
        assert_close(&case.family, row.loss(case.label), case.loss, n);
        for (&j, &expected) in &case.gradient {
            assert_close(&case.family, row.gradient(case.label, j), expected, n);
        }
        for (&j, &expected) in &case.hessian_diagonal {
            assert_close(&case.family, row.hessian(j, j), expected, n);
        }
    }
}

#[test]
fn hard_rows_of_f32() {
    compare_accuracy::<f32>();
}

#[test]
fn hard_rows_of_f64() {
    compare_accuracy::<f64>();
}

/// The relative error of `torch`'s double arithmetic that is put up with. Its gradients and
/// Hessians cancel, so they are compared beside the 1 that they are differences from.
const TORCH: f64 = 1e-12;

fn assert_near(name: &str, actual: f64, expected: f64, beside: f64) {
    let allowed = TORCH * expected.abs().max(beside);
    assert!(
        (actual - expected).abs() <= allowed,
        "{name}: {actual}, not {expected}"
    );
}

fn compare_conformance(case: &ConformanceCase) {
    let n = case.n_classes;
    let labels = case.labels.as_ref().expect("labels, not probabilities");
    let counted = labels
        .iter()
        .filter(|&&label| Some(label) != case.ignore_index)
        .count() as f64;
    let mut sum = 0.0;
    for (i, &label) in labels.iter().enumerate() {
        let ignored = case.ignore_index == Some(label);
        let row = Row::new(&case.logits[i * n..(i + 1) * n]);
        let label = if ignored {
            0
        } else {
            usize::try_from(label).expect("a class")
        };
        let of = |value: Wide| if ignored { 0.0 } else { value.to_f64() };
        let loss = of(row.loss(label));
        sum += loss;
        assert_near(&case.name, loss, case.expected.none[i], 0.0);
        for j in 0..n {
            let gradient = of(row.gradient(label, j));
            assert_near(&case.name, gradient, case.expected.grad_sum[i * n + j], 1.0);
            let mean = if ignored { 0.0 } else { gradient / counted };
            assert_near(&case.name, mean, case.expected.grad_mean[i * n + j], 1.0);
            // Not given for rows with masked classes.
            let Some(hessians) = &case.hessian_sum else {
                continue;
            };
            for k in 0..n {
                let expected = hessians[(i * n + j) * n + k];
                assert_near(&case.name, of(row.hessian(j, k)), expected, 1.0);
            }
        }
    }
    assert_near(&case.name, sum, case.expected.sum, 0.0);
    // The mean of no rows is decided otherwise than by PyTorch's NaN: there is none.
    assert_eq!(counted == 0.0, case.expected.mean.is_nan());
    if counted > 0.0 {
        assert_near(&case.name, sum / counted, case.expected.mean, 0.0);
    }
}

#[test]
fn plain_losses_of_pytorch() {
    let cases = vectors::conformance();
    assert_eq!(cases.len(), 59);
    let plain: Vec<_> = cases
        .iter()
        .filter(|case| {
            case.labels.is_some() && case.class_weights.is_none() && case.label_smoothing == 0.0
        })
        .collect();
    assert_eq!(plain.len(), 12);
    assert_eq!(
        plain
            .iter()
            .filter(|case| case.hessian_sum.is_none())
            .count(),
        2,
        "masked"
    );
    plain.into_iter().for_each(compare_conformance);
}

/// Values given to 17 digits, so to half a unit of the last double.
fn assert_doubles(actual: &[Wide], expected: &[f64]) {
    let rounded: Vec<f64> = actual.iter().map(|x| x.to_f64()).collect();
    assert_eq!(rounded, expected);
}

#[test]
fn fixed_values() {
    let rows = [[1.2, -0.8, -0.5], [0.9, -1.2, 1.1], [2.0, 0.25, -3.0]].map(|row| Row::new(&row));
    let losses: Vec<Wide> = rows
        .iter()
        .zip(0..)
        .map(|(row, label)| row.loss(label))
        .collect();
    assert_doubles(
        &losses,
        &[0.27612970554553754, 2.9517987958544252, 5.1659481498768896],
    );
    let mean = losses.iter().copied().sum::<Wide>() / Wide::from(3.0);
    assert_doubles(&[mean], &[2.7979588837589508]);
    let mean = (losses[0] + losses[2]) / Wide::from(2.0);
    assert_doubles(&[mean], &[2.7210389277112136]);

    let row = &rows[0];
    let gradient = [-0.24128548510122438, 0.102680843769555, 0.13860464133166938];
    assert_doubles(&[0, 1, 2].map(|j| row.gradient(0, j)), &gradient);
    let diagonal = [
        0.18306679978069121,
        0.092137488092327237,
        0.11939339473298867,
    ];
    assert_doubles(&[0, 1, 2].map(|j| row.hessian(j, j)), &diagonal);
    assert_doubles(&[row.hessian(0, 1)], &[-0.077905446570014888]);

    let small = [
        Row::new(&[0.0, -17.0]).loss(0),
        Row::new(&[0.0, -40.0]).loss(0),
        Row::new(&[0.0, -200.0]).loss(1),
    ];
    assert_doubles(
        &small,
        &[4.1399376330897474e-8, 4.248354255291589e-18, 200.0],
    );
    // ln(1 + 2 e^-100), a subnormal f32.
    let subnormal = Row::new(&[100.0, 0.0, 0.0]).loss(0);
    assert_doubles(&[subnormal], &[7.440151952041672e-44]);
    assert_eq!(subnormal.to_f64() as f32, f32::from_bits(53));
    let shifted = Row::new(&[1_000_002.0, 999_999.0]).loss(0);
    assert_doubles(&[shifted], &[0.04858735157374206]);
}
