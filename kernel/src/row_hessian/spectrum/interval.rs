//! One root of the secular function between two poles.

use super::{
    secular::magnitude,
    sums::{Moments, Rest},
};
use crate::element::Float;

/// Steps after which a root is taken as it is. The steps approach the root from one side, the
/// error is cubed in each, and 7 are the most that was ever seen: this only proves that they end.
const STEPS: usize = 40;

/// An interval between two neighbouring poles, and what the secular function is made of there:
/// `f(mu) = constant + sum weight / (pole - mu)`, increasing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Interval<'w, T> {
    pub(super) lower: T,
    pub(super) upper: T,
    /// Sum of the weights at `lower`, and at `upper`.
    pub(super) weights: (T, T),
    pub(super) rest: Rest<'w, T>,
    pub(super) constant: T,
}

/// Where a root is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Root<T> {
    /// At the lower pole, which has no weight.
    Lower,
    /// At the upper pole, which has no weight.
    Upper,
    /// Between them.
    Inside {
        /// The nearest pole.
        pole: T,
        /// The distance from it.
        offset: T,
    },
}

impl<T: Float> Interval<'_, T> {
    /// The root.
    pub(super) fn root(&self) -> Root<T> {
        let gap = self.upper - self.lower;
        let (lower_weight, upper_weight) = self.weights;
        // Without a weight at an end, f is finite there and need not change its sign inside.
        if lower_weight == T::ZERO {
            let rest = self.rest.moments(self.lower, T::ONE, T::ZERO);
            if rest.first + upper_weight / gap + self.constant >= T::ZERO {
                return Root::Lower;
            }
        }
        if upper_weight == T::ZERO {
            let rest = self.rest.moments(self.lower, T::ONE, gap);
            if rest.first - lower_weight / gap + self.constant < T::ZERO {
                return Root::Upper;
            }
        }
        let half = gap * T::HALF;
        let middle = self.rest.moments(self.lower, T::ONE, half);
        let at_middle = middle.first + self.constant;
        let from_lower = Side {
            origin: self.lower,
            sign: T::ONE,
            gap,
            near: lower_weight,
            far: upper_weight,
        };
        if at_middle + (upper_weight - lower_weight) / half >= T::ZERO {
            self.approach(
                from_lower,
                half,
                Moments {
                    first: at_middle,
                    ..middle
                },
            )
        } else {
            // From the other end, f changes its sign and mu its direction.
            let from_upper = Side {
                origin: self.upper,
                sign: -T::ONE,
                near: upper_weight,
                far: lower_weight,
                ..from_lower
            };
            let mirrored = Moments {
                first: -at_middle,
                second: middle.second,
                third: -middle.third,
            };
            self.approach(from_upper, half, mirrored)
        }
    }

    /// Steps from the distance `half` of the nearest pole to that of the root.
    fn approach(&self, side: Side<T>, half: T, middle: Moments<T>) -> Root<T> {
        let mut distance = half;
        let mut moments = middle;
        for _ in 0..STEPS {
            let ratio = side.step(distance, &moments);
            // Only where probabilities are subnormal.
            if !ratio.is_finite() {
                break;
            }
            distance = distance * ratio;
            if distance > half {
                distance = half;
            }
            let change = magnitude(ratio - T::ONE);
            // The relative error is now about the cube of the change before: a quarter of a
            // unit in the last place.
            let is_last = change * change * change * T::TWO_STORED_BITS < T::HALF * T::HALF;
            if is_last {
                break;
            }
            moments = self.rest.moments(side.origin, side.sign, distance);
            moments.first = moments.first + side.sign * self.constant;
        }
        Root::Inside {
            pole: side.origin,
            offset: side.sign * distance,
        }
    }
}

/// An interval as seen from one of its ends.
#[derive(Clone, Copy, Debug)]
struct Side<T> {
    /// The nearest pole.
    origin: T,
    /// The direction into the interval.
    sign: T,
    gap: T,
    /// Weight of the nearest pole.
    near: T,
    /// Weight of the pole at the other end.
    far: T,
}

impl<T: Float> Side<T> {
    /// The distance of the next approximation from the nearest pole, divided by that of this one.
    ///
    /// In units of `distance`, with t the distance of a place from the nearest pole and G the
    /// width of the interval, f is -near/t + far/(G - t) + the rest, of which `rest` has the
    /// value and, divided by 1 and 2, the derivatives at t = 1. The rest is replaced by the
    /// function c - a/t + b/(G - t) that agrees in all three: Gragg's interpolation. All
    /// weights are positive, hence a and b are, and the sum has one root in the interval,
    /// approached from one side.
    fn step(&self, distance: T, rest: &Moments<T>) -> T {
        let Moments {
            first,
            second,
            third,
        } = *rest;
        let (near, far) = (self.near / distance, self.far / distance);
        // 1/G and (G - 1)/G.
        let h = distance / self.gap;
        let q = T::ONE - h;
        // a = (second - (G - 1) third)/G and b = (G - 1)^3 (second + third)/G.
        let a = h * second - q * third;
        let curvature = second + third;
        let near = near + a;
        // The equation A t^2 - B t + near = 0, all divided by G; its discriminant
        // B^2 - 4 A near = (B - 2 h near)^2 + 4 near far is a sum of positive terms.
        let level = first + a;
        let linear = level + h * far - q * q * curvature;
        let far = h * h * far + q * q * q * curvature;
        // The size of it all, so that no square is too large or too small.
        let size = T::ONE / (magnitude(linear) + near + far);
        let (linear, near, far) = (linear * size, near * size, far * size);
        let difference = linear - h * near;
        let root = (difference * difference + (near * far) * (T::TWO * T::TWO)).sqrt();
        let sum = linear + h * near;
        if sum > T::ZERO {
            near * T::TWO / (sum + root)
        } else {
            let quadratic = (h * level - q * q * curvature) * size;
            (sum - root) * T::HALF / quadratic
        }
    }
}
