//! Random rows under random combinations of the options of the loss.

use super::draw::Draw;
use crate::{Objective, Options, Row, Target, wide::power_of_two};

/// Rows of one width that share the options of a batch, as flat arrays.
///
/// Every number is one of `f32`, kept as `f64`, so that both types compute the same thing.
#[derive(Clone, Debug, PartialEq)]
pub struct OptionsBatch {
    /// Number of classes.
    pub n_classes: usize,
    /// `[n_rows, n_classes]`, finite or -inf, and at least one of each row finite.
    pub logits: Vec<f64>,
    /// The targets of the rows.
    pub targets: Targets,
    /// `[n_classes]`.
    pub class_weights: Option<Vec<f64>>,
    /// `[n_rows]`.
    pub row_weights: Option<Vec<f64>>,
    /// 0 where it is off.
    pub label_smoothing: f64,
    /// 0 where it is off.
    pub z_loss: f64,
    /// The softcap.
    pub softcap: Option<f64>,
    /// 1 where it is off.
    pub temperature: f64,
    /// `[n_rows, n_classes]`: vectors to multiply the Hessians by.
    pub vectors: Vec<f64>,
}

/// The targets of a batch.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// `[n_rows]`.
    Labels(Vec<usize>),
    /// `[n_rows, n_classes]`.
    Probabilities(Vec<f64>),
}

/// Batches without end, of the widths in turn, the same ones for a seed.
///
/// Tries how options meet: each is on in half of the batches, whatever the others are. Among them
/// are weights of 0, smoothing of 1 and of next to nothing, caps that leave logits as they are and
/// caps that make all of them equal, targets that are one-hot, sum to 1, do not, or are the softmax
/// itself, and, in a quarter of the batches, masked classes, some with a weight.
pub fn options(seed: u64, widths: &[usize]) -> impl Iterator<Item = OptionsBatch> {
    let mut draw = Draw::seeded(seed);
    widths.iter().cycle().map(move |&n| batch(&mut draw, n))
}

impl OptionsBatch {
    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.logits.len() / self.n_classes
    }

    /// The logits of a row.
    pub fn row(&self, row: usize) -> &[f64] {
        self.part(&self.logits, row)
    }

    /// The vector of a row.
    pub fn vector(&self, row: usize) -> &[f64] {
        self.part(&self.vectors, row)
    }

    /// The target of a row.
    pub fn target(&self, row: usize) -> Target<'_> {
        match &self.targets {
            Targets::Labels(labels) => Target::Label(labels[row]),
            Targets::Probabilities(q) => Target::Probabilities(self.part(q, row)),
        }
    }

    /// The options of a row.
    pub fn options(&self, row: usize) -> Options<'_> {
        Options {
            class_weights: self.class_weights.as_deref(),
            row_weight: self.row_weights.as_ref().map_or(1.0, |r| r[row]),
            label_smoothing: self.label_smoothing,
            z_loss: self.z_loss,
            softcap: self.softcap,
            temperature: self.temperature,
        }
    }

    /// A row with its target under its options.
    pub fn objective(&self, row: usize) -> Objective {
        Objective::new(self.row(row), self.target(row), &self.options(row))
    }

    /// The part of an array `[n_rows, n_classes]` that belongs to a row.
    fn part<'a>(&self, array: &'a [f64], row: usize) -> &'a [f64] {
        &array[row * self.n_classes..(row + 1) * self.n_classes]
    }
}

/// Logits of a batch, where one row is not more.
const LOGITS: usize = 2000;

/// Rows of a batch at most.
const MOST_ROWS: usize = 20;

