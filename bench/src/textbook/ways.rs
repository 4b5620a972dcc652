//! Three ways from a row of logits to its loss and gradient, each written once.
//!
//! Rows are read in blocks of `N`, a last one that is not full through a padded copy, and sums
//! have `N` accumulators: with 16 the compiler makes vectors of them, with 1 these are plain
//! loops. Everything is `#[inline(always)]`, closures too, so that it is compiled with the
//! instructions that the caller has enabled.

use super::exponential::Exponential;
use crate::{Buffers, Inputs};

/// One of the ways.
pub(super) trait Way {
    /// Gives the loss of a row.
    fn loss<E: Exponential, const N: usize>(row: &[f32], label: usize, scratch: Scratch<'_>)
    -> f32;

    /// Gives the loss of a row and writes its gradient.
    fn loss_and_gradient<E: Exponential, const N: usize>(
        row: &[f32],
        label: usize,
        scratch: Scratch<'_>,
        gradient: &mut [f32],
    ) -> f32;
}

/// Room for a row each.
pub(super) struct Scratch<'a> {
    probabilities: &'a mut [f32],
    one_hot: &'a mut [f32],
}

/// Goes through the rows.
#[inline(always)]
pub(super) fn run<W: Way, E: Exponential, const N: usize>(
    with_gradient: bool,
    inputs: &Inputs,
    buffers: &mut Buffers,
) {
    let Buffers {
        losses,
        outputs,
        probabilities,
        one_hot,
    } = buffers;
    let mut gradients = outputs.chunks_exact_mut(inputs.n_classes);
    for ((row, label), loss) in inputs.rows().zip(losses) {
        let scratch = Scratch {
            probabilities,
            one_hot,
        };
        *loss = if with_gradient {
            let gradient = gradients.next().expect("there is a gradient a row");
            W::loss_and_gradient::<E, N>(row, label, scratch, gradient)
        } else {
            W::loss::<E, N>(row, label, scratch)
        };
    }
}

/// Softmax, one-hot, dot product.
pub(super) struct SoftmaxOneHot;

impl Way for SoftmaxOneHot {
    #[inline(always)]
    fn loss<E: Exponential, const N: usize>(
        row: &[f32],
        label: usize,
        scratch: Scratch<'_>,
    ) -> f32 {
        softmax::<E, N>(row, scratch.probabilities);
        one_hot(label, scratch.one_hot);
        -dot::<N>(scratch.probabilities, scratch.one_hot).ln()
    }

    #[inline(always)]
    fn loss_and_gradient<E: Exponential, const N: usize>(
        row: &[f32],
        label: usize,
        scratch: Scratch<'_>,
        gradient: &mut [f32],
    ) -> f32 {
        softmax::<E, N>(row, gradient);
        one_hot(label, scratch.one_hot);
        let loss = -dot::<N>(gradient, scratch.one_hot).ln();
        for (g, y) in gradient.iter_mut().zip(scratch.one_hot) {
            *g -= *y;
        }
        loss
    }
}

/// Softmax, one of its entries.
pub(super) struct SoftmaxLookup;

impl Way for SoftmaxLookup {
    #[inline(always)]
    fn loss<E: Exponential, const N: usize>(
        row: &[f32],
        label: usize,
        scratch: Scratch<'_>,
    ) -> f32 {
        softmax::<E, N>(row, scratch.probabilities);
        -scratch.probabilities[label].ln()
    }

    #[inline(always)]
    fn loss_and_gradient<E: Exponential, const N: usize>(
        row: &[f32],
        label: usize,
        _: Scratch<'_>,
        gradient: &mut [f32],
    ) -> f32 {
        softmax::<E, N>(row, gradient);
        let loss = -gradient[label].ln();
        gradient[label] -= 1.0;
        loss
    }
}

/// Log-sum-exp as in every textbook.
pub(super) struct LogSumExp;

