//! Rows with even targets at the options: from states of any type to double precision and back.

use super::{Even, Upstream};
use crate::{
    door::{Batch, Class},
    element::Float,
    lane_sum::{LaneSum, LogicalSum, fold_lanes},
    logit::{Logit, Stored, VectorOf},
    objective::{
        Extension,
        even::{DOWN, Found, Known, Targets, find},
    },
    operation::{Operation, groups::finished, run},
    pair::{Pair, two_sum},
    row::{Coefficient, state::State},
    row_slices::logits_of,
    vector::{Arch, Array, Vector},
    weights::Weights,
};

/// Some rows of a batch, of which every slice but those of the whole batch has one entry each.
pub struct Rows<'a, Z: Stored> {
    pub(super) batch: &'a Batch<'a>,
    pub(crate) extension: &'a Extension<'a>,
    pub(super) first_row: usize,
    /// Of the labels.
    pub(super) classes: &'a [Class],
    /// Of all rows of the batch.
    pub(super) logits: &'a [Z],
    pub(super) states: State<&'a [Z::Element]>,
    pub(super) label_logits: &'a [Z::Element],
    /// How far all logits of each row are below its largest, scaled down, where that is known.
    pub(super) depths: Option<Pair<&'a [Z::Element]>>,
    /// Whether gradients are asked for, and what those of all rows of the batch are multiplied by.
    pub(super) gradients: Option<Upstream<'a, Z::Element>>,
    pub(super) even: Even<&'a mut [Z::Element]>,
}

/// Finds losses and gradients on the backend of the rows.
pub(crate) fn settle<Z: Logit>(rows: Rows<'_, Z>) {
    run(rows.batch.backend, rows);
}

impl<Z: Logit> Operation for Rows<'_, Z> {
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        self.settle::<VectorOf<Z, A>, A::F64>(arch);
    }
}

