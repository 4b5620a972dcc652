//! Two-class rows with the one argument that matters spaced over its range.

use super::{Case, Tier, draw::Draw};
use crate::{Float, wide::power_of_two};

/// Rows (d, 0): the loss is ln(1 + e^{-|d|}), plus |d| at the smaller logit.
///
/// d takes random significands in every binade from the smallest subnormal number up, and values
/// spaced evenly to where e^{-|d|} has left even the subnormal numbers: -110 for `f32`, -750 for
/// `f64`. The binades try tiny arguments, the even spacing the range reduction of e^x, which
/// treats every interval of ln 2 in its own way. Both labels and, in turn, both signs.
pub fn spaced<T: Float>() -> Tier<T> {
    let mut tier = Tier::new("spaced");
    let mut draw = Draw::seeded(0x5bac_ed00);
    for exponent in T::E_MIN - T::PRECISION + 1..10 {
        for _ in 0..PER_BINADE {
            // In two factors: 2^-1074 is not a normal number.
            let half = power_of_two(exponent / 2);
            let d = (1.0 + draw.unit()) * half * power_of_two(exponent - exponent / 2);
            push_both_labels(&mut tier, d);
        }
    }
    let end = -((T::E_MIN - T::PRECISION) as f64) * std::f64::consts::LN_2 + 6.0;
    for n in 0..EVENLY {
        // Within its interval at random: multiples of a round number would have short tails.
        push_both_labels(
            &mut tier,
            end * (f64::from(n) + draw.unit()) / f64::from(EVENLY),
        );
    }
    tier
}

/// Arguments in each binade.
const PER_BINADE: usize = 32;

/// Arguments spaced evenly.
const EVENLY: u32 = 40_000;

fn push_both_labels<T: Float>(tier: &mut Tier<T>, d: f64) {
    let d = if tier.cases.len().is_multiple_of(4) {
        d
    } else {
        -d
    };
    for label in [0, 1] {
        tier.cases.push(Case {
            logits: vec![T::round(d), T::round(0.0)],
            label,
        });
    }
}
