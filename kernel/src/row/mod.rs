//! One row of logits, or a row in every lane: its state, and what follows from the state.

pub(crate) mod ahead;
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
    element::Float,
    pair::Pair,
    vector::{Array, Vector},
};

/// 2^100. Factors beyond it are divided by it: a lifted value times 2^100 is below 2^127, the range
/// of single precision, and what is left above 1.
const FAR: f64 = 1267650600228229401496703205376.0;

/// A factor a of derivatives, applied to lifted values: `value * factor * unlift` is a times the
/// value without its lift.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Coefficient<X> {
    pub(crate) factor: Pair<X>,
    pub(crate) unlift: X,
}

impl<T: Float> Coefficient<T> {
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

    /// From double precision, whose range may be larger. In single precision factors beyond 2^200
    /// count as that: of every probability that is not zero the multiple is beyond it, or nearly.
    #[inline(always)]
    pub(crate) fn from_f64(a: Pair<f64>) -> Self {
        if !T::IS_SINGLE {
            return Self::new(Pair::from_f64(a));
        }
        let (_, unlift) = T::UNLIFT;
        if a.high >= -FAR && a.high <= FAR {
            return Self {
                factor: Pair::from_f64(a),
                unlift,
            };
        }
        let down = Pair {
            high: a.high / FAR,
            low: a.low / FAR,
        };
        let nearest = down.high.clamp(-FAR, FAR);
        Self {
            factor: Pair::from_f64(if nearest == down.high {
                down
            } else {
                Pair::exactly(nearest)
            }),
            unlift: unlift * T::from_f64(FAR),
        }
    }
}

impl<V: Vector> Coefficient<V> {
    /// One a lane.
    #[inline(always)]
    pub(crate) fn from_rows(
        arch: V::Arch,
        rows: impl Iterator<Item = Coefficient<V::Element>>,
    ) -> Self {
        let mut lanes = [V::PerLane::filled(V::Element::ZERO); 3];
        let [high, low, unlift] = &mut lanes;
        let columns = high.as_mut().iter_mut().zip(low.as_mut());
        for (((high, low), unlift), row) in columns.zip(unlift.as_mut()).zip(rows) {
            (*high, *low, *unlift) = (row.factor.high, row.factor.low, row.unlift);
        }
        let [high, low, unlift] = lanes.map(
            #[inline(always)]
            |lanes| V::load(arch, lanes.as_ref(), V::Element::ZERO),
        );
        Self {
            factor: Pair::new(high, low),
            unlift,
        }
    }

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