impl<Z: Logit> Rows<'_, Z> {
    /// Finds everything, in the double precision of `D`.
    #[inline(always)]
    fn settle<V, D>(mut self, arch: V::Arch)
    where
        V: Vector<Element = Z::Element>,
        D: Vector<Element = f64, Arch = V::Arch>,
    {
        let none = Weights::none();
        let weights = self.batch.weights.map_or(&none, |weighed| &weighed.weights);
        let denominator = self.batch.denominator.map(|divisor| divisor.double);
        let n_rows = self.classes.len();
        for start in (0..n_rows).step_by(V::LANES) {
            let known = self.known::<V>(arch, start);
            for first in (start..n_rows.min(start + V::LANES)).step_by(D::LANES) {
                let known = known.each(
                    #[inline(always)]
                    |rows| {
                        let rows = rows.as_ref().get(first - start..);
                        D::load(arch, rows.unwrap_or_default(), 0.0)
                    },
                );
                let targets = self.targets::<D>(arch, weights, first);
                let found = find(arch, &self.extension.terms, &targets, &known, denominator);
                self.put(first, &found);
            }
        }
    }

    /// What options have to know of the rows from an index on.
    #[inline(always)]
    fn known<V>(&self, arch: V::Arch, first: usize) -> Known<V::PerLane<f64>>
    where
        V: Vector<Element = Z::Element>,
    {
        let zero = V::splat(arch, V::Element::ZERO);
        let depth = match &self.depths {
            Some(depths) => depths.each(
                #[inline(always)]
                |part| load_from(arch, part, first),
            ),
            None if self.extension.terms.smooth() => self.depths::<V>(arch),
            None => Pair::new(zero, zero),
        };
        let states = self.states.each(
            #[inline(always)]
            |part| load_from(arch, part, first),
        );
        let label_logit = load_from(arch, self.label_logits, first);
        let mut label_gradient = Pair::new(zero, zero);
        if self.gradients.is_some() {
            label_gradient = finished(arch, &states, label_logit).lifted_label_gradient;
        }
        let known = Known {
            max: states.max,
            top: states.top,
            rest: states.rest,
            label_logit,
            depth,
            label_gradient,
            upstream: V::splat(arch, V::Element::ONE),
        };
        let mut known = known.each(
            #[inline(always)]
            |rows| in_double::<V>(*rows),
        );
        // Here, where what is not normal in single precision is.
        let (_, unlift) = V::Element::UNLIFT;
        let Pair { high, low } = &mut known.label_gradient;
        for part in high.as_mut().iter_mut().chain(low.as_mut()) {
            *part *= unlift.into();
        }
        if let Some(Upstream(Some(upstream))) = self.gradients {
            let upstream = upstream.get(self.first_row + first..).unwrap_or_default();
            for (entry, &of_row) in known.upstream.as_mut().iter_mut().zip(upstream) {
                *entry = of_row.into();
            }
        }
        known
    }

    /// How far all logits of each row are below its largest, scaled down. Rows of which that is not
    /// known are at most as many as a vector has lanes.
    #[inline(always)]
    fn depths<V>(&self, arch: V::Arch) -> Pair<V>
    where
        V: Vector<Element = Z::Element>,
    {
        let zero = V::splat(arch, V::Element::ZERO);
        let none = LaneSum::new(arch, zero);
        let mut sums = V::PerLane::filled(none);
        let rows = (self.first_row..).zip(self.classes).zip(self.states.max);
        for (sum, ((row, class), &max)) in sums.as_mut().iter_mut().zip(rows) {
            if class.index().is_some() {
                *sum = depth(arch, max, logits_of(self.logits, self.batch, row));
            }
        }
        let sums = sums.as_mut().get_mut(..self.classes.len());
        let sum = fold_lanes::<V, _>(sums.unwrap_or_default());
        sum.unwrap_or(none).to_pair()
    }

    /// Target weights of the rows from an index on.
    #[inline(always)]
    fn targets<D: Vector<Element = f64>>(
        &self,
        arch: D::Arch,
        weights: &Weights<'_>,
        first: usize,
    ) -> Targets<D> {
        let mut lanes = [D::PerLane::filled(1.0); 2];
        if !weights.are_one() {
            let [of_rows, of_labels] = &mut lanes;
            let lanes = of_rows.as_mut().iter_mut().zip(of_labels.as_mut());
            let rows = (self.first_row..).zip(self.classes).skip(first);
            for ((of_row, of_label), (row, class)) in lanes.zip(rows) {
                *of_row = weights.of_row(row).high;
                *of_label = weights.of_class(class.index().unwrap_or_default()).high;
            }
        }
        let [of_rows, of_labels] = lanes.map(
            #[inline(always)]
            |lanes| D::load(arch, lanes.as_ref(), 1.0),
        );
        Targets::of(arch, weights, of_rows, of_labels)
    }

    /// Puts down what has been found of the rows from an index on.
    #[inline(always)]
    fn put<D: Vector<Element = f64>>(&mut self, first: usize, found: &Found<D>) {
        let Even {
            losses,
            coefficient: Coefficient { factor, unlift },
            shift,
            of_label,
        } = &mut self.even;
        for (to, from) in [
            (losses, found.loss),
            (shift, found.shift),
            (of_label, found.of_label),
        ] {
            let to = to.get_mut(first..).unwrap_or_default();
            for (to, from) in to.iter_mut().zip(from.to_lanes()) {
                *to = Z::Element::from_f64(from);
            }
        }
        let to = factor.high.iter_mut().zip(factor.low.iter_mut());
        let to = to.zip(unlift.iter_mut()).skip(first);
        for (((high, low), unlift), from) in to.zip(found.coefficient.to_lanes()) {
            let coefficient = Coefficient::<Z::Element>::from_f64(from);
            (*high, *low) = (coefficient.factor.high, coefficient.factor.low);
            *unlift = coefficient.unlift;
        }
    }
}

#[inline(always)]
fn load_from<V: Vector>(arch: V::Arch, rows: &[V::Element], first: usize) -> V {
    let rows = rows.get(first..).unwrap_or_default();
    V::load(arch, rows, V::Element::ZERO)
}

#[inline(always)]
fn in_double<V: Vector>(rows: V) -> V::PerLane<f64> {
    let mut double = V::PerLane::filled(0.0);
    for (double, of_row) in double.as_mut().iter_mut().zip(rows.to_lanes()) {
        *double = of_row.into();
    }
    double
}

/// How far all logits of a row are below its largest, scaled down.
#[inline(always)]
fn depth<Z, V>(arch: V::Arch, max: V::Element, logits: &[Z]) -> LaneSum<V>
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let down = V::splat(arch, V::Element::from_f64(DOWN));
    let max = V::splat(arch, max);
    let largest = max * down;
    let zero = V::splat(arch, V::Element::ZERO);
    let mut sum = LogicalSum::<V>::new(arch, zero);
    for logits in logits.chunks(V::Element::LANES) {
        for (sum, logits) in sum.parts().zip(logits.chunks(V::LANES)) {
            let mut z = Z::load::<V>(arch, logits);
            if logits.len() < V::LANES {
                // Beyond the last class nothing is below the largest.
                let tail = V::Element::TAIL.get(V::LANES - logits.len()..);
                let tail = V::load(arch, tail.unwrap_or_default(), V::Element::ZERO);
                z = max.min(z.max(tail));
            }
            sum.add(two_sum(largest, -(z * down)));
        }
    }
    sum.fold().unwrap_or(LaneSum::new(arch, zero))
}
