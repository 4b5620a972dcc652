//! Within an arithmetic class every backend gives the same bits: over every operation, every
//! width from 1 to 200, the block borders, and all odd rows.

mod common;

use common::{Outputs, Real, assert_same_bits, backends, some_vector};
use surprisal::{ArithmeticClass, CrossEntropy};
use surprisal_reference::tiers;

/// Both sides of the blocks of 16 KiB of either type, and of two of them.
const BLOCK_BORDERS: [usize; 9] = [2047, 2048, 2049, 4095, 4096, 4097, 8191, 8192, 8200];

/// Logits without a period, over several binades, with ties.
fn logits<T: Real>(len: usize) -> Vec<T> {
    let value = |i: usize| {
        let random = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        (random as f64 / f64::from(1 << 20) - 8.0) * f64::from(1 << (i % 5)) / 4.0
    };
    (0..len).map(|i| T::round(value(i))).collect()
}

fn compare<T: Real>(what: &str, logits: &[T], n_classes: usize, labels: &[usize]) {
    for class in [ArithmeticClass::Fused, ArithmeticClass::Unfused] {
        let mut of_class = backends()
            .into_iter()
            .filter(|backend| backend.arithmetic_class() == class);
        let vectors = some_vector::<T>(logits.len());
        let run = |backend| {
            let loss = CrossEntropy::new()
                .backend(backend)
                .ignore_label(usize::MAX);
            Outputs::of(loss, logits, n_classes, labels, &vectors)
        };
        let first = of_class
            .next()
            .expect("portable backends are always available");
        let expected = run(first);
        for backend in of_class {
            let actual = run(backend);
            for ((name, actual), (_, expected)) in actual.list().iter().zip(expected.list()) {
                assert_same_bits(
                    &format!("{name} of {what}, {backend} against {first}"),
                    actual,
                    expected,
                );
            }
        }
    }
}

fn every_width<T: Real>() {
    for n_classes in (1..=200).chain(BLOCK_BORDERS) {
        // More rows than a vector has lanes, and not a multiple.
        let n_rows = if n_classes <= 200 { 19 } else { 3 };
        let labels: Vec<usize> = (0..n_rows)
            .map(|row| {
                if row % 7 == 3 {
                    usize::MAX
                } else {
                    row * 31 % n_classes
                }
            })
            .collect();
        let what = format!("{n_classes} classes, {}", T::NAME);
        compare(&what, &logits::<T>(n_rows * n_classes), n_classes, &labels);
    }
}

#[test]
fn every_width_f32() {
    every_width::<f32>();
}

#[test]
fn every_width_f64() {
    every_width::<f64>();
}

fn tiers_of_rows<T: Real>() {
    for tier in [tiers::odd::<T>(), tiers::edge()] {
        for case in &tier.cases {
            let what = format!(
                "{} row {:?}",
                tier.name,
                &case.logits[..case.logits.len().min(4)]
            );
            compare(&what, &case.logits, case.logits.len(), &[case.label]);
        }
    }
}

#[test]
fn odd_and_edge_rows() {
    tiers_of_rows::<f32>();
    tiers_of_rows::<f64>();
}

/// What stands beside a row in a batch does not touch it.
#[test]
fn a_row_has_the_same_bits_alone_and_in_a_batch() {
    for n_classes in [1, 3, 10, 33, 1000] {
        let (logits, labels) = (logits::<f32>(40 * n_classes), [0_u8; 40]);
        let vectors = some_vector::<f32>(logits.len());
        let loss = CrossEntropy::new();
        let batch = Outputs::of(loss, &logits, n_classes, &labels, &vectors);
        for (row, (logits, vector)) in logits
            .chunks(n_classes)
            .zip(vectors.chunks(n_classes))
            .enumerate()
        {
            let alone = Outputs::of(loss, logits, n_classes, &[0_u8], vector);
            for ((name, alone), (_, batch)) in alone.list().iter().zip(batch.list()) {
                let len = alone.len();
                assert_same_bits(name, alone, &batch[row * len..][..len]);
            }
        }
    }
}
