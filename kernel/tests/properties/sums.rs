//! Sums that are known whatever the row is, to what the promise of their terms leaves of them.

use proptest::prelude::*;
use surprisal::{CrossEntropy, Total};
use surprisal_reference::{Wide, budget::PROMISE};

use crate::{
    common::{Outputs, Real, assert_same_bits, backends},
    config, width,
};

/// The sum of entries that each keep the promise is `expected`.
fn sums_to<T: Real>(what: &str, entries: &[T], expected: f64) {
    let wide = |&entry: &T| -> Wide { entry.into() };
    let sum: Wide = entries.iter().map(wide).sum();
    let magnitude: Wide = entries.iter().map(|entry| wide(entry).abs()).sum();
    // An ulp of a number is at most 2^(1 - p) of it, or that of the smallest normal number.
    let least = Wide::ONE.scale(T::E_MIN) * Wide::from(entries.len() as f64);
    let bound = Wide::from(PROMISE) * (magnitude + least).scale(1 - T::PRECISION);
    let error = (sum - Wide::from(expected)).abs();
    assert!(error <= bound, "{what}: {sum:?}, not {expected}");
}

fn rows_sum<T: Real>(logits: &[T], n: usize, factor: f64) {
    let labels: Vec<usize> = (0..logits.len() / n).map(|row| row * 5 % n).collect();
    let constant = vec![T::round(factor); logits.len()];
    for backend in backends() {
        let loss = CrossEntropy::new().backend(backend);
        let outputs = Outputs::of(loss, logits, n, &labels, &constant);
        outputs
            .probabilities
            .chunks(n)
            .for_each(|row| sums_to("probabilities", row, 1.0));
        outputs
            .gradients
            .chunks(n)
            .for_each(|row| sums_to("gradient", row, 0.0));
        outputs
            .hessians
            .chunks(n)
            .for_each(|row| sums_to("row of a Hessian", row, 0.0));
        // A constant vector is known to be in the kernel of every Hessian.
        assert!(outputs.products.iter().all(|&v| v == T::round(0.0)));

        let matrices = outputs.hessians.chunks(n * n);
        for (matrix, packed) in matrices.zip(outputs.packed.chunks(n * (n + 1) / 2)) {
            let transposed: Vec<T> = (0..n * n).map(|k| matrix[k % n * n + k / n]).collect();
            assert_same_bits("transposed", &transposed, matrix);
            let triangle = (0..n).flat_map(|i| matrix[i * n..=i * n + i].to_vec());
            assert_same_bits("packed", packed, &triangle.collect::<Vec<_>>());
        }
    }
}

/// Totals of parts of a batch merge to the sum of its losses, whose terms are positive.
fn totals_merge<T: Real>(logits: &[T], n: usize, cut: usize) {
    let labels: Vec<i64> = (0..logits.len() / n)
        .map(|row| (row * 5 % (n + 1)) as i64)
        .collect();
    for backend in backends() {
        let loss = CrossEntropy::new().backend(backend).ignore_label(n as i64);
        let mut losses = vec![T::round(0.0); labels.len()];
        loss.losses(logits, n, &labels, &mut losses).unwrap();
        let of = |rows: std::ops::Range<usize>| {
            loss.total(&logits[rows.start * n..rows.end * n], n, &labels[rows])
                .unwrap()
        };
        let (first, second) = (of(0..cut), of(cut..labels.len()));
        let exact: Wide = losses.iter().map(|&x| -> Wide { x.into() }).sum();
        let counted = labels.iter().filter(|&&label| label != n as i64).count();
        for total in [of(0..labels.len()), Total::merge(first, second)] {
            let error = (Wide::from(total.sum) - exact).abs();
            let bound = exact * Wide::from(labels.len() as f64 * f64::EPSILON);
            assert!(error <= bound, "{}, not {exact:?}", total.sum);
            assert_eq!(total.rows_counted, counted);
            assert_eq!(total.rows_ignored, labels.len() - counted);
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn rows_of_derivatives(
        n_classes in width(),
        n_rows in 1..=9_usize,
        numbers in prop::collection::vec(-40.0..40.0_f64, 7..=211),
        scale in prop::sample::select(vec![1e-3, 0.1, 1.0, 20.0]),
        factor in -1e6..1e6_f64,
    ) {
        let n_rows = if n_classes > 70 { 1 } else { n_rows };
        let entries = (0..n_rows * n_classes).map(|i| numbers[i % numbers.len()] * scale);
        let logits: Vec<f64> = entries.collect();
        rows_sum(&logits, n_classes, factor);
        let narrow: Vec<f32> = logits.iter().map(|&z| z as f32).collect();
        rows_sum(&narrow, n_classes, factor);
    }

    #[test]
    fn losses_of_batches(
        n_classes in 1..=40_usize,
        numbers in prop::collection::vec(-40.0..40.0_f64, 41..=800),
        cut in any::<prop::sample::Index>(),
    ) {
        let n_rows = numbers.len() / n_classes;
        let (logits, cut) = (&numbers[..n_rows * n_classes], cut.index(n_rows + 1));
        totals_merge(logits, n_classes, cut);
        let narrow: Vec<f32> = logits.iter().map(|&z| z as f32).collect();
        totals_merge(&narrow, n_classes, cut);
    }
}