fn batch(draw: &mut Draw, n: usize) -> OptionsBatch {
    let n_rows = 1 + draw.index((LOGITS / n).clamp(1, MOST_ROWS));
    let deviation = [0.25, 3.0, 10.0, 30.0][draw.index(4)];
    let common = [0.0, 0.0, -40.0, 300.0][draw.index(4)];
    let masked = draw.chance(0.25);
    let rows: Vec<Vec<f64>> = (0..n_rows)
        .map(|_| {
            let mut row: Vec<f64> = (0..n)
                .map(|_| rounded(common + deviation * draw.normal()))
                .collect();
            if masked {
                mask(draw, &mut row);
            }
            row
        })
        .collect();
    let targets = if draw.chance(0.5) {
        Targets::Labels(rows.iter().map(|_| draw.index(n)).collect())
    } else {
        Targets::Probabilities(rows.iter().flat_map(|row| target(draw, row)).collect())
    };
    let mut option = |of: fn(&mut Draw) -> f64| draw.chance(0.5).then(|| rounded(of(draw)));
    let label_smoothing = option(|draw| match draw.index(4) {
        0 => 0.1,
        1 => 1.0,
        2 => draw.unit(),
        _ => draw.unit() * power_of_two(-20),
    });
    let z_loss = option(|draw| match draw.index(2) {
        0 => 1e-4,
        _ => draw.spread(-14, 1).abs(),
    });
    // In deviations of the logits: from far within them to far beyond them.
    let softcap = option(|draw| draw.spread(-3, 6).abs());
    let temperature = option(|draw| draw.spread(-2, 3).abs());
    OptionsBatch {
        n_classes: n,
        logits: rows.concat(),
        targets,
        class_weights: weights(draw, n),
        row_weights: weights(draw, n_rows),
        label_smoothing: label_smoothing.unwrap_or(0.0),
        z_loss: z_loss.unwrap_or(0.0),
        softcap: softcap.map(|s| rounded(s * deviation)),
        temperature: temperature.unwrap_or(1.0),
        vectors: (0..n_rows).flat_map(|_| vector(draw, n)).collect(),
    }
}

/// The nearest `f32`.
fn rounded(x: f64) -> f64 {
    f64::from(x as f32)
}

/// Masks a quarter of the classes, but never all.
fn mask(draw: &mut Draw, row: &mut [f64]) {
    let kept = draw.index(row.len());
    for (j, z) in row.iter_mut().enumerate() {
        if draw.chance(0.25) && j != kept {
            *z = f64::NEG_INFINITY;
        }
    }
}

/// Weights, a fifth of them 0, or none.
fn weights(draw: &mut Draw, n: usize) -> Option<Vec<f64>> {
    draw.chance(0.5)
        .then(|| (0..n).map(|_| amount(draw, 0.2, 3.0)).collect())
}

/// 0, with a probability, or else uniform below `most`.
fn amount(draw: &mut Draw, zero: f64, most: f64) -> f64 {
    if draw.chance(zero) {
        0.0
    } else {
        rounded(draw.uniform(0.0, most))
    }
}

/// Target probabilities for a row.
fn target(draw: &mut Draw, logits: &[f64]) -> Vec<f64> {
    let n = logits.len();
    match draw.index(4) {
        0 => {
            let mut one_hot = vec![0.0; n];
            one_hot[draw.index(n)] = 1.0;
            one_hot
        }
        1 => {
            let parts: Vec<f64> = (0..n).map(|_| draw.unit()).collect();
            let sum: f64 = parts.iter().sum();
            parts.iter().map(|part| rounded(part / sum)).collect()
        }
        2 => (0..n).map(|_| amount(draw, 0.25, 1.5)).collect(),
        _ => {
            let softmax = Row::new(logits);
            let probability = |j| rounded(softmax.probability(j).to_f64());
            (0..n).map(probability).collect()
        }
    }
}

/// A vector around 0, or with a common part that most of the Hessian does not see, or all 1.
fn vector(draw: &mut Draw, n: usize) -> Vec<f64> {
    let (common, deviation) = [(0.0, 3.0), (1000.0, 3.0), (1.0, 0.0)][draw.index(3)];
    (0..n)
        .map(|_| rounded(common + deviation * draw.normal()))
        .collect()
}
