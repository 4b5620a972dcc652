//! [`Row`] and [`Objective`] against mpmath's values for hard rows and the few that are fixed by
//! hand.

use surprisal_reference::{
    Float, Objective, Options, Row, Target, Wide,
    vectors::{self, fixed},
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

/// Values given to 17 digits, so to half a unit of the last double.
fn assert_doubles(actual: &[Wide], expected: &[f64]) {
    let rounded: Vec<f64> = actual.iter().map(|x| x.to_f64()).collect();
    assert_eq!(rounded, expected);
}

#[test]
fn fixed_rows() {
    for (logits, label, loss) in fixed::SINGLE_ROWS {
        assert_doubles(&[Row::new(logits).loss(label)], &[loss]);
    }
    // ln(1 + 2 e^-100), a subnormal f32.
    let subnormal = Row::new(&[100.0, 0.0, 0.0]).loss(0);
    assert_eq!(subnormal.to_f64() as f32, f32::from_bits(53));

    let rows = fixed::LOGITS.map(|row| Row::new(&row));
    let losses = fixed::LABELS.map(|label| rows[label].loss(label));
    assert_doubles(&losses, &fixed::LOSSES);
    let row = &rows[0];
    assert_doubles(&[0, 1, 2].map(|j| row.gradient(0, j)), &fixed::GRADIENT);
    let diagonal = [0, 1, 2].map(|j| row.hessian(j, j));
    assert_doubles(&diagonal, &fixed::HESSIAN_DIAGONAL);
    assert_doubles(&[row.hessian(0, 1)], &[fixed::HESSIAN_01]);
}

fn losses(options: &Options<'_>) -> [Wide; 3] {
    let loss = |(logits, label): (&[f64; 3], usize)| {
        Objective::new(logits, Target::Label(label), options).loss()
    };
    let rows = fixed::LOGITS.iter().zip(fixed::LABELS);
    rows.map(loss)
        .collect::<Vec<_>>()
        .try_into()
        .expect("three rows")
}

#[test]
fn fixed_means() {
    for case in fixed::MEANS {
        let mut options = Options::default();
        if case.weighted {
            options.class_weights = Some(&fixed::CLASS_WEIGHTS);
        }
        if case.smoothed {
            options.label_smoothing = fixed::LABEL_SMOOTHING;
        }
        let losses = losses(&options);
        let counted = fixed::LABELS.iter().filter(|&&y| case.ignored != Some(y));
        let weight = |y: usize| {
            Wide::from(if case.weighted {
                fixed::CLASS_WEIGHTS[y]
            } else {
                1.0
            })
        };
        let sum: Wide = counted.clone().map(|&y| losses[y]).sum();
        let weights: Wide = counted.map(|&y| weight(y)).sum();
        assert_doubles(&[sum / weights], &[case.mean]);
    }
}

#[test]
fn fixed_z_loss() {
    let options = Options {
        z_loss: fixed::Z_LOSS,
        ..Options::default()
    };
    let (with, without) = (losses(&options), losses(&Options::default()));
    for (i, expected) in fixed::Z_LOSS_TERMS.into_iter().enumerate() {
        let term = (with[i] - without[i]).to_f64();
        // In units of 2^-53 of the value: k as a double 1, the logits 2 in a log-sum-exp of more
        // than 1, squared, the 16 digits 2, the result 1.
        let allowed = 8.0 * 2.0_f64.powi(-53) * expected;
        assert!((term - expected).abs() <= allowed, "{term}, not {expected}");
    }
}
