//! The base of the exponential function of a softmax: e, or e^(1 / T) under a temperature T.
//!
//! e^(z / T) is the power z of the base b = e^(1 / T), so a temperature divides no logit. It takes the
//! place of constants: log2 b in the reduction of the argument, ln b between logits and nats. Sums,
//! states and quotients are what they are in base e, and derivatives gain a factor ln b each.

use core::ops::RangeInclusive;

use crate::{element::Float, pair::Pair};

/// A base b in the precision of a type.
#[derive(Clone, Copy, Debug)]
pub struct Base<T> {
    /// log2 b.
    pub(crate) log2: Pair<T>,
    /// ln b.
    pub(crate) ln: Pair<T>,
    /// 1 / log2 b, rounded: the difference of logits whose powers differ by a factor of 2.
    pub(crate) octave: T,
    /// [`HEADROOM`](Float::HEADROOM) in logits.
    pub(crate) headroom: T,
    /// [`DIRECT_LIMIT`](Float::DIRECT_LIMIT) in logits.
    pub(crate) direct_limit: T,
}

impl<T: Float> Base<T> {
    /// e itself, of which nobody asks the second part of the logarithm.
    pub(crate) const E: Self = Self {
        log2: Pair::exactly(T::LOG2_E),
        ln: Pair::exactly(T::ONE),
        octave: T::LN_2,
        headroom: T::HEADROOM,
        direct_limit: T::DIRECT_LIMIT,
    };

    fn of_temperature(temperature: f64, log2: Pair<f64>, ln: Pair<f64>) -> Self {
        let in_logits = |nats: T| {
            let nats: f64 = nats.into();
            T::from_f64(nats * temperature)
        };
        Self {
            log2: Pair::from_f64(log2),
            ln: Pair::from_f64(ln),
            octave: in_logits(T::LN_2),
            headroom: in_logits(T::HEADROOM),
            direct_limit: in_logits(T::DIRECT_LIMIT),
        }
    }
}

/// A base in the precision of both types.
#[derive(Clone, Copy, Debug)]
pub struct Bases {
    pub(crate) single: Base<f32>,
    pub(crate) double: Base<f64>,
}

impl Bases {
    /// Temperatures that [`of_temperature`](Self::of_temperature) takes. From 2^-10 on, since 1 / T^2,
    /// which Hessians are multiplied by, is to be far below the [lift](Float::LIFTED) of what may be
    /// subnormal; to 2^30, up to which all that is made of T is normal in either type.
    pub(crate) const TEMPERATURES: RangeInclusive<f64> = 1.0 / 1024.0..=1073741824.0;

    /// e^(1 / T).
    pub(crate) fn of_temperature(temperature: f64) -> Self {
        let temperature_pair = Pair::exactly(temperature);
        let ln = Pair::exactly(1.0).over(temperature_pair);
        let log2 = LOG2_E.over(temperature_pair);
        Self {
            single: Base::of_temperature(temperature, log2, ln),
            double: Base::of_temperature(temperature, log2, ln),
        }
    }
}

/// log2 e in 106 bits: 1.4426950408889634 07359924681001892137, rounded, and what is left.
const LOG2_E: Pair<f64> = Pair {
    high: core::f64::consts::LOG2_E,
    low: 2.0355273740931033e-17,
};
