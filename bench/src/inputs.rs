//! Batches of rows, the same in every run and on every machine.

use std::fs;

use rand::{Rng, SeedableRng, rngs::Xoshiro256PlusPlus};
use surprisal_reference::Float;

use crate::Precision;

/// A batch of rows of logits.
#[derive(Clone, Debug)]
pub struct Inputs<T: Precision = f32> {
    /// Row-major, `[n_rows, n_classes]`.
    pub logits: Vec<T>,
    /// One a row; as many as there are rows.
    pub labels: Vec<u32>,
    /// Vectors to multiply Hessians with, one a row, if [any](Self::with_vectors).
    pub vectors: Vec<T::Output>,
    /// Length of a row.
    pub n_classes: usize,
}

/// Logits that are drawn; more are these again. Too many for a branch predictor to learn, and
/// few enough that nobody waits for them.
const DRAWN: usize = 1 << 20;

impl Inputs {
    /// Standard deviation of the logits: rows from undecided to confident, as of trained models.
    pub const DEVIATION: f32 = 4.0;

    /// No two logits differ by more: they lie within 6 standard deviations on either side of 0.
    pub const WIDEST_DIFFERENCE: f32 = 12.0 * Self::DEVIATION;
}

impl<T: Precision> Inputs<T> {
    /// As many rows of `n_classes` as `n_logits` allow, and at least one: independent logits,
    /// normal with [`DEVIATION`](Inputs::DEVIATION), and labels that are any class.
    ///
    /// # Panics
    ///
    /// If `n_classes` is zero, or more than a `u32` counts.
    pub fn seeded(n_logits: usize, n_classes: usize) -> Self {
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(n_classes as u64);
        let n_rows = (n_logits / n_classes).max(1);
        let classes = u32::try_from(n_classes).expect("labels are u32");
        let n_logits = n_rows * n_classes;
        let logits = normal(&mut generator, Inputs::DEVIATION, n_logits, T::from_drawn);
        let labels = (0..n_rows)
            .map(|_| below(&mut generator, classes))
            .collect();
        Self {
            logits,
            labels,
            vectors: Vec::new(),
            n_classes,
        }
    }

    /// With vectors to multiply Hessians with, of entries of about 1.
    #[must_use]
    pub fn with_vectors(mut self) -> Self {
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(0);
        let from_drawn = |drawn: f32| T::Output::round(drawn.into());
        self.vectors = normal(&mut generator, 1.0, self.logits.len(), from_drawn);
        self
    }

    /// Whether there is a label, and a vector if any, for every row.
    ///
    /// # Errors
    ///
    /// A sentence with the lengths.
    pub fn check(&self) -> Result<(), String> {
        let (n_logits, n_rows, n) = (self.logits.len(), self.labels.len(), self.n_classes);
        let n_vectors = self.vectors.len();
        if n_rows * n != n_logits {
            return Err(format!(
                "{n_logits} logits are not {n_rows} rows of {n} classes"
            ));
        }
        if n_vectors != 0 && n_vectors != n_logits {
            return Err(format!("{n_vectors} entries of vectors are not {n_logits}"));
        }
        Ok(())
    }

    /// The rows with their labels.
    pub fn rows(&self) -> impl Iterator<Item = (&[T], usize)> {
        let rows = self.logits.chunks_exact(self.n_classes);
        rows.zip(self.labels.iter().map(|&label| label as usize))
    }

    /// Bytes of the logits.
    pub fn n_bytes(&self) -> usize {
        size_of_val(self.logits.as_slice())
    }
}

/// Normal numbers but for their tails: sums of twelve uniform ones, by arithmetic that rounds
/// the same way everywhere.
fn normal<T: Copy>(
    generator: &mut Xoshiro256PlusPlus,
    deviation: f32,
    length: usize,
    from_drawn: impl Fn(f32) -> T,
) -> Vec<T> {
    let drawn: Vec<T> = std::iter::repeat_with(|| {
        let uniform = |_| (generator.next_u32() >> 8) as f32 / 16_777_216.0;
        from_drawn(deviation * ((0..12).map(uniform).sum::<f32>() - 6.0))
    })
    .take(length.min(DRAWN))
    .collect();
    drawn.iter().copied().cycle().take(length).collect()
}

/// Uniform in `0..n`.
fn below(generator: &mut Xoshiro256PlusPlus, n: u32) -> u32 {
    ((u64::from(generator.next_u32()) * u64::from(n)) >> 32) as u32
}

/// All numbers of a file; of a last one that is not whole, none.
///
/// # Errors
///
/// The file, and why it cannot be read.
pub fn numbers<T>(path: &str, from: fn([u8; 4]) -> T) -> Result<Vec<T>, String> {
    let bytes = fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    let (numbers, _) = bytes.as_chunks();
    Ok(numbers.iter().map(|&number| from(number)).collect())
}
