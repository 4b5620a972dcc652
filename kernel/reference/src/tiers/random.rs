//! Random rows of many widths from many laws.

use super::{Case, Tier, argmax, argmin, draw::Draw};
use crate::{Float, wide::power_of_two};

/// A law that logits are drawn from.
#[derive(Clone, Copy, Debug)]
enum Family {
    /// Normal with this standard deviation.
    Normal(f64),
    /// Normal with standard deviation 3 around this common part.
    Around(f64),
    /// Uniform between minus and plus this.
    Uniform(f64),
    /// Uniform over the whole format.
    Anything,
    /// Either sign, exponents uniform in this range.
    Spread(i64, i64),
    /// Below a maximum of 0 by an amount whose exponent is uniform in -10..8.
    Below,
    /// Integers of -4..=4: many ties, of the maximum too.
    Ties,
    /// Normal, and one class up to 2^9.5 above: from undecided to certain.
    Dominated,
}

const FAMILIES: [Family; 17] = [
    Family::Normal(0.1),
    Family::Normal(1.0),
    Family::Normal(3.0),
    Family::Normal(10.0),
    Family::Normal(30.0),
    Family::Normal(100.0),
    Family::Around(300.0),
    Family::Around(-1e5),
    Family::Uniform(0.001),
    Family::Uniform(90.0),
    Family::Uniform(5000.0),
    Family::Anything,
    Family::Spread(-30, 10),
    Family::Spread(-120, 120),
    Family::Below,
    Family::Ties,
    Family::Dominated,
];

/// Widths below, at and above the lane counts and blocks of the backends.
const WIDTHS: [usize; 20] = [
    2, 3, 5, 8, 10, 15, 16, 17, 31, 32, 33, 64, 100, 200, 257, 1000, 4096, 5000, 8192, 10_000,
];

/// Rows of every width from every family, about 10 000 logits of each; the label is in turn
/// the largest logit, the smallest and any.
///
/// Tries the ordinary: mixtures of terms of all sizes, whose rounding errors add up at random.
pub fn random<T: Float>() -> Tier<T> {
    let mut tier = Tier::new("random");
    let mut draw = Draw::seeded(0x7a5d_0a11);
    for family in FAMILIES {
        for n in WIDTHS {
            for row in 0..(LOGITS / n).clamp(2, MOST_ROWS) {
                let logits = family.row::<T>(&mut draw, n);
                let label = match row % 3 {
                    0 => argmax(&logits),
                    1 => draw.index(n),
                    _ => argmin(&logits),
                };
                tier.cases.push(Case { logits, label });
            }
        }
    }
    tier
}

/// Logits of each width and family, where rows are not so wide that two of them are more.
const LOGITS: usize = 10_000;

/// Rows of each width and family at most.
const MOST_ROWS: usize = 2000;

impl Family {
    fn row<T: Float>(self, draw: &mut Draw, n: usize) -> Vec<T> {
        let largest: f64 = T::MAX.into();
        let mut row: Vec<f64> = (0..n)
            .map(|_| match self {
                Self::Normal(deviation) => deviation * draw.normal(),
                Self::Around(common) => common + 3.0 * draw.normal(),
                Self::Uniform(range) => draw.uniform(-range, range),
                Self::Anything => largest * (2.0 * draw.unit() - 1.0),
                Self::Spread(low, high) => draw.spread(low, high),
                Self::Below => -draw.spread(-10, 8).abs(),
                Self::Ties => draw.index(9) as f64 - 4.0,
                Self::Dominated => draw.normal(),
            })
            .collect();
        if matches!(self, Self::Dominated) {
            let place = draw.index(n);
            row[place] += draw.uniform(0.0, 1.5) * power_of_two(draw.index(10) as i64);
        }
        row.into_iter().map(T::round).collect()
    }
}
