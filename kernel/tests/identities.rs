//! Identities that hold whatever the values are.

mod common;

use common::{Outputs, Real, assert_same_bits, backends, some_vector};
use surprisal::{CrossEntropy, Denominator, Reduction};
use surprisal_reference::{
    Row, Wide,
    error_measure::{roundings, ulps},
    tiers,
};

/// A spread of rows that is small enough to run everything on.
fn some_rows<T: Real>() -> Vec<Vec<T>> {
    let cases = tiers::bulk::<T>().into_iter().flat_map(|tier| tier.cases);
    let narrow = cases.map(|case| case.logits).filter(|row| row.len() <= 64);
    narrow.step_by(997).collect()
}

fn hessians_are_symmetric_and_packed<T: Real>(loss: CrossEntropy<'_>) {
    for row in some_rows::<T>() {
        let n = row.len();
        let outputs = Outputs::of(loss, &row, n, &[0], &vec![T::round(3.7); n]);
        let hessian = &outputs.hessians;
        let transposed: Vec<T> = (0..n * n).map(|k| hessian[k % n * n + k / n]).collect();
        assert_same_bits("transposed", &transposed, hessian);
        let triangle = (0..n).flat_map(|i| hessian[i * n..=i * n + i].to_vec());
        assert_same_bits("packed", &outputs.packed, &triangle.collect::<Vec<_>>());
        let diagonal: Vec<T> = (0..n).map(|i| hessian[i * n + i]).collect();
        assert_same_bits("diagonal", &outputs.diagonals, &diagonal);
        // H 1 = 0, exactly.
        assert!(
            outputs.products.iter().all(|&v| v == T::round(0.0)),
            "{row:?}"
        );
    }
}

#[test]
fn hessians_agree_with_each_other() {
    for backend in backends() {
        hessians_are_symmetric_and_packed::<f32>(CrossEntropy::new().backend(backend));
        hessians_are_symmetric_and_packed::<f64>(CrossEntropy::new().backend(backend));
    }
}

/// A shift that every logit takes without rounding leaves the row what it is. The bits may
/// differ, because other logits are reduced; the exact value does not.
#[test]
fn a_shift_on_the_grid_of_the_logits_changes_nothing() {
    let row = [0.5_f32, -1.25, 3.75, 3.5, -7.0];
    for shift in [0.0, 64.0, -1024.0, 4096.0, 65536.0] {
        let shifted = row.map(|z| z + shift);
        assert_eq!(shifted.map(|z| z - shift), row);
        let mut losses = [0.0];
        CrossEntropy::new()
            .losses(&shifted, 5, &[3], &mut losses)
            .unwrap();
        assert!(ulps(losses[0], Row::new(&row).loss(3)) <= 1.0);
    }
}

/// Upstream factors and denominators scale derivatives within the promise, subnormal
/// probabilities included, up to a factor of 2^26 together.
#[test]
fn upstream_and_mean_scale_derivatives() {
    for backend in backends() {
        scaled::<f32>(CrossEntropy::new().backend(backend));
        scaled::<f64>(CrossEntropy::new().backend(backend));
    }
}

fn scaled<T: Real>(loss: CrossEntropy<'_>) {
    for row in some_rows::<T>() {
        let n = row.len();
        let exact = Row::new(&row);
        for (upstream, denominator) in [(1.0, 3.0), (65536.0, 7.0), (-1e-3, 1.0), (3e4, 1e-3)] {
            let upstream = T::round(upstream);
            let factor: Wide = upstream.into();
            let factor = factor / Wide::from(denominator);
            let mean = Reduction::Mean(Denominator::Given(denominator));
            let mut gradient = vec![T::round(0.0); n];
            let loss = loss.reduction(mean);
            loss.gradients(&row, n, &[n - 1], Some(&[upstream]), &mut gradient)
                .unwrap();
            let outputs = Outputs::of(loss, &row, n, &[0], &some_vector::<T>(n));
            let inverse = Wide::ONE / Wide::from(denominator);
            let first_row = &outputs.hessians[..n];
            let outputs = gradient.iter().zip(&outputs.diagonals).zip(first_row);
            for (j, ((&gradient, &diagonal), &entry)) in outputs.enumerate() {
                let errors = [
                    ulps(gradient, exact.gradient(n - 1, j) * factor),
                    ulps(diagonal, exact.hessian(j, j) * inverse),
                    ulps(entry, exact.hessian(0, j) * inverse),
                ];
                let within = errors.iter().all(|&error| error <= 2.0);
                assert!(
                    within,
                    "{errors:?} of class {j} of {row:?}, {factor:?}, / {denominator}"
                );
            }
        }
    }
}

