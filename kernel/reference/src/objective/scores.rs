//! Scores: logits that are capped and tempered.

use super::Options;
use crate::Wide;

/// The map from a logit x to its score `z = s tanh(x / s) / T`.
pub(super) struct Scores {
    /// s.
    softcap: Option<Wide>,
    /// T.
    temperature: Wide,
}

impl Scores {
    pub(super) fn new(options: &Options<'_>) -> Self {
        Self {
            softcap: options.softcap.map(Wide::from),
            temperature: options.temperature.into(),
        }
    }

    /// The score of a finite logit.
    pub(super) fn value(&self, x: Wide) -> Wide {
        let capped = self.softcap.map_or(x, |s| s * (x / s).tanh());
        capped / self.temperature
    }

    /// The score of `x` without that of a finite `max`, which is not less. It is -inf for -inf,
    /// also under a softcap.
    pub(super) fn difference(&self, x: Wide, max: Wide) -> Wide {
        let capped = match self.softcap {
            Some(s) if x.is_finite() => -(s * tanh_rise(x, max, s)),
            _ => x - max,
        };
        capped / self.temperature
    }

    /// z', the derivative of the score.
    pub(super) fn slope(&self, x: Wide) -> Wide {
        let of_cap = self.softcap.map_or(Wide::ONE, |s| (x / s).sech_squared());
        of_cap / self.temperature
    }

    /// z'', the derivative of the slope.
    pub(super) fn curvature(&self, x: Wide) -> Wide {
        self.softcap.map_or(Wide::ZERO, |s| {
            -((x / s).tanh() * self.slope(x) / s).scale(1)
        })
    }
}

/// tanh(to / s) - tanh(from / s) for from <= to, without cancellation.
///
/// With E(x) = e^{-2|x|/s}, for numbers of one sign of which `near` is the nearer one to 0, it is
/// 2 (E(near) - E(far)) / ((1 + E(near)) (1 + E(far))), and E(near) - E(far) is
/// E(near) (1 - e^{-2(to - from)/s}).
fn tanh_rise(from: Wide, to: Wide, s: Wide) -> Wide {
    if from < Wide::ZERO && to > Wide::ZERO {
        return (to / s).tanh() - (from / s).tanh();
    }
    let e = |x: Wide| (-(x.abs() / s).scale(1)).exp();
    let (near, far) = if from < Wide::ZERO {
        (e(to), e(from))
    } else {
        (e(from), e(to))
    };
    let fall = -(near * (-((to - from) / s).scale(1)).exp_m1());
    fall.scale(1) / ((Wide::ONE + near) * (Wide::ONE + far))
}
