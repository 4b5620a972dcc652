//! One row of logits, or a row in every lane: its state, and what follows from the state.

pub(crate) mod block;
pub(crate) mod blocks;
pub(crate) mod columns;
pub(crate) mod finish;
pub(crate) mod gradient;
pub(crate) mod hessian;
pub(crate) mod largest;
pub(crate) mod one_by_one;
pub(crate) mod scale;
pub(crate) mod softmax;
pub(crate) mod state;

use crate::{
    element::{Element, Float},
    pair::Pair,
    vector::Vector,
};

/// A factor a of derivatives, applied to lifted values: `value * factor * unlift` is a times the
/// value without its lift.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Coefficient<X> {
    pub(crate) factor: Pair<X>,
    pub(crate) unlift: X,
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

impl<V: Vector> Coefficient<V> {
    /// The same in every lane.
    #[inline(always)]
    pub(crate) fn splat(arch: V::Arch, coefficient: Coefficient<V::Element>) -> Self {
        Self {
            factor: Pair::splat(arch, coefficient.factor),
            unlift: V::splat(arch, coefficient.unlift),
        }
    }
}

/// A lifted value without its lift, times a coefficient if there is one, rounded. In loops over classes
/// without a call, which would keep them from being vectorised.
#[inline(always)]
pub(crate) fn unlifted<const IN_LOOP: bool, V: Vector>(
    arch: V::Arch,
    coefficient: Option<Coefficient<V>>,
    lifted: Pair<V>,
) -> V {
    match coefficient {
        Some(a) if IN_LOOP => lifted.mul_inline(a.factor).round() * a.unlift,
        Some(a) => lifted.mul(a.factor).round() * a.unlift,
        None => lifted.round() * V::splat(arch, V::Element::UNLIFT.1),
    }
}
