//! Batches under options of the loss: blocks of rows get their own weights and targets.
#![forbid(unsafe_code)]

use rayon::ThreadPoolBuilder;
use serde_json::{Value, json};
use surprisal::{CrossEntropy, Denominator, Reduction};
use surprisal_host::{
    Batch, Error, Form, Labels, Objective, Report, Role, Rows, Smoothing, Targets, Weights,
};

/// Arrays of a batch in which no two rows or classes are alike.
struct Input {
    n_classes: usize,
    logits: Vec<f64>,
    labels: Vec<i64>,
    class_weights: Vec<f64>,
    row_weights: Vec<f64>,
    targets: Vec<f32>,
}

const IGNORED: [i64; 2] = [-100, 2];

fn input(n_rows: usize, n_classes: usize) -> Input {
    // Multiples of 2^-10, so that they are what they are in `f32` as well.
    let number = |i: usize, factor: usize| ((i * factor + 1) % 8191) as f64 / 1024.0;
    Input {
        n_classes,
        logits: (0..n_rows * n_classes).map(|i| number(i, 7919)).collect(),
        labels: (0..n_rows)
            .map(|row| match row % 5 {
                3 => -100,
                _ => (row * 31 % n_classes) as i64,
            })
            .collect(),
        class_weights: (0..n_classes).map(|class| number(class, 613)).collect(),
        row_weights: (0..n_rows).map(|row| number(row, 1021)).collect(),
        targets: (0..n_rows * n_classes)
            .map(|i| number(i, 4099) as f32)
            .collect(),
    }
}

fn objective(input: &Input, with_targets: bool) -> Objective {
    let targets = Rows::new(Role::Targets, input.targets.clone(), input.n_classes);
    Objective {
        ignored_labels: IGNORED.into(),
        class_weights: Some(Weights::new(
            Role::ClassWeights,
            input.class_weights.clone(),
        )),
        row_weights: Some(Weights::new(Role::RowWeights, input.row_weights.clone())),
        label_smoothing: Some(Smoothing::OverOthers(0.125)),
        targets: with_targets.then(|| Targets::F32(targets.unwrap())),
        z_loss: Some(0.25),
        softcap: Some(5.0),
        temperature: Some(1.5),
        backend: None,
    }
}

/// The same for the kernel, on the batch as a whole.
fn loss(input: &Input, with_targets: bool) -> CrossEntropy<'_> {
    let loss = CrossEntropy::new()
        .ignore_labels(&IGNORED)
        .class_weights(&input.class_weights[..])
        .row_weights(&input.row_weights[..])
        .label_smoothing_over_others(0.125)
        .z_loss(0.25)
        .softcap(5.0)
        .temperature(1.5);
    if with_targets {
        loss.target_probabilities(&input.targets[..])
    } else {
        loss
    }
}

fn batch(input: &Input, objective: Objective) -> Batch<f64> {
    let logits = Rows::new(Role::Logits, input.logits.clone(), input.n_classes).unwrap();
    Batch::new(logits, Labels::from(input.labels.clone()), objective).unwrap()
}

/// Narrow rows in many blocks, and rows so wide that without options they would be cut.
#[test]
fn blocks_have_the_bits_of_the_whole() {
    for (n_rows, n_classes) in [(5003, 7), (300, 100), (4, 16_384), (3, 40_001)] {
        let input = input(n_rows, n_classes);
        for with_targets in [false, true] {
            let kernel = loss(&input, with_targets).reduction(Reduction::Mean(Denominator::Rows));
            let mut losses = vec![0.0; n_rows];
            let mut gradients = vec![0.0; input.logits.len()];
            let (logits, labels) = (&input.logits, &input.labels);
            kernel
                .losses_and_gradients(logits, n_classes, labels, None, &mut losses, &mut gradients)
                .unwrap();
            let total = kernel.total(logits, n_classes, labels).unwrap();

            let batch = batch(&input, objective(&input, with_targets));
            for threads in [1, 2, 3] {
                let pool = ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .build()
                    .unwrap();
                let (evaluation, of_host) = pool.install(|| {
                    let mean = Reduction::Mean(Denominator::Rows);
                    let derivative = batch.derivative(Form::Gradient, mean).unwrap();
                    let mut gradients = Vec::new();
                    derivative
                        .compute(|part| {
                            gradients.extend_from_slice(part);
                            Ok(())
                        })
                        .unwrap();
                    (batch.evaluate(Denominator::Weight).unwrap(), gradients)
                });
                let what = format!("{n_rows} x {n_classes} on {threads} threads");
                assert!(evaluation.losses == losses, "losses of {what}");
                assert!(of_host == gradients, "gradients of {what}");
                let summary = evaluation.summary;
                assert_eq!(summary.rows_counted, total.rows_counted);
                // Sums of thousands of numbers in another order.
                let close = |a: f64, b: f64| (a - b).abs() <= 1e-13 * b.abs();
                assert!(close(summary.weight.unwrap(), total.weight));
                let mean = total.mean(Denominator::Weight).unwrap();
                assert!(close(summary.loss_mean.unwrap(), mean));
            }
        }
    }
}

#[test]
fn something_has_to_be_compared_with() {
    let logits = || Rows::new(Role::Logits, vec![0.0_f32; 6], 3).unwrap();
    let error = Batch::new(logits(), None, Objective::default()).unwrap_err();
    assert!(matches!(error, Error::NoLabels));
    assert_eq!(
        error.to_string(),
        "labels: needed where there are no targets"
    );
}

#[test]
fn arrays_in_memory_go_by_their_roles() {
    let logits = || Rows::new(Role::Logits, vec![0.0_f32; 6], 3).unwrap();
    let with = |objective| Batch::new(logits(), Labels::from(vec![0_i64, 2]), objective);
    let weights = |role, values: &[f64]| Some(Weights::new(role, values.to_vec()));
    let short = Objective {
        class_weights: weights(Role::ClassWeights, &[1.0; 2]),
        ..Objective::default()
    };
    assert_eq!(
        with(short).unwrap_err().to_string(),
        "class-weights: number of classes is 2, that of logits is 3"
    );
    let negative = Objective {
        row_weights: weights(Role::RowWeights, &[1.0, -1.0]),
        ..Objective::default()
    };
    assert_eq!(
        with(negative).unwrap_err().to_string(),
        "row-weights: entry 1 is -1.0, must be from 0 to 1e30"
    );

    let batch = with(Objective {
        row_weights: weights(Role::RowWeights, &[1.0, 3.0]),
        ..Objective::default()
    })
    .unwrap();
    let summary = batch.evaluate(Denominator::Weight).unwrap().summary;
    let report = Report::new(&batch, Reduction::Mean(Denominator::Weight), summary);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["options"], json!({"row_weights": Value::Null}));
    assert_eq!(json["weight"], 4.0);
    let mut table = Vec::new();
    report.write_table(&mut table).unwrap();
    let table = String::from_utf8(table).unwrap();
    assert!(
        table.contains("\nrow weights           in memory\n"),
        "{table}"
    );
}
