//! Gradients, with or without losses, beside or in place of the logits.

use super::{
    Operation,
    rows::{Coefficients, VectorOf, finished, groups},
};
use crate::{
    door::{Batch, row_of, row_of_mut},
    element::{Element, Float},
    pair::quick_two_sum,
    row::{
        Coefficient, Row,
        softmax::Softmax,
        state::{first_lane, pair_of},
        unlifted,
    },
    vector::{Arch, Vector},
};

/// Where the logits are and where their gradients go.
#[derive(Debug)]
pub(crate) enum Buffers<'a, T> {
    /// Two arrays.
    Separate {
        /// Read.
        logits: &'a [T],
        /// Written.
        gradients: &'a mut [T],
    },
    /// The gradients replace the logits.
    InPlace(&'a mut [T]),
}

/// Gradients and, where asked for, losses.
pub struct Gradients<'a, T> {
    pub(crate) batch: Batch<'a>,
    pub(crate) buffers: Buffers<'a, T>,
    pub(crate) upstream: Option<&'a [T]>,
    pub(crate) losses: Option<&'a mut [T]>,
}

impl<T: Element> Operation for Gradients<'_, T> {
    #[inline(always)]
    fn run<A: Arch>(mut self, arch: A) {
        let n_classes = self.batch.n_classes;
        let coefficients = Coefficients::new(arch, &self.batch, self.upstream);
        for group in groups::<T, A>(self.batch.n_rows, n_classes) {
            let logits = match &self.buffers {
                Buffers::Separate { logits, .. } => logits,
                Buffers::InPlace(logits) => &**logits,
            };
            let rows = finished(arch, &self.batch, &coefficients, logits, group.clone());
            for (i, row) in group.zip(rows) {
                let (logits, gradient) = match &mut self.buffers {
                    Buffers::Separate { logits, gradients } => (
                        Some(row_of(logits, n_classes, i)),
                        row_of_mut(gradients, n_classes, i),
                    ),
                    Buffers::InPlace(logits) => (None, row_of_mut(logits, n_classes, i)),
                };
                match &row {
                    Some(row) => write_gradient::<VectorOf<T, A>>(arch, row, logits, gradient),
                    None => gradient.fill(T::ZERO),
                }
                if let Some(loss) = self.losses.as_mut().and_then(|losses| losses.get_mut(i)) {
                    *loss = row.map_or(T::ZERO, |row| row.finished.loss);
                }
            }
        }
    }
}

/// The gradient of one row; without `logits`, of those that `gradient` holds.
#[inline(always)]
fn write_gradient<V: Vector>(
    arch: V::Arch,
    row: &Row<V::Element>,
    logits: Option<&[V::Element]>,
    gradient: &mut [V::Element],
) {
    let coefficient = row.coefficient_lanes(arch);
    write_probabilities::<V>(arch, row, coefficient, logits, gradient);
    if let Some(entry) = gradient.get_mut(row.label) {
        let lifted = pair_of(arch, row.finished.lifted_label_gradient);
        *entry = first_lane(unlifted::<V>(arch, coefficient, lifted));
    }
}

/// The probabilities of one row times its coefficient, the most probable class from the state.
#[inline(always)]
pub(super) fn write_probabilities<V: Vector>(
    arch: V::Arch,
    row: &Row<V::Element>,
    coefficient: Option<Coefficient<V>>,
    logits: Option<&[V::Element]>,
    out: &mut [V::Element],
) {
    let softmax = Softmax::<V>::of(arch, row);
    match coefficient {
        None => map(
            arch,
            logits,
            out,
            #[inline(always)]
            |logits| softmax.rounded(logits),
        ),
        Some(Coefficient { factor, unlift }) => map(
            arch,
            logits,
            out,
            #[inline(always)]
            |logits| {
                let p = softmax.lifted_parts(logits);
                if V::Arch::FUSED {
                    let low = p.low.mul_add(factor.high, p.high * factor.low);
                    p.high.mul_add(factor.high, low) * unlift
                } else {
                    unlifted(arch, coefficient, quick_two_sum(p.high, p.low))
                }
            },
        ),
    }
    if let Some(entry) = out.get_mut(row.argmax) {
        let lifted = pair_of::<V>(arch, row.finished.top).scale(V::splat(arch, Float::LIFTED));
        *entry = first_lane(unlifted(arch, coefficient, lifted));
    }
}

/// Vector by vector from `logits`, or from `out` itself without them, into `out`.
#[inline(always)]
fn map<V: Vector>(
    arch: V::Arch,
    logits: Option<&[V::Element]>,
    out: &mut [V::Element],
    f: impl Fn(V) -> V,
) {
    let masked = V::Element::NEG_INFINITY;
    if let Some(logits) = logits {
        let (whole, mut outs) = (
            logits.chunks_exact(V::LANES),
            out.chunks_exact_mut(V::LANES),
        );
        let rest = V::load(arch, whole.remainder(), masked);
        for (logits, out) in whole.zip(&mut outs) {
            f(V::load(arch, logits, masked)).store(out);
        }
        f(rest).store(outs.into_remainder());
    } else {
        let mut whole = out.chunks_exact_mut(V::LANES);
        for chunk in &mut whole {
            f(V::load(arch, chunk, masked)).store(chunk);
        }
        let rest = whole.into_remainder();
        f(V::load(arch, rest, masked)).store(rest);
    }
}