impl Way for LogSumExp {
    #[inline(always)]
    fn loss<E: Exponential, const N: usize>(row: &[f32], label: usize, _: Scratch<'_>) -> f32 {
        log_sum_exp::<E, N>(row) - row[label]
    }

    #[inline(always)]
    fn loss_and_gradient<E: Exponential, const N: usize>(
        row: &[f32],
        label: usize,
        _: Scratch<'_>,
        gradient: &mut [f32],
    ) -> f32 {
        let log_sum_exp = log_sum_exp::<E, N>(row);
        exponentials::<E, N>(row, log_sum_exp, gradient);
        gradient[label] -= 1.0;
        log_sum_exp - row[label]
    }
}

#[inline(always)]
fn softmax<E: Exponential, const N: usize>(row: &[f32], out: &mut [f32]) {
    let scale = 1.0 / exponentials::<E, N>(row, largest::<N>(row), out);
    for p in out {
        *p *= scale;
    }
}

#[inline(always)]
fn log_sum_exp<E: Exponential, const N: usize>(row: &[f32]) -> f32 {
    let largest = largest::<N>(row);
    let mut sums = [0.0; N];
    for_blocks::<N>(
        row,
        #[inline(always)]
        |block| add(&mut sums, E::of(minus(block, largest))),
    );
    largest + sums.iter().sum::<f32>().ln()
}

/// Writes the exponentials of the row less `shift`, and gives their sum.
#[inline(always)]
fn exponentials<E: Exponential, const N: usize>(row: &[f32], shift: f32, out: &mut [f32]) -> f32 {
    let mut sums = [0.0; N];
    let mut blocks = out.chunks_mut(N);
    for_blocks::<N>(
        row,
        #[inline(always)]
        |block| {
            let terms = E::of(minus(block, shift));
            add(&mut sums, terms);
            let out = blocks.next().unwrap_or_default();
            if let Some(full) = out.first_chunk_mut() {
                *full = terms;
            } else {
                for (out, term) in out.iter_mut().zip(terms) {
                    *out = term;
                }
            }
        },
    );
    sums.iter().sum()
}

#[inline(always)]
fn largest<const N: usize>(row: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; N];
    for_blocks::<N>(
        row,
        #[inline(always)]
        |block| {
            for (lane, z) in lanes.iter_mut().zip(block) {
                *lane = larger(*lane, z);
            }
        },
    );
    lanes.into_iter().fold(f32::NEG_INFINITY, larger)
}

/// Unlike [`f32::max`] it is one vector instruction, since it may lose a NaN.
#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

#[inline(always)]
fn one_hot(label: usize, out: &mut [f32]) {
    out.fill(0.0);
    out[label] = 1.0;
}

#[inline(always)]
fn dot<const N: usize>(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<N>(), b.as_chunks::<N>());
    let mut sums = [0.0; N];
    for (a, b) in a.iter().zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    for (sum, (a, b)) in sums.iter_mut().zip(a_rest.iter().zip(b_rest)) {
        *sum += a * b;
    }
    sums.iter().sum()
}

/// Calls `f` with the row in blocks, the last one filled up with minus infinity.
#[inline(always)]
fn for_blocks<const N: usize>(row: &[f32], mut f: impl FnMut([f32; N])) {
    let (blocks, rest) = row.as_chunks::<N>();
    for block in blocks {
        f(*block);
    }
    if !rest.is_empty() {
        let mut block = [f32::NEG_INFINITY; N];
        block[..rest.len()].copy_from_slice(rest);
        f(block);
    }
}

#[inline(always)]
fn minus<const N: usize>(mut block: [f32; N], shift: f32) -> [f32; N] {
    for z in &mut block {
        *z -= shift;
    }
    block
}

#[inline(always)]
fn add<const N: usize>(sums: &mut [f32; N], terms: [f32; N]) {
    for (sum, term) in sums.iter_mut().zip(terms) {
        *sum += term;
    }
}
