//! The gradient of one row, or of a row in every lane, as a function of its logits.

use super::{
    Coefficient,
    finish::Finished,
    softmax::{Softmax, multiple},
    unlifted,
};
use crate::{
    element::Float,
    exponential::Exponential,
    pair::{Pair, quick_two_sum},
    vector::{Arch, Vector},
};

/// Gradients, times the coefficient of the row if there is one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gradient<X> {
    exponential: Exponential<X>,
    /// What terms are multiplied by: coefficient / the sum of all terms, without the lift.
    factor: Pair<X>,
    /// Entries of the most probable classes.
    top: X,
    /// Entry of the label.
    label: X,
    /// What takes the place of the factor where that does not suit some row.
    general: Option<General<X>>,
    /// What is subtracted from all entries, that of the label aside.
    shift: Option<X>,
}

/// Gradients with any coefficient.
#[derive(Clone, Copy, Debug)]
struct General<X> {
    /// 1 for rows that the factor suits, else 0.
    suits: X,
    exponential: Exponential<X>,
    reciprocal: Pair<X>,
    coefficient: Coefficient<X>,
    max: X,
}

impl<V: Vector> Gradient<V> {
    #[inline(always)]
    pub(crate) fn of(
        arch: V::Arch,
        finished: &Finished<V>,
        coefficient: Option<Coefficient<V>>,
    ) -> Self {
        let lifted_top = finished.top.scale(V::splat(arch, V::Element::LIFTED));
        let unlift = V::splat(arch, V::Element::UNLIFT.1);
        let factor = finished.reciprocal.scale(unlift);
        // A coefficient of at most 1 makes no entry larger, so that terms too small for the lift of
        // results give zero with it as well; one that is not small leaves the factor normal.
        let (zero, one) = (
            V::splat(arch, V::Element::ZERO),
            V::splat(arch, V::Element::ONE),
        );
        let suits = coefficient.map_or(
            one,
            #[inline(always)]
            |a| {
                let too_small = a.factor.high.less_than(unlift);
                let too_large = one.less_than(a.factor.high);
                V::select(too_small, zero, V::select(too_large, zero, one))
            },
        );
        let general = coefficient.filter(
            #[inline(always)]
            |_| V::any(suits.equal(zero)),
        );
        let general = general.map(
            #[inline(always)]
            |coefficient| General {
                suits,
                exponential: Exponential::of_lanes(arch, finished.max),
                reciprocal: finished.reciprocal,
                coefficient,
                max: finished.max,
            },
        );
        Self {
            exponential: Exponential::of_results(arch, finished.max),
            factor: coefficient.map_or(
                factor,
                #[inline(always)]
                |a| factor.mul(a.factor),
            ),
            top: unlifted::<false, _>(arch, coefficient, lifted_top),
            label: unlifted::<false, _>(arch, coefficient, finished.lifted_label_gradient),
            general,
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
        let mut general = self.general.map(General::to_rows);
        let mut shift = self.shift.map(|shift| shift.to_lanes().into_iter());
        factors
            .zip(entries)
            .map(move |((exponential, factor), (top, label))| Gradient {
                exponential,
                factor,
                top,
                label,
                general: general.as_mut().and_then(Iterator::next),
                shift: shift.as_mut().and_then(Iterator::next),
            })
    }

    /// That of one row in every lane.
    #[inline(always)]
    pub(crate) fn splat(arch: V::Arch, row: &Gradient<V::Element>) -> Self {
        Self {
            exponential: Exponential::splat(arch, row.exponential),
            factor: Pair::splat(arch, row.factor),
            top: V::splat(arch, row.top),
            label: V::splat(arch, row.label),
            general: row
                .general
                .filter(
                    #[inline(always)]
                    |general| general.suits == V::Element::ZERO,
                )
                .map(
                    #[inline(always)]
                    |general| General::splat(arch, general),
                ),
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
        self.general.is_none()
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
        let entries = self.top.min(p);
        if PLAIN {
            return entries;
        }
        let entries = match &self.general {
            Some(general) => {
                let zero = V::splat(arch, V::Element::ZERO);
                let general_entries = general.of_others(arch, self.top, logits);
                V::select(general.suits.equal(zero), general_entries, entries)
            }
            None => entries,
        };
        match self.shift {
            Some(shift) => entries - shift,
            None => entries,
        }
    }
}

impl<V: Vector> General<V> {
    #[inline(always)]
    fn to_rows(self) -> impl Iterator<Item = General<V::Element>> {
        let coefficients = self.coefficient.factor.to_lanes();
        let coefficients = coefficients.zip(self.coefficient.unlift.to_lanes());
        let sums = self.reciprocal.to_lanes().zip(self.max.to_lanes());
        let lanes = self.exponential.to_rows().zip(sums);
        let lanes = lanes.zip(self.suits.to_lanes());
        lanes.zip(coefficients).map(
            |(((exponential, (reciprocal, max)), suits), (factor, unlift))| General {
                suits,
                exponential,
                reciprocal,
                coefficient: Coefficient { factor, unlift },
                max,
            },
        )
    }

    #[inline(always)]
    fn splat(arch: V::Arch, row: General<V::Element>) -> Self {
        Self {
            suits: V::splat(arch, row.suits),
            exponential: Exponential::splat(arch, row.exponential),
            reciprocal: Pair::splat(arch, row.reciprocal),
            coefficient: Coefficient::splat(arch, row.coefficient),
            max: V::splat(arch, row.max),
        }
    }

    #[inline(always)]
    fn of_others(&self, arch: V::Arch, top: V, logits: V) -> V {
        let softmax = Softmax::of_parts(arch, self.exponential, self.reciprocal);
        let p = softmax.lifted_parts(logits);
        let Coefficient { factor, unlift } = self.coefficient;
        let entries = if V::Arch::FUSED {
            let low = p.low.mul_add(factor.high, p.high * factor.low);
            p.high.mul_add(factor.high, low) * unlift
        } else {
            let p = quick_two_sum(p.high, p.low);
            unlifted::<true, _>(arch, Some(self.coefficient), p)
        };
        V::select(logits.equal(self.max), top, entries)
    }
}
