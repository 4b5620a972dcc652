//! Random batches on 1 to 16 threads, which is more than most machines have cores: the bits of the
//! kernel on one, and one summary. `PROPTEST_CASES` says how many batches.
#![forbid(unsafe_code)]

use std::sync::LazyLock;

use proptest::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use serde_json::Value;
use surprisal::{CrossEntropy, Denominator, Reduction};
use surprisal_host::{Batch, Form, Labels, Objective, Role, Rows};

const IGNORED: i64 = -100;

/// Of 1 to 16 threads.
static POOLS: LazyLock<Vec<ThreadPool>> = LazyLock::new(|| {
    let pool = |threads| ThreadPoolBuilder::new().num_threads(threads).build();
    (1..=16).map(|threads| pool(threads).unwrap()).collect()
});

/// Numbers of rows and of classes: many narrow rows, and some that threads share.
fn shape() -> impl Strategy<Value = (usize, usize)> {
    let narrow = (1..=1500_usize, 1..=90_usize);
    let wide = (1..=3_usize, 16_000..=70_000_usize);
    prop_oneof![3 => narrow, 1 => wide]
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

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_number_of_threads_gives_the_bits_of_one(
        (n_rows, n_classes) in shape(),
        threads in 2..=16_usize,
        numbers in prop::collection::vec(-30.0..30.0_f32, 11..=307),
        what in prop::sample::select(vec![
            Computed::Gradients, Computed::Diagonals, Computed::Products,
        ]),
    ) {
        let logits: Vec<f32> = (0..n_rows * n_classes)
            .map(|i| numbers[i % numbers.len()])
            .collect();
        let labels: Vec<i64> = (0..n_rows)
            .map(|row| if row % 9 == 4 { IGNORED } else { (row * 31 % n_classes) as i64 })
            .collect();
        let loss = CrossEntropy::new().ignore_label(IGNORED);
        let mut losses = vec![0.0; n_rows];
        loss.losses(&logits, n_classes, &labels, &mut losses).unwrap();
        let expected = by_kernel(what, loss, &logits, n_classes, &labels);

        let objective = Objective { ignored_labels: vec![IGNORED], ..Objective::default() };
        let logits = Rows::new(Role::Logits, logits, n_classes).unwrap();
        let batch = Batch::new(logits, Labels::from(labels), objective).unwrap();
        let (_, _, summary) = by_host(&POOLS[0], what, &batch);
        let actual = by_host(&POOLS[threads - 1], what, &batch);
        prop_assert!(actual.0 == losses, "losses");
        prop_assert!(actual.1 == expected, "{what:?}");
        prop_assert_eq!(actual.2, summary);
    }
}
