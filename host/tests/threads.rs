//! Batches on 1 to 16 threads, which is more than most machines have cores: the bits of the kernel on
//! one, and one summary.
#![forbid(unsafe_code)]

use rayon::{ThreadPool, ThreadPoolBuilder};
use serde_json::Value;
use surprisal::{CrossEntropy, Denominator, Reduction};
use surprisal_host::{Batch, Form, Labels, Objective, Role, Rows};

const IGNORED: i64 = -100;

/// Numbers of rows and of classes: rows in one block and in many, and rows that threads share.
const SHAPES: [(usize, usize); 7] = [
    (1, 1),
    (15, 1000),
    (7919, 7),
    (997, 64),
    (300, 513),
    (3, 20_001),
    (2, 70_000),
];

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap()
}

fn batch(logits: &[f32], n_classes: usize, labels: &[i64]) -> Batch<f32> {
    let objective = Objective {
        ignored_labels: vec![IGNORED],
        ..Objective::default()
    };
    let logits = Rows::new(Role::Logits, logits.to_vec(), n_classes).unwrap();
    Batch::new(logits, Labels::from(labels.to_vec()), objective).unwrap()
}

/// What is computed of every row.
#[derive(Clone, Copy, Debug)]
enum Computed {
    Gradients,
    Diagonals,
    Products,
}

/// What the kernel computes on this thread.
fn by_kernel(
    what: Computed,
    loss: CrossEntropy<'_>,
    logits: &[f32],
    n_classes: usize,
    labels: &[i64],
) -> Vec<f32> {
    let mut output = vec![0.0; logits.len()];
    match what {
        Computed::Gradients => loss.gradients(logits, n_classes, labels, None, &mut output),
        Computed::Diagonals => loss.hessian_diagonals(logits, n_classes, labels, &mut output),
        Computed::Products => {
            loss.hessian_vector_products(logits, n_classes, labels, logits, &mut output)
        }
    }
    .unwrap();
    output
}

/// What the host computes on the threads of a pool, with the losses and the summary.
fn by_host(pool: &ThreadPool, what: Computed, batch: &Batch<f32>) -> (Vec<f32>, Vec<f32>, Value) {
    let form = match what {
        Computed::Gradients => Form::Gradient,
        Computed::Diagonals => Form::HessianDiagonal,
        Computed::Products => Form::HessianVectorProduct(batch.logits()),
    };
    pool.install(|| {
        let evaluation = batch.evaluate(Denominator::Weight).unwrap();
        let mut output = Vec::new();
        let derivative = batch.derivative(form, Reduction::Sum).unwrap();
        derivative
            .compute(|part| {
                output.extend_from_slice(part);
                Ok(())
            })
            .unwrap();
        let summary = serde_json::to_value(evaluation.summary).unwrap();
        (evaluation.losses, output, summary)
    })
}

#[test]
fn any_number_of_threads_gives_the_bits_of_one() {
    let pools: Vec<_> = (1..=16).map(pool).collect();
    for (n_rows, n_classes) in SHAPES {
        let number = |i: usize| ((i * 7919) % 10_007) as f32 / 250.0 - 20.0;
        let logits: Vec<f32> = (0..n_rows * n_classes).map(number).collect();
        let label = |row: usize| match row % 9 {
            4 => IGNORED,
            _ => (row * 31 % n_classes) as i64,
        };
        let labels: Vec<i64> = (0..n_rows).map(label).collect();
        let loss = CrossEntropy::new().ignore_label(IGNORED);
        let mut losses = vec![0.0; n_rows];
        loss.losses(&logits, n_classes, &labels, &mut losses)
            .unwrap();
        let batch = batch(&logits, n_classes, &labels);
        let (_, _, summary) = by_host(&pools[0], Computed::Gradients, &batch);
        for what in [Computed::Gradients, Computed::Diagonals, Computed::Products] {
            let expected = by_kernel(what, loss, &logits, n_classes, &labels);
            for pool in &pools {
                let threads = pool.current_num_threads();
                let of = format!("{n_rows} x {n_classes} on {threads} threads");
                let actual = by_host(pool, what, &batch);
                assert!(actual.0 == losses, "losses of {of}");
                assert!(actual.1 == expected, "{what:?} of {of}");
                assert_eq!(actual.2, summary, "{of}");
            }
        }
    }
}
