//! Batches of rows, the same in every run and on every machine, and where results go.

use rand::{Rng, SeedableRng, rngs::Xoshiro256PlusPlus};

/// A batch of rows of logits.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// Row-major, `[n_rows, n_classes]`.
    pub logits: Vec<f32>,
    /// One a row; as many as there are rows.
    pub labels: Vec<u32>,
    /// Length of a row.
    pub n_classes: usize,
}

impl Inputs {
    /// Standard deviation of the logits: rows from undecided to confident, as of trained models.
    pub const DEVIATION: f32 = 4.0;

    /// No two logits differ by more: they lie within 6 standard deviations on either side of 0.
    pub const WIDEST_DIFFERENCE: f32 = 12.0 * Self::DEVIATION;

    /// As many rows of `n_classes` as `n_logits` allow: independent logits, normal with
    /// [`DEVIATION`](Self::DEVIATION), and labels that are any class.
    ///
    /// # Panics
    ///
    /// If `n_classes` is zero, or more than a `u32` counts.
    pub fn seeded(n_logits: usize, n_classes: usize) -> Self {
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(n_classes as u64);
        let n_rows = n_logits / n_classes;
        let classes = u32::try_from(n_classes).expect("labels are u32");
        let logits = normal(&mut generator, Self::DEVIATION)
            .take(n_rows * n_classes)
            .collect();
        let labels = (0..n_rows)
            .map(|_| below(&mut generator, classes))
            .collect();
        Self {
            logits,
            labels,
            n_classes,
        }
    }

    /// Vectors to multiply Hessians with, one a row, with entries of about 1.
    pub fn vectors(&self) -> Vec<f32> {
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(0);
        normal(&mut generator, 1.0)
            .take(self.logits.len())
            .collect()
    }

    /// The rows with their labels.
    pub fn rows(&self) -> impl Iterator<Item = (&[f32], usize)> {
        let rows = self.logits.chunks_exact(self.n_classes);
        rows.zip(self.labels.iter().map(|&label| label as usize))
    }
}

/// Normal numbers but for their tails: sums of twelve uniform ones, by arithmetic that rounds
/// the same way everywhere.
fn normal(generator: &mut Xoshiro256PlusPlus, deviation: f32) -> impl Iterator<Item = f32> {
    std::iter::repeat_with(move || {
        let uniform = |_| (generator.next_u32() >> 8) as f32 / 16_777_216.0;
        deviation * ((0..12).map(uniform).sum::<f32>() - 6.0)
    })
}

/// Uniform in `0..n`.
fn below(generator: &mut Xoshiro256PlusPlus, n: u32) -> u32 {
    ((u64::from(generator.next_u32()) * u64::from(n)) >> 32) as u32
}

/// What a [`Contender`](crate::Contender) computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// The loss of every row.
    Loss,
    /// The loss of every row, and its gradient with respect to the logits.
    LossWithGradient,
}

impl Task {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::LossWithGradient => "loss with gradient",
        }
    }
}

/// Outputs, and room for intermediate results, so that nobody allocates while the clock runs.
#[derive(Clone, Debug)]
pub struct Buffers {
    /// `[n_rows]`.
    pub losses: Vec<f32>,
    /// `[n_rows, n_classes]`.
    pub gradients: Vec<f32>,
    /// The softmax of one row.
    pub(crate) probabilities: Vec<f32>,
    /// One row of zeros and a one.
    pub(crate) one_hot: Vec<f32>,
}

impl Buffers {
    /// For these inputs. All is NaN: what a contender does not write is not right by accident.
    pub fn new(inputs: &Inputs) -> Self {
        let row = vec![f32::NAN; inputs.n_classes];
        Self {
            losses: vec![f32::NAN; inputs.labels.len()],
            gradients: vec![f32::NAN; inputs.logits.len()],
            probabilities: row.clone(),
            one_hot: row,
        }
    }
}
