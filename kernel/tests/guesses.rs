//! Rows whose first logits say nothing, or the wrong thing, about the others: the sum is begun on
//! a scale that the first suggest. Each is held to the promise, and has the same bits on every
//! backend of a class.

mod common;

use common::{Outputs, Real, assert_same_bits, backends, some_vector};
use surprisal::{ArithmeticClass, CrossEntropy};
use surprisal_reference::{Row, budget::PROMISE, error_measure::ulps};

/// Both sides of what is looked at first (256 logits of `f32`, 128 of `f64`), of eight vectors, of
/// the narrow rows, and of a block.
const WIDTHS: [usize; 12] = [
    33, 100, 127, 129, 255, 256, 257, 300, 1000, 2049, 4097, 9000,
];

/// Logits without a period, of a size.
fn logits(len: usize, size: f64) -> Vec<f64> {
    let value = |i: usize| {
        let random = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        (random as f64 / f64::from(1 << 23) - 1.0) * size
    };
    (0..len).map(value).collect()
}

/// Rows of a width by name, with a label each.
fn rows(n: usize) -> Vec<(&'static str, usize, Vec<f64>)> {
    let plain = logits(n, 4.0);
    let with = |changes: &[(usize, f64)]| {
        let mut row = plain.clone();
        for &(index, logit) in changes {
            row[index] = logit;
        }
        row
    };
    let (last, middle) = (n - 1, n / 2);
    vec![
        ("as the first", middle, plain.clone()),
        ("one far above at the end", last, with(&[(last, 60.0)])),
        ("one far above at the beginning", last, with(&[(0, 60.0)])),
        (
            "one far above on both sides",
            0,
            with(&[(0, 40.0), (last, 60.0)]),
        ),
        (
            "two far above at the end",
            last,
            with(&[(last, 60.0), (last - 1, 59.0)]),
        ),
        (
            "two equal far above",
            middle,
            with(&[(last, 50.0), (middle, 50.0)]),
        ),
        (
            "just above the headroom",
            last,
            with(&[(last, 8.2), (middle, 8.3)]),
        ),
        ("rising", last, (0..n).map(|i| i as f64 * 0.05).collect()),
        ("falling", 0, (0..n).map(|i| i as f64 * -0.05).collect()),
        (
            "masked at the beginning",
            last,
            (0..n)
                .map(|i| if i < last { f64::NEG_INFINITY } else { 3.0 })
                .collect(),
        ),
        (
            "masked but two at the end",
            last,
            (0..n)
                .map(|i| {
                    if i + 2 < n {
                        f64::NEG_INFINITY
                    } else {
                        i as f64 * 0.01
                    }
                })
                .collect(),
        ),
        (
            "far below zero",
            middle,
            plain.iter().map(|z| z - 5000.0).collect(),
        ),
        (
            "far above zero at the end",
            last,
            with(&[(last, 5000.0), (middle, 4999.0)]),
        ),
        (
            "from far below to far above zero",
            middle,
            (0..n)
                .map(|i| -6000.0 + 12000.0 * i as f64 / n as f64)
                .collect(),
        ),
        ("wide", middle, logits(n, 80.0)),
        ("all equal", last, vec![1.5; n]),
        (
            "all equal but one",
            last,
            with(&[])
                .iter()
                .map(|_| -1.25)
                .chain([7.0])
                .skip(1)
                .collect(),
        ),
    ]
}

fn hold<T: Real>() {
    for n in WIDTHS {
        for (name, label, row) in rows(n) {
            let logits: Vec<T> = row.iter().map(|&z| T::round(z)).collect();
            let exact = Row::new(&logits);
            let vector = some_vector::<T>(n);
            let mut first: [Option<Outputs<T>>; 2] = [None, None];
            for backend in backends() {
                let what = format!("{name}, {n} classes, {backend}, {}", T::NAME);
                let loss = CrossEntropy::new().backend(backend);
                let outputs = Outputs::of(loss, &logits, n, &[label], &vector);
                let error = ulps(outputs.losses[0], exact.loss(label));
                assert!(error <= PROMISE, "{what}: the loss errs by {error} ulp");
                for (j, &entry) in outputs.gradients.iter().enumerate() {
                    let error = ulps(entry, exact.gradient(label, j));
                    assert!(error <= PROMISE, "{what}: entry {j} errs by {error} ulp");
                }
                let class = usize::from(backend.arithmetic_class() == ArithmeticClass::Fused);
                let same = first[class].get_or_insert_with(|| outputs.clone());
                for ((output, a), (_, b)) in outputs.list().iter().zip(same.list()) {
                    assert_same_bits(&format!("{output} of {what}"), a, b);
                }
            }
        }
    }
}

#[test]
fn f32_holds() {
    hold::<f32>();
}

#[test]
fn f64_holds() {
    hold::<f64>();
}
