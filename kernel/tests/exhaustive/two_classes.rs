//! Rows (d, 0) for every d, infinities and NaN included: losses, gradients and Hessians.

use surprisal::{Backend, CrossEntropy};
use surprisal_reference::{
    Row, Wide,
    budget::{Budget, ElementType, Operation},
};

use crate::{ORACLE_ERROR, classes, common::budget_class, same, sweep};

/// What is measured of a row, in one order for computed and exact values: loss and gradient for
/// label 0, the same for label 1, and the lower triangle of the Hessian.
const MEASURED: [Operation; 9] = [
    Operation::Loss,
    Operation::Gradient,
    Operation::Gradient,
    Operation::Loss,
    Operation::Gradient,
    Operation::Gradient,
    Operation::HessianDiagonal,
    Operation::Hessian,
    Operation::HessianDiagonal,
];

/// All that a backend says of rows.
struct Computed {
    losses: [Vec<f32>; 2],
    gradients: [Vec<f32>; 2],
    packed: Vec<f32>,
}

impl Computed {
    fn of(backend: Backend, d: &[f32]) -> Self {
        let loss = CrossEntropy::new().backend(backend);
        let logits: Vec<f32> = d.iter().flat_map(|&d| [d, 0.0]).collect();
        let zeros = |len| vec![0.0; len];
        let mut computed = Self {
            losses: [0, 1].map(|_| zeros(d.len())),
            gradients: [0, 1].map(|_| zeros(logits.len())),
            packed: zeros(3 * d.len()),
        };
        let outputs = computed.losses.iter_mut().zip(&mut computed.gradients);
        for (label, (losses, gradients)) in outputs.enumerate() {
            let labels = vec![label as u8; d.len()];
            loss.losses_and_gradients(&logits, 2, &labels, None, losses, gradients)
                .unwrap();
        }
        let labels = vec![0_u8; d.len()];
        loss.packed_hessians(&logits, 2, &labels, &mut computed.packed)
            .unwrap();
        computed
    }

    fn same(&self, other: &Self) -> bool {
        let [losses, gradients] = [
            (&self.losses, &other.losses),
            (&self.gradients, &other.gradients),
        ];
        [losses, gradients]
            .iter()
            .all(|(a, b)| same(&a[0], &b[0]) && same(&a[1], &b[1]))
            && same(&self.packed, &other.packed)
    }

    fn row(&self, row: usize) -> [f32; 9] {
        let of_label = |label: usize| {
            let gradient = &self.gradients[label][2 * row..];
            [self.losses[label][row], gradient[0], gradient[1]]
        };
        let ([a, b, c], [d, e, f]) = (of_label(0), of_label(1));
        let packed = &self.packed[3 * row..];
        [a, b, c, d, e, f, packed[0], packed[1], packed[2]]
    }
}

/// The exact values of the row (d, 0).
fn exact(d: f64) -> [f64; 9] {
    if d.is_nan() || d == f64::INFINITY {
        return [f64::NAN; 9];
    }
    let small = (-d.abs()).exp();
    let total = 1.0 + small;
    let (least, most) = (small / total, 1.0 / total);
    let of_larger = small.ln_1p();
    let of_smaller = d.abs() + of_larger;
    let [p, q, loss_0, loss_1] = if d < 0.0 {
        [least, most, of_smaller, of_larger]
    } else {
        [most, least, of_larger, of_smaller]
    };
    let h = least * most;
    [loss_0, -q, q, loss_1, p, -p, h, -h, h]
}

/// The same in double-doubles.
fn exact_wide(d: f32) -> [Wide; 9] {
    let row = Row::new(&[d, 0.0]);
    let of_label = |y| [row.loss(y), row.gradient(y, 0), row.gradient(y, 1)];
    let ([a, b, c], [d, e, f]) = (of_label(0), of_label(1));
    let entries = [row.hessian(0, 0), row.hessian(1, 0), row.hessian(1, 1)];
    [a, b, c, d, e, f, entries[0], entries[1], entries[2]]
}

/// The error in ulps of an `f32`, as `surprisal_reference::error_measure` has them.
fn ulps(actual: f32, exact: f64) -> f64 {
    if f64::from(actual) == exact || actual.is_nan() && exact.is_nan() {
        return 0.0;
    }
    let binade = ((exact.to_bits() >> 52) & 0x7ff).clamp(1023 - 126, 1023 + 127);
    let error = (f64::from(actual) - exact).abs() / f64::from_bits((binade - 23) << 52);
    if error.is_nan() { f64::INFINITY } else { error }
}

#[test]
#[ignore = "an hour and more, see README.md"]
fn two_class_rows() {
    let classes = classes();
    let worst = sweep(0..=u32::MAX, |numbers, worst| {
        let oracle = exact(numbers[0].into())
            .into_iter()
            .zip(exact_wide(numbers[0]));
        for (exact, wide) in oracle {
            // Below the subnormal numbers of f64 either is nothing to an f32.
            let allowed = wide.abs().to_f64() * ORACLE_ERROR + f64::MIN_POSITIVE;
            let error = (wide - exact.into()).abs().to_f64();
            let same = wide == exact.into() || wide.is_nan() && exact.is_nan();
            assert!(same || error <= allowed, "{exact} for {wide:?}");
        }
        let exact: Vec<_> = numbers.iter().map(|&d| exact(d.into())).collect();
        for (class, backends) in &classes {
            let computed = Computed::of(backends[0], numbers);
            for &other in &backends[1..] {
                let same = computed.same(&Computed::of(other, numbers));
                assert!(same, "{other} differs from others near {:e}", numbers[0]);
            }
            let of_row = |row: usize| {
                let (actual, exact) = (computed.row(row), exact[row]);
                std::array::from_fn(|i| ulps(actual[i], exact[i]))
            };
            let errors: Vec<[f64; 9]> = (0..numbers.len()).map(of_row).collect();
            for (i, operation) in MEASURED.into_iter().enumerate() {
                let of_rows = errors.iter().zip(numbers);
                let of_rows = of_rows.map(|(errors, &d)| (errors[i], d));
                worst.see(format!("{class:?} {operation:?}"), of_rows);
            }
        }
    });
    for (class, _) in classes {
        for operation in MEASURED {
            let budget = Budget::of(operation, ElementType::F32, budget_class(class));
            let (error, at) = worst.0[&format!("{class:?} {operation:?}")];
            assert!(budget.allows(error), "{budget:?}: {error} at {at:e}");
        }
    }
}

/// What a sweep costs is spent on numbers; that it measures them is seen here.
#[test]
fn errors_are_found() {
    assert_eq!(ulps(1.0, 1.0), 0.0);
    assert_eq!(ulps(1.0 + f32::EPSILON, 1.0), 1.0);
    assert_eq!(ulps(f32::from_bits(3), 0.0), 3.0);
    assert_eq!(ulps(f32::NAN, 1.0), f64::INFINITY);
    assert_eq!(ulps(1.0, f64::NAN), f64::INFINITY);
    assert_eq!(ulps(f32::INFINITY, f64::INFINITY), 0.0);
    assert_eq!(ulps(f32::MAX, f64::INFINITY), f64::INFINITY);
}
