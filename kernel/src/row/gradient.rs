//! The gradient of one row, or of a row in every lane, as a function of its logits.

use super::{Coefficient, finish::Finished, softmax::Softmax, unlifted};
use crate::{
    element::Float,
    pair::quick_two_sum,
    vector::{Arch, Vector},
};

/// Gradients, times the coefficient of the row if there is one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gradient<V: Vector> {
    arch: V::Arch,
    softmax: Softmax<V>,
    coefficient: Option<Coefficient<V>>,
    max: V,
    /// Entries of the most probable classes.
    top: V,
    /// Entry of the label.
    label: V,
}

impl<V: Vector> Gradient<V> {
    #[inline(always)]
    pub(crate) fn of(
        arch: V::Arch,
        finished: &Finished<V>,
        coefficient: Option<Coefficient<V>>,
    ) -> Self {
        let lifted_top = finished.top.scale(V::splat(arch, V::Element::LIFTED));
        Self {
            arch,
            softmax: Softmax::of(arch, finished),
            coefficient,
            max: finished.max,
            top: unlifted(arch, coefficient, lifted_top),
            label: unlifted(arch, coefficient, finished.lifted_label_gradient),
        }
    }

    /// Entry of the label.
    #[inline(always)]
    pub(crate) fn of_label(&self) -> V {
        self.label
    }

    /// Entries of classes that are not the label: probabilities. That of the most probable class
    /// is made of the state, or it could come out above 1.
    #[inline(always)]
    pub(crate) fn of_others(&self, logits: V) -> V {
        let p = match self.coefficient {
            None => self.softmax.rounded(logits),
            Some(Coefficient { factor, unlift }) => {
                let p = self.softmax.lifted_parts(logits);
                if V::Arch::FUSED {
                    let low = p.low.mul_add(factor.high, p.high * factor.low);
                    p.high.mul_add(factor.high, low) * unlift
                } else {
                    let p = quick_two_sum(p.high, p.low);
                    unlifted(self.arch, self.coefficient, p)
                }
            }
        };
        V::select(logits.equal(self.max), self.top, p)
    }
}