/// Beyond that factor the promise holds where entries are no smaller than the normal numbers.
#[test]
fn large_factors_scale_derivatives() {
    let row = [0.25_f32, -3.0, 1.5, 1.0];
    let exact = Row::new(&row);
    for backend in backends() {
        let loss = CrossEntropy::new().backend(backend);
        for upstream in [2_f32.powi(27), -1e30, 2_f32.powi(127)] {
            let mut gradient = [0.0; 4];
            loss.gradients(&row, 4, &[1], Some(&[upstream]), &mut gradient)
                .unwrap();
            for (j, entry) in gradient.into_iter().enumerate() {
                let error = ulps(entry, exact.gradient(1, j) * Wide::from(upstream));
                assert!(error <= 2.0, "{error} of class {j}, {upstream}, {backend}");
            }
        }
    }
}

/// The mean of a batch divides by its counted rows, and totals of its parts merge to its own.
#[test]
fn means_count_rows_and_totals_merge() {
    let logits: Vec<f64> = (0..30).map(|i| f64::from(i * i % 17) / 3.0).collect();
    let labels = [0, 1, -1, 2, 0, 1, -1, 2, 0, 1];
    let loss = CrossEntropy::new().ignore_label(-1);
    let run = |reduction| {
        Outputs::of(
            loss.reduction(reduction),
            &logits,
            3,
            &labels,
            &some_vector::<f64>(30),
        )
    };
    let given = run(Reduction::Mean(Denominator::Given(8.0)));
    for reduction in [Denominator::Weight, Denominator::Rows].map(Reduction::Mean) {
        for ((name, actual), (_, expected)) in run(reduction).list().iter().zip(given.list()) {
            assert_same_bits(name, actual, expected);
        }
    }
    let whole = loss.total(&logits, 3, &labels).unwrap();
    let parts = loss.total(&logits[..12], 3, &labels[..4]).unwrap();
    let merged = parts.merge(loss.total(&logits[12..], 3, &labels[4..]).unwrap());
    assert_eq!((merged.rows_counted, merged.rows_ignored), (8, 2));
    // Two sums of eight positive numbers in another order.
    assert!((merged.sum - whole.sum).abs() <= 8.0 * f64::EPSILON * whole.sum);
}

/// Vectors next to the largest numbers, whose sums with lifted probabilities would overflow: eight
/// roundings of what a product is summed from, with four that the sum adds.
#[test]
fn products_of_huge_vectors() {
    fn check<T: Real>() {
        let row = [0.0, 1.0, -2.0, 0.5, -30.0].map(T::round);
        let huge = Wide::ONE.scale(T::E_MAX - 8).to_f64();
        let scaled = some_vector::<T>(row.len()).into_iter().map(|v| {
            let v: f64 = v.into();
            T::round(v * huge)
        });
        let vector: Vec<T> = scaled.collect();
        let exact = Row::new(&row);
        let values = exact.hessian_vector_product(&vector);
        let bounds = exact.hessian_vector_bound(&vector);
        for backend in backends() {
            let mut products = [T::round(0.0); 5];
            CrossEntropy::new()
                .backend(backend)
                .hessian_vector_products(&row, row.len(), &[0], &vector, &mut products)
                .unwrap();
            for ((&product, &value), &bound) in products.iter().zip(&values).zip(&bounds) {
                let error = roundings(product, value, bound);
                assert!(error <= 12.0, "{product:?} on {backend}, {error} roundings");
            }
        }
    }
    check::<f32>();
    check::<f64>();
}
