//! Plain passes over arrays: the fastest that anything can be which has to read, or write, the
//! same bytes.
//!
//! They are loops of safe Rust, compiled for the best instructions of the processor: they take one
//! or two vectors a cycle, and in an array outside the first-level cache wait for memory only.

use std::{fmt, hint::black_box};

use fearless_simd::{Level, Simd, SimdBase, dispatch};

use crate::{Buffers, Contender, Inputs, verification::Exact};

/// A pass, in `f32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Reads the logits: their maximum, which goes where the first loss goes.
    Read,
    /// Multiplies the logits by [`FACTOR`], in place.
    Scale,
    /// Writes [`FACTOR`] over the outputs, by stores of vectors.
    Fill,
    /// Writes 0 over the outputs, which is a call of the C library's `memset`. It may go past the
    /// caches, where stores read each line before they write it; safe Rust has no other way to
    /// do that, so that the bound for what is computed is [`Fill`](Self::Fill).
    Clear,
    /// Reads logits and vectors and writes logits + [`FACTOR`] vectors, as STREAM's triad.
    Triad,
}

/// A power of two, so that a product is exact; negative, so that it shows.
pub const FACTOR: f32 = -0.5;

/// Maxima that a read keeps: a processor that takes two vectors a cycle takes 8 in the 4 cycles
/// that a maximum needs.
const MAXIMA: usize = 8;

/// The instructions that the passes use.
pub fn level() -> String {
    let level = format!("{:?}", Level::new());
    let name = level.split('(').next();
    name.unwrap_or_default().to_lowercase()
}

/// The maximum of all values, minus infinity if there is none.
pub fn read(values: &[f32]) -> f32 {
    dispatch!(Level::new(), simd => read_with(simd, values))
}

#[inline(always)]
fn read_with<S: Simd>(simd: S, values: &[f32]) -> f32 {
    let lanes = S::f32s::LEN;
    let mut maxima = [S::f32s::splat(simd, f32::NEG_INFINITY); MAXIMA];
    let mut chunks = values.chunks_exact(lanes * MAXIMA);
    for chunk in &mut chunks {
        for (maximum, vector) in maxima.iter_mut().zip(chunk.chunks_exact(lanes)) {
            *maximum = maximum.max(S::f32s::from_slice(simd, vector));
        }
    }
    let maxima = maxima.iter().flat_map(SimdBase::as_slice);
    let rest = chunks.remainder();
    maxima
        .chain(rest)
        .copied()
        .fold(f32::NEG_INFINITY, f32::max)
}

/// Multiplies all values.
pub fn scale(values: &mut [f32], factor: f32) {
    dispatch!(Level::new(), _ => for value in values {
        *value *= factor;
    });
}

/// Writes the same value everywhere.
pub fn fill(values: &mut [f32], to: f32) {
    dispatch!(Level::new(), _ => for value in values {
        *value = to;
    });
}

/// Writes a + factor b.
pub fn triad(a: &[f32], b: &[f32], factor: f32, out: &mut [f32]) {
    dispatch!(Level::new(), _ => for ((a, b), out) in a.iter().zip(b).zip(out) {
        *out = a + factor * b;
    });
}

impl Contender for Pass {
    fn is_in_place(&self) -> bool {
        *self == Self::Scale
    }

    fn prepare(&mut self, inputs: &Inputs, buffers: &mut Buffers) {
        if self.is_in_place() {
            buffers.outputs.copy_from_slice(&inputs.logits);
        }
    }

    fn run(&mut self, inputs: &Inputs, buffers: &mut Buffers) {
        let outputs = &mut buffers.outputs;
        match self {
            Self::Read => buffers.losses[0] = read(&inputs.logits),
            Self::Scale => scale(outputs, black_box(FACTOR)),
            Self::Fill => fill(outputs, black_box(FACTOR)),
            Self::Clear => outputs.fill(0.0),
            Self::Triad => triad(&inputs.logits, &inputs.vectors, black_box(FACTOR), outputs),
        }
    }

    fn check(&self, inputs: &Inputs, buffers: &Buffers, _: &Exact) {
        let Inputs {
            logits, vectors, ..
        } = inputs;
        let outputs = &buffers.outputs;
        let right = match self {
            Self::Read => {
                let maximum = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                buffers.losses[0] == maximum
            }
            Self::Scale => outputs
                .iter()
                .zip(logits)
                .all(|(out, z)| *out == z * FACTOR),
            Self::Fill => outputs.iter().all(|&out| out == FACTOR),
            Self::Clear => outputs.iter().all(|&out| out == 0.0),
            Self::Triad => {
                let terms = logits.iter().zip(vectors);
                outputs
                    .iter()
                    .zip(terms)
                    .all(|(out, (z, v))| *out == z + FACTOR * v)
            }
        };
        assert!(right, "{self} is wrong");
    }
}

/// The name in reports.
impl fmt::Display for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Scale => "scale",
            Self::Fill => "fill",
            Self::Clear => "clear",
            Self::Triad => "triad",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Task;

    #[test]
    fn the_maximum_is_found_wherever_it_is() {
        // More than eight of the longest vectors, and a rest.
        let mut values = vec![-1.0; 8 * 16 + 5];
        assert_eq!(read(&values), -1.0);
        for i in 0..values.len() {
            values[i] = 2.0;
            assert_eq!(read(&values), 2.0, "at {i}");
            values[i] = -1.0;
        }
        assert_eq!(read(&[]), f32::NEG_INFINITY);
    }

    #[test]
    fn every_pass_is_right() {
        for n_logits in [1, 10, 1000, 10_001] {
            let task = Task::HessianVectorProduct;
            let inputs = Inputs::seeded(n_logits, 1).with_vectors();
            let exact = Exact::new(task, &inputs);
            for mut pass in [
                Pass::Read,
                Pass::Scale,
                Pass::Fill,
                Pass::Clear,
                Pass::Triad,
            ] {
                let mut buffers = Buffers::new(task, &inputs);
                pass.prepare(&inputs, &mut buffers);
                pass.run(&inputs, &mut buffers);
                pass.check(&inputs, &buffers, &exact);
            }
        }
    }

    #[test]
    #[should_panic(expected = "triad is wrong")]
    fn a_wrong_pass_is_named() {
        let inputs = Inputs::seeded(100, 1).with_vectors();
        let exact = Exact::new(Task::Loss, &inputs);
        let buffers = Buffers::new(Task::HessianVectorProduct, &inputs);
        Pass::Triad.check(&inputs, &buffers, &exact);
    }
}
