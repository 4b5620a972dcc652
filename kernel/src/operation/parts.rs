//! What the Hessian of one row is made of: probabilities, gradient, slopes and bends, in a
//! workspace; and its coefficients.

use super::{
    extended,
    gradients::{Buffers, Gradients, Written},
    objective::{Arrays, Output, Request},
    states::Find,
};
use crate::{
    door::Batch,
    element::Float,
    logit::Logit,
    numbers::{AsNumbers, Numbers, NumbersMut},
    objective::{Curvature, Row, window::Window},
    pair::Pair,
    row_hessian::Coefficients,
    row_state::RowState,
    vector::{Arch, Vector},
};

/// The coefficients of the Hessian of a row by its logits, and the sum of its gradient's entries,
/// where z is the logit times a constant; by z itself where there is a softcap.
pub(crate) struct CoefficientsOf {
    /// a, the factor of diag p - p p^T.
    pub(crate) inner: Pair<f64>,
    /// 2 k, the factor of p p^T.
    pub(crate) outer: Pair<f64>,
    pub(crate) gradient_sum: Pair<f64>,
    /// The most probable class.
    pub(crate) top: usize,
    /// 1 - p of it.
    pub(crate) rest: Pair<f64>,
}

/// Arrays on their way to the options.
struct Parts<'a, Z: Logit> {
    logits: &'a [Z],
    workspace: &'a mut [Z::Element],
    coefficients: Coefficients<Z::Element>,
}

impl<Z: Logit> Arrays for Parts<'_, Z> {
    fn logits(&self) -> Numbers<'_> {
        Z::numbers(self.logits)
    }

    fn write_coefficients(&mut self, coefficients: CoefficientsOf) {
        let CoefficientsOf {
            inner,
            outer,
            gradient_sum,
            top,
            rest,
        } = coefficients;
        let negative = Pair {
            high: -outer.high,
            low: -outer.low,
        };
        let nearest = |pair: Pair<f64>| Z::Element::from_f64(pair.nearest());
        self.coefficients = Coefficients {
            inner: nearest(inner),
            outer: nearest(outer),
            beside: nearest(inner.plus(negative)),
            top,
            rest: nearest(rest),
            gradient_sum: Pair::from_f64(gradient_sum),
            ..self.coefficients
        };
    }

    fn out(&mut self) -> Option<NumbersMut<'_>> {
        Some(Z::Element::numbers_mut(self.workspace))
    }
}

/// Fills the workspace of the one row of a batch, four numbers a class.
pub(crate) fn fill<Z: Logit>(
    batch: &Batch<'_>,
    logits: &[Z],
    workspace: &mut [Z::Element],
) -> Coefficients<Z::Element> {
    let Some(class) = batch.labels.class(0) else {
        fill_ignored(workspace);
        return Coefficients::NONE;
    };
    let capped = batch
        .extension
        .is_some_and(|extension| extension.terms.softcap.is_some());
    let mut parts = Parts {
        logits,
        workspace,
        coefficients: Coefficients {
            bent: capped,
            ..Coefficients::NONE
        },
    };
    if extended(batch, Output::Parts, &mut parts) {
        parts.coefficients
    } else {
        fill_plain(batch, class, logits, workspace)
    }
}

/// H = 0 as the Hessian of a row with one class that is not masked.
fn fill_ignored<T: Float>(workspace: &mut [T]) {
    workspace.fill(T::ZERO);
    if let Some(first) = workspace.first_mut() {
        *first = T::ONE;
    }
}

