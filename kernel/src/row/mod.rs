//! One row of logits: its state, and what follows from the state.

pub(crate) mod finish;
pub(crate) mod hessian;
pub(crate) mod softmax;
pub(crate) mod state;

use crate::{
    element::{Element, Float},
    pair::Pair,
    vector::Vector,
};
use finish::Finished;

/// A counted row whose state is finished.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<T> {
    /// Class that the label names.
    pub(crate) label: usize,
    /// Lowest index of the largest logit.
    pub(crate) argmax: usize,
    /// The largest logit; NaN if every output is.
    pub(crate) max: T,
    /// What the outputs are made of.
    pub(crate) finished: Finished<T>,
    /// What the derivatives of the row are multiplied by, if anything.
    pub(crate) coefficient: Option<Coefficient<T>>,
}

/// A factor a of derivatives, applied to lifted values: `value * factor * unlift` is a times the
/// value without its lift.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Coefficient<T> {
    pub(crate) factor: Pair<T>,
    pub(crate) unlift: T,
}

impl<T: Element> Coefficient<T> {
    /// A factor beyond the lift takes its place, so that nothing overflows but what has to.
    pub(crate) fn new(a: Pair<T>) -> Self {
        let (_, unlift) = T::UNLIFT;
        if a.high > T::LIFTED || -a.high > T::LIFTED {
            let factor = Pair {
                high: a.high * unlift,
                low: a.low * unlift,
            };
            Self {
                factor,
                unlift: T::ONE,
            }
        } else {
            Self { factor: a, unlift }
        }
    }
}

impl<T: Element> Row<T> {
    /// The coefficient in every lane.
    #[inline(always)]
    pub(crate) fn coefficient_lanes<V: Vector<Element = T>>(
        &self,
        arch: V::Arch,
    ) -> Option<Coefficient<V>> {
        let Coefficient { factor, unlift } = self.coefficient?;
        Some(Coefficient {
            factor: state::pair_of(arch, factor),
            unlift: V::splat(arch, unlift),
        })
    }
}

/// A lifted value without its lift, times a coefficient if there is one, rounded.
#[inline(always)]
pub(crate) fn unlifted<V: Vector>(
    arch: V::Arch,
    coefficient: Option<Coefficient<V>>,
    lifted: Pair<V>,
) -> V {
    match coefficient {
        Some(a) => lifted.mul(a.factor).round() * a.unlift,
        None => lifted.round() * V::splat(arch, V::Element::UNLIFT.1),
    }
}
