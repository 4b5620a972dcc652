//! Products with the Gauss-Newton matrix against the matrix itself, entry by entry from the exact
//! Hessians of the reference.

use rayon::ThreadPoolBuilder;
use surprisal::{Denominator, Reduction};
use surprisal_host::{Batch, Error, Features, Labels, Objective, Role, Rows};
use surprisal_reference::Row;

use crate::{plain, row_weights};

const ROWS: usize = 200;
const CLASSES: usize = 5;
const COLUMNS: usize = 3;

fn number(row: usize, column: usize, seed: usize) -> f64 {
    ((row * 7919 + column * 613 + row * column * 31 + seed) % 4093) as f64 / 512.0 - 4.0
}

fn numbers(rows: usize, columns: usize, seed: usize) -> Vec<f64> {
    let rows = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    rows.map(|(row, column)| number(row, column, seed))
        .collect()
}

fn batch(objective: Objective) -> Batch<f64> {
    let logits = Rows::new(Role::Logits, numbers(ROWS, CLASSES, 5), CLASSES).unwrap();
    let labels = (0..ROWS).map(|row| {
        if row % 9 == 4 {
            -100
        } else {
            (row % CLASSES) as i64
        }
    });
    Batch::new(logits, Labels::from(labels.collect::<Vec<_>>()), objective).unwrap()
}

fn features() -> Features {
    Features::new(numbers(ROWS, COLUMNS, 77), ROWS, COLUMNS).unwrap()
}

/// The matrix, and the sum of the magnitudes of what every entry is summed from.
fn matrix(weight: impl Fn(usize) -> f64) -> (Vec<f64>, Vec<f64>) {
    let size = CLASSES * COLUMNS;
    let (mut matrix, mut magnitudes) = (vec![0.0; size * size], vec![0.0; size * size]);
    for row in (0..ROWS).filter(|row| row % 9 != 4) {
        let logits: Vec<f64> = (0..CLASSES).map(|class| number(row, class, 5)).collect();
        let exact = Row::new(&logits);
        for entry in 0..size * size {
            let (i, j) = (entry / size, entry % size);
            let hessian = exact.hessian(i / COLUMNS, j / COLUMNS).to_f64();
            let x = number(row, i % COLUMNS, 77) * number(row, j % COLUMNS, 77);
            matrix[entry] += weight(row) * hessian * x;
            magnitudes[entry] += (weight(row) * hessian * x).abs();
        }
    }
    (matrix, magnitudes)
}

#[test]
fn columns_of_the_matrix() {
    let weight = |row: usize| (row % 7) as f64 / 4.0;
    let objective = Objective {
        row_weights: Some(row_weights((0..ROWS).map(weight).collect())),
        ignored_labels: vec![-100],
        ..plain()
    };
    let (batch, features) = (batch(objective), features());
    let given = Reduction::Mean(Denominator::Given(8.0));
    let actual = batch.gauss_newton(&features, given).unwrap();
    assert_eq!(actual.shape(), [CLASSES, COLUMNS]);

    let (expected, magnitudes) = matrix(|row| weight(row) / 8.0);
    let size = CLASSES * COLUMNS;
    // Of sums of 200 terms on both sides, each of some roundings.
    let check = |actual: f64, entry: usize| {
        let error = (actual - expected[entry]).abs();
        assert!(error <= 1e-14 * magnitudes[entry], "{entry}: {actual:?}");
    };
    for column in 0..size {
        let mut unit = vec![0.0; size];
        unit[column] = 1.0;
        let product = actual.product(&unit).unwrap();
        for (row, &actual) in product.iter().enumerate() {
            check(actual, row * size + column);
        }
    }
    let diagonal = actual.diagonal().unwrap();
    for (row, &actual) in diagonal.iter().enumerate() {
        check(actual, row * size + row);
    }
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    let objective = Objective {
        ignored_labels: vec![-100],
        ..plain()
    };
    let (batch, features) = (batch(objective), features());
    let vector = numbers(CLASSES, COLUMNS, 3);
    let products = [1, 2, 5].map(|threads| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        let matrix = batch.gauss_newton(&features, Reduction::Sum).unwrap();
        pool.unwrap().install(|| matrix.product(&vector).unwrap())
    });
    assert_eq!(products[0], products[1]);
    assert_eq!(products[0], products[2]);
}

#[test]
fn what_does_not_fit() {
    let objective = Objective {
        ignored_labels: vec![-100],
        ..plain()
    };
    let batch = batch(objective);
    let short = Features::new(numbers(ROWS - 1, COLUMNS, 77), ROWS - 1, COLUMNS).unwrap();
    let error = batch.gauss_newton(&short, Reduction::Sum).unwrap_err();
    let expected = "features: number of rows is 199, that of logits is 200";
    assert_eq!(error.to_string(), expected);

    let features = features();
    let matrix = batch.gauss_newton(&features, Reduction::Sum).unwrap();
    let error = matrix.product(&[0.0; 14]).unwrap_err();
    let expected = surprisal::Error::LengthMismatch {
        argument: "vector",
        expected: 15,
        actual: 14,
    };
    assert!(matches!(error, Error::Kernel(error) if error == expected));
}

#[test]
fn no_rows() {
    let logits = Rows::new(Role::Logits, Vec::new(), 2).unwrap();
    let batch = Batch::new(logits, Labels::from(Vec::<i64>::new()), plain()).unwrap();
    let features = Features::new(Vec::new(), 0, 3).unwrap();
    let matrix = batch.gauss_newton(&features, Reduction::Sum).unwrap();
    assert_eq!(matrix.product(&[1.0; 6]).unwrap(), [0.0; 6]);
    assert_eq!(matrix.diagonal().unwrap(), [0.0; 6]);
}