/// The plain loss times a factor, whose target is a label.
fn fill_plain<Z: Logit>(
    batch: &Batch<'_>,
    class: usize,
    logits: &[Z],
    workspace: &mut [Z::Element],
) -> Coefficients<Z::Element> {
    let (zero, one) = (Z::Element::ZERO, Z::Element::ONE);
    let unweighted = Batch {
        weights: None,
        extension: None,
        denominator: None,
        ..*batch
    };
    let mut states = [RowState::EMPTY];
    Z::find_states(Find {
        batch: &unweighted,
        logits,
        states: &mut states,
    });
    let mut arrays = workspace.chunks_mut(batch.n_classes.get());
    let mut next = || arrays.next().unwrap_or_default();
    let (probabilities, gradient, slopes, bends) = (next(), next(), next(), next());
    Z::gradients(Gradients {
        batch: &unweighted,
        buffers: Buffers::Separate {
            logits,
            gradients: &mut *probabilities,
        },
        upstream: None,
        losses: None,
        states: Some(&states),
        written: Written::Probabilities,
    });
    slopes.fill(one);
    bends.fill(zero);

    let [RowState(state)] = states;
    let top = logits.iter().position(|z| z.widen() == state.max);
    let top = top.unwrap_or_default();
    let rest = state.rest.over(state.rest.plus(state.top)).nearest();
    let weights = batch.weights.filter(|weights| !weights.are_one());
    let weight = weights.map(|weights| weights.total::<f64>(0, class));
    let denominator = batch.denominator.map_or(1.0, |divisor| divisor.double);
    let weight = weight.unwrap_or(Pair::exactly(1.0));
    let weight = weight.over(Pair::exactly(denominator));
    let inner = Z::Element::from_f64(weight.nearest());
    for (entry, &p) in gradient.iter_mut().zip(&*probabilities) {
        *entry = inner * p;
    }
    if let (Some(entry), Some(&p)) = (gradient.get_mut(class), probabilities.get(class)) {
        let complement = if class == top { rest } else { one - p };
        *entry = -(inner * complement);
    }
    Coefficients {
        inner,
        beside: inner,
        top,
        rest,
        label: Some(class),
        ..Coefficients::NONE
    }
}

impl Request<'_> {
    /// Writes what the Hessian of a row is made of: probabilities, the gradient, slopes and bends.
    #[inline(never)]
    pub(super) fn write_parts<V: Vector<Element = f64>>(
        &mut self,
        row: &Row<'_, V>,
        scale: Option<Pair<V>>,
        logits: &mut Window,
    ) {
        row.arch.run(
            #[inline(always)]
            || self.write_parts_inline(row, scale, logits),
        );
    }

    #[inline(always)]
    fn write_parts_inline<V: Vector<Element = f64>>(
        &mut self,
        row: &Row<'_, V>,
        scale: Option<Pair<V>>,
        logits: &mut Window,
    ) {
        let arch = row.arch;
        let n_classes = row.place.n_classes.get();
        let one = Pair::from_one(arch, V::splat(arch, 1.0));
        let scale = scale.unwrap_or(one);
        let curvature = Curvature::of(row);
        let gradient = curvature.gradient();
        // Without a softcap all slopes are alike, and part of the coefficients.
        let capped = self.terms.softcap.is_some();
        let slope = if capped {
            one
        } else {
            let of_top = row.classes(row.top, logits, self.arrays);
            Pair::splat(arch, of_top.warped.first.first_lane())
        };
        let of_hessian = slope.mul(slope).mul(scale);
        self.arrays.write_coefficients(CoefficientsOf {
            inner: gradient.factor().mul(of_hessian).first_lane(),
            outer: curvature.of_outer().mul(of_hessian).first_lane(),
            gradient_sum: gradient.sum().mul(slope).mul(scale).first_lane(),
            top: row.top,
            rest: row.rest.first_lane(),
        });
        for first in (0..n_classes).step_by(V::LANES) {
            let classes = row.classes(first, logits, self.arrays);
            let bend = curvature.bend(row, &classes, first).mul(scale);
            let slopes = if capped { classes.warped.first } else { one };
            let parts = [
                classes.p,
                gradient.by_logits(row, &classes, first).mul(scale),
                slopes,
                bend,
            ];
            let len = (n_classes - first).min(V::LANES);
            for (part, entries) in parts.into_iter().enumerate() {
                let entries = entries.round().to_lanes();
                let entries = entries.as_ref().get(..len).unwrap_or_default();
                self.arrays.write(part * n_classes + first, entries);
            }
        }
    }
}
