//! Rows that several threads share have the bits that the kernel gives them on one.
#![forbid(unsafe_code)]

use rayon::{ThreadPool, ThreadPoolBuilder};
use serde_json::Value;
use surprisal::{Bf16, CrossEntropy, Denominator, F16, Reduction, RowState};
use surprisal_host::{
    Batch, Form, Labels, Logit, Objective, Role, Rows, Smoothing, Targets, Weights,
};

const IGNORED: i64 = -100;

/// What a row is in for.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Ordinary,
    Ignored,
    WithNan,
    LabelMasked,
}

const KINDS: [Kind; 4] = [
    Kind::Ordinary,
    Kind::Ignored,
    Kind::WithNan,
    Kind::LabelMasked,
];

struct Input<Z> {
    n_classes: usize,
    logits: Vec<Z>,
    labels: Vec<i64>,
}

/// Rows with ties of the largest logits and masked classes; the kind of the first is given.
fn input<Z: Logit>(
    n_rows: usize,
    n_classes: usize,
    first: usize,
    number: fn(f32) -> Z,
) -> Input<Z> {
    let (mut logits, mut labels) = (Vec::new(), Vec::new());
    for row in 0..n_rows {
        let kind = KINDS[(first + row) % KINDS.len()];
        let label = (row + 1) * 104_729 % n_classes;
        for class in 0..n_classes {
            let random = ((row * n_classes + class) as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let last = class + 1 == n_classes;
            logits.push(number(match kind {
                // Only the last thread to look can know.
                Kind::WithNan if last => f32::NAN,
                Kind::LabelMasked if class == label => f32::NEG_INFINITY,
                _ if class % 97 == 13 && class != label => f32::NEG_INFINITY,
                _ => (random >> 40) as f32 / (1 << 20) as f32 - 8.0,
            }));
        }
        labels.push(if kind == Kind::Ignored {
            IGNORED
        } else {
            label as i64
        });
    }
    Input {
        n_classes,
        logits,
        labels,
    }
}

fn bits<T: Copy + Into<f64>>(values: &[T]) -> Vec<u64> {
    values.iter().map(|&x| x.into().to_bits()).collect()
}

/// Losses and gradients of the host, and its summary.
fn by_host<Z: Logit>(
    input: &Input<Z>,
    objective: Objective,
    mean: Reduction,
) -> (Vec<u64>, Vec<u64>, Value) {
    let logits = Rows::new(Role::Logits, input.logits.clone(), input.n_classes).unwrap();
    let batch = Batch::new(logits, Labels::from(input.labels.clone()), objective).unwrap();
    let evaluation = batch.evaluate(Denominator::Weight).unwrap();
    let mut gradients = Vec::new();
    let derivative = batch.derivative(Form::Gradient, mean).unwrap();
    derivative
        .compute(|part| {
            gradients.extend_from_slice(part);
            Ok(())
        })
        .unwrap();
    (
        bits(&evaluation.losses),
        bits(&gradients),
        serde_json::to_value(evaluation.summary).unwrap(),
    )
}

/// Losses and gradients of the kernel, of whole rows on this thread.
fn by_kernel<Z: Logit>(
    input: &Input<Z>,
    loss: CrossEntropy<'_>,
    mean: Reduction,
) -> (Vec<u64>, Vec<u64>) {
    let (n_rows, n) = (input.labels.len(), input.n_classes);
    let loss = loss.ignore_label(IGNORED).reduction(mean);
    let mut losses = vec![Z::Element::default(); n_rows];
    let mut gradients = vec![Z::Element::default(); n_rows * n];
    loss.losses_and_gradients(
        &input.logits,
        n,
        &input.labels,
        None,
        &mut losses,
        &mut gradients,
    )
    .unwrap();
    (bits(&losses), bits(&gradients))
}

/// Ranks and probabilities, the plain way.
fn check_summary<Z: Logit>(input: &Input<Z>, losses: &[u64], summary: &Value) {
    let n = input.n_classes;
    let value = |z: &Z| -> f64 { z.to_element().into() };
    let (mut counted, mut first, mut among_five) = (0, 0, 0);
    let rows = input.logits.chunks(n).zip(&input.labels).zip(losses);
    for ((row, &label), &loss) in rows.clone() {
        if label == IGNORED {
            continue;
        }
        counted += 1;
        if f64::from_bits(loss).is_nan() {
            continue;
        }
        let own = value(&row[label as usize]);
        let before = row
            .iter()
            .enumerate()
            .filter(|(class, z)| value(z) > own || (value(z) == own && (*class as i64) < label));
        let rank = before.count();
        first += usize::from(rank == 0);
        among_five += usize::from(rank < 5);
    }
    let share = |rows: usize| match counted {
        0 => Value::Null,
        counted => (rows as f64 / f64::from(counted)).into(),
    };
    assert_eq!(summary["accuracy_top1"], share(first));
    assert_eq!(summary["accuracy_top5"], share(among_five));

    for hard in summary["hardest"].as_array().unwrap() {
        let row = hard["row"].as_u64().unwrap() as usize;
        let row = &input.logits[row * n..][..n];
        let mut probabilities = vec![Z::Element::default(); n];
        CrossEntropy::new()
            .probabilities(row, n, &mut probabilities)
            .unwrap();
        let mut predicted = 0;
        for (class, z) in row.iter().enumerate() {
            if value(z) > value(&row[predicted]) {
                predicted = class;
            }
        }
        assert_eq!(hard["predicted"], predicted);
        let probability: f64 = probabilities[predicted].into();
        assert_eq!(hard["probability"], probability);
    }
}

/// The options that labels need.
fn labelled() -> Objective {
    Objective {
        ignored_labels: vec![IGNORED],
        ..Objective::default()
    }
}

fn pools() -> Vec<ThreadPool> {
    let pool = |threads| ThreadPoolBuilder::new().num_threads(threads).build();
    [1, 2, 3, 5].map(|threads| pool(threads).unwrap()).into()
}

fn compare<Z: Logit>(number: fn(f32) -> Z) {
    let block = RowState::<Z::Element>::BLOCK_LEN;
    // A row of up to 16384 classes is work for one thread: the border of blocks of rows.
    let piece = 16384;
    let pools = pools();
    for n_classes in [
        block - 1,
        block,
        block + 1,
        piece - 1,
        piece,
        piece + 1,
        piece + block - 1,
        piece + block,
        piece + block + 1,
        2 * piece,
        2 * piece + block + 33,
        300_001,
    ] {
        for n_rows in 1..=3 {
            for first in 0..KINDS.len() {
                let input = input(n_rows, n_classes, first, number);
                let mean = Reduction::Mean(Denominator::Rows);
                let (losses, gradients) = by_kernel(&input, CrossEntropy::new(), mean);
                let mut summaries = Vec::new();
                for pool in &pools {
                    let threads = pool.current_num_threads();
                    let what = format!("{n_rows} x {n_classes} on {threads} threads");
                    let result = pool.install(|| by_host(&input, labelled(), mean));
                    assert!(result.0 == losses, "losses of {what}");
                    assert!(result.1 == gradients, "gradients of {what}");
                    summaries.push(result.2);
                }
                check_summary(&input, &losses, &summaries[0]);
                assert!(summaries.iter().all(|other| *other == summaries[0]));
            }
        }
    }
}

#[test]
fn f32s() {
    compare(|x| x);
}

#[test]
fn f64s() {
    compare(f64::from);
}

#[test]
fn halves() {
    compare(Bf16::from_f32);
    compare(F16::from_f32);
}

/// Each makes the losses something else than what states of parts of rows give.
#[test]
fn every_option() {
    let n = 16384 + 1;
    let input = input(2, n, 0, |x| x);
    let plain = CrossEntropy::new();
    let uneven = |len: usize| (0..len).map(|i| 1.0 + (i % 3) as f64).collect::<Vec<_>>();
    let (of_classes, of_rows, targets) = (uneven(n), uneven(2), uneven(2 * n));
    let weights = |role, values: &[f64]| Some(Weights::new(role, values.to_vec()));
    let cases = [
        (
            plain.class_weights(&of_classes[..]),
            Objective {
                class_weights: weights(Role::ClassWeights, &of_classes),
                ..labelled()
            },
        ),
        (
            plain.row_weights(&of_rows[..]),
            Objective {
                row_weights: weights(Role::RowWeights, &of_rows),
                ..labelled()
            },
        ),
        (
            plain.label_smoothing(0.1),
            Objective {
                label_smoothing: Some(Smoothing::OverAll(0.1)),
                ..labelled()
            },
        ),
        (
            plain.target_probabilities(&targets[..]),
            Objective {
                targets: Some(Targets::F64(
                    Rows::new(Role::Targets, targets.clone(), n).unwrap(),
                )),
                ..labelled()
            },
        ),
        (
            plain.z_loss(0.1),
            Objective {
                z_loss: Some(0.1),
                ..labelled()
            },
        ),
        (
            plain.softcap(3.0),
            Objective {
                softcap: Some(3.0),
                ..labelled()
            },
        ),
        (
            plain.temperature(0.5),
            Objective {
                temperature: Some(0.5),
                ..labelled()
            },
        ),
    ];
    for (loss, objective) in cases {
        let (losses, gradients) = by_kernel(&input, loss, Reduction::Sum);
        let host = by_host(&input, objective, Reduction::Sum);
        assert!(host.0 == losses, "losses of {loss:?}");
        assert!(host.1 == gradients, "gradients of {loss:?}");
    }
}
