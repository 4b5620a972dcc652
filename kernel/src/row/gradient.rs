//! The gradient of one row, or of a row in every lane, as a function of its logits.

use super::{Coefficient, finish::Finished, softmax::multiple, unlifted};
use crate::{
    element::Float,
    exponential::{Exponential, power_of_two},
    pair::Pair,
    vector::{Vector, magnitude},
};

/// Gradients, times the coefficient of the row if there is one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gradient<X> {
    exponential: Exponential<X>,
    /// What terms are multiplied by: coefficient / the sum of all terms, without the lift.
    factor: Pair<X>,
    /// Whether some coefficient is negative, or so large that entries may be beyond the type.
    is_extreme: bool,
    /// Entries of the most probable classes.
    top: X,
    /// Entry of the label.
    label: X,
    /// What is subtracted from all entries, that of the label aside.
    shift: Option<X>,
}

/// A coefficient without a power of two, which terms are lifted by, and its exponent; and whether it is
/// extreme in some lane.
#[inline(always)]
fn split<V: Vector>(arch: V::Arch, coefficient: Coefficient<V>) -> (Pair<V>, V, bool) {
    let Coefficient { factor, unlift } = coefficient;
    let (zero, one) = (
        V::splat(arch, V::Element::ZERO),
        V::splat(arch, V::Element::ONE),
    );
    // Down to 2^-66 (2^-840 for `f64`): by less all entries are next to nothing.
    let size = magnitude(factor.high);
    let is_small = size.less_than(one);
    let (down, _) = V::Element::UNLIFT;
    let up = V::select(is_small, one / V::splat(arch, down), one);
    let raised_by = V::select(is_small, V::splat(arch, V::Element::LIFT_OF_SUMS), zero);
    // The largest power of two; infinity divided by it is infinite.
    let largest = V::splat(arch, V::Element::EXPONENT_BIAS) - one;
    let raised = (size * up).max(one).min(power_of_two(arch, largest));
    let (_, down, exponent) = raised.split_exponent();
    let unlift = unlift * V::splat(arch, V::Element::LIFTED);
    let (_, _, exponent_of_unlift) = unlift.split_exponent();
    let exponent = (exponent - raised_by) + exponent_of_unlift;
    // No term may be beyond the type: what of the exponent would lift it there, stays in the factor.
    let lift = V::splat(arch, V::Element::LIFT - V::Element::LIFT_OF_SUMS);
    let beyond = (exponent - (largest - lift)).max(zero);
    let is_extreme = V::select(factor.high.less_than(zero), one, beyond);
    let factor = factor.scale(up * down).scale(power_of_two(arch, beyond));
    let exponent = exponent - beyond;
    (factor, exponent, V::any(zero.less_than(is_extreme)))
}

impl<V: Vector> Gradient<V> {
    #[inline(always)]
    pub(crate) fn of(
        arch: V::Arch,
        finished: &Finished<V>,
        coefficient: Option<Coefficient<V>>,
    ) -> Self {
        let lifted_top = finished.top.scale(V::splat(arch, V::Element::LIFTED));
        let reciprocal = finished
            .reciprocal
            .scale(V::splat(arch, V::Element::UNLIFT.1));
        let zero = V::splat(arch, V::Element::ZERO);
        // By a coefficient above 1 an entry may be more than zero whose probability is not, and one far
        // below it would make the factor subnormal: its exponent is that of the terms.
        let (factor, exponent, is_extreme) = match coefficient {
            Some(coefficient) => {
                let (coefficient, exponent, is_extreme) = split(arch, coefficient);
                (reciprocal.mul(coefficient), exponent, is_extreme)
            }
            None => (reciprocal, zero, false),
        };
        Self {
            exponential: Exponential::of_results(arch, finished.max, exponent),
            factor,
            is_extreme,
            top: unlifted::<false, _>(arch, coefficient, lifted_top),
            label: unlifted::<false, _>(arch, coefficient, finished.lifted_label_gradient),
            shift: None,
        }
    }

    /// The same less something in every entry, with that of the label as given.
    #[inline(always)]
    pub(crate) fn shifted(self, shift: V, label: V) -> Self {
        Self {
            label,
            shift: Some(shift),
            ..self
        }
    }

    /// Those of the lanes one by one.
    #[inline(always)]
    pub(crate) fn to_rows(self) -> impl Iterator<Item = Gradient<V::Element>> {
        let entries = self.top.to_lanes().into_iter().zip(self.label.to_lanes());
        let factors = self.exponential.to_rows().zip(self.factor.to_lanes());
        let mut shift = self.shift.map(|shift| shift.to_lanes().into_iter());
        factors
            .zip(entries)
            .map(move |((exponential, factor), (top, label))| Gradient {
                exponential,
                factor,
                is_extreme: self.is_extreme,
                top,
                label,
                shift: shift.as_mut().and_then(Iterator::next),
            })
    }

    /// That of one row in every lane.
    #[inline(always)]
    pub(crate) fn splat(arch: V::Arch, row: &Gradient<V::Element>) -> Self {
        Self {
            exponential: Exponential::splat(arch, row.exponential),
            factor: Pair::splat(arch, row.factor),
            is_extreme: row.is_extreme,
            top: V::splat(arch, row.top),
            label: V::splat(arch, row.label),
            shift: row.shift.map(
                #[inline(always)]
                |shift| V::splat(arch, shift),
            ),
        }
    }

    /// Entry of the label.
    #[inline(always)]
    pub(crate) fn of_label(&self) -> V {
        self.label
    }

    /// Whether nothing is special about the row of lane 0, which most are: its logits are not
    /// shifted, and its coefficient is part of the factor.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        !self.is_extreme
            && self.shift.is_none()
            && self.exponential.shift().first_lane() == V::Element::ZERO
    }

    /// Entries of classes that are not the label: probabilities. That of the most probable class
    /// is made of the state, or it could come out above 1. The same of plain rows, a little faster
    /// when told.
    #[inline(always)]
    pub(crate) fn of_others<const PLAIN: bool>(&self, arch: V::Arch, logits: V) -> V {
        let p = if PLAIN {
            multiple::<V, false>(arch, &self.exponential, self.factor, logits)
        } else {
            multiple::<V, true>(arch, &self.exponential, self.factor, logits)
        };
        // In this order a NaN stays one.
        if PLAIN {
            return self.top.min(p);
        }
        let entries = if self.is_extreme {
            // In this order what is NaN because its parts are infinite becomes infinite.
            let negative = self.factor.high.less_than(V::splat(arch, V::Element::ZERO));
            V::select(negative, p.max(self.top), p.min(self.top))
        } else {
            self.top.min(p)
        };
        match self.shift {
            Some(shift) => entries - shift,
            None => entries,
        }
    }
}
