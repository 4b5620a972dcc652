//! One root of the secular function between two poles.

use super::sums::{Moments, Rest};
use crate::{
    element::Float,
    pair::{Pair, two_sum},
};

/// Steps after which a root is taken as it is. The steps approach the root from one side, the
/// error is cubed in each, and 7 are the most that was ever seen: this only proves that they end.
const STEPS: usize = 40;

/// An interval between two neighbouring poles, and what the secular function
/// `f(mu) = sum weight / (pole - mu)`, which increases between poles, is made of there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Interval<'w, T> {
    pub(super) lower: T,
    pub(super) upper: T,
    /// Sum of the weights at `lower`, and at `upper`.
    pub(super) weights: (T, T),
    pub(super) rest: Rest<'w, T>,
    /// All poles, and the weight of each.
    pub(super) poles: &'w [T],
    pub(super) pole_weights: &'w [T],
    /// Whether weights may be of any size beside the distances of their poles. The term of a pole
    /// with little weight is then to be seen next to others that cancel.
    pub(super) are_any: bool,
}

/// A place as seen from a pole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point<T> {
    pub(super) pole: T,
    pub(super) offset: T,
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
        let from_lower = Side {
            pole: self.lower,
            sign: T::ONE,
            gap,
            near: lower_weight,
            far: upper_weight,
        };
        // Without a weight at an end, f is finite there and need not change its sign inside.
        // Probabilities have a weight, but for the pole at 0, which is the lowest.
        if lower_weight == T::ZERO {
            let is_lowest = !self.are_any;
            if is_lowest || self.in_pairs(&from_lower.point(T::ZERO)) >= T::ZERO {
                return Root::Lower;
            }
        }
        if upper_weight == T::ZERO {
            let at_upper = self.in_pairs(&from_lower.point(gap));
            if at_upper < T::ZERO {
                return Root::Upper;
            }
            // This pole is two eigenvalues; the other is that of the next interval.
            if at_upper == T::ZERO {
                return Root::Inside {
                    pole: self.upper,
                    offset: T::ZERO,
                };
            }
        }
        let middle = self.expand(from_lower, gap * T::HALF);
        if middle.first >= T::ZERO {
            return self.approach(from_lower, middle);
        }
        // From the other end, f changes its sign and mu its direction.
        let from_upper = Side {
            pole: self.upper,
            sign: -T::ONE,
            near: upper_weight,
            far: lower_weight,
            ..from_lower
        };
        let mirrored = Moments {
            first: -middle.first,
            third: -middle.third,
            ..middle
        };
        self.approach(from_upper, mirrored)
    }

    /// f, increasing from the side's pole on, and the derivatives of the rest.
    fn expand(&self, side: Side<T>, distance: T) -> Moments<T> {
        let point = side.point(distance);
        let rest = self.rest.moments(&point);
        let (near, far) = (side.near / distance, side.far / (side.gap - distance));
        let first = side.sign * rest.first - near + far;
        let (second, third) = (side.sign * rest.second, side.sign * rest.third);
        // How much a root is moved by, relative to its distance, where all terms are.
        let moves = rest.size + near + far;
        let per_distance = near + second + far * (distance / (side.gap - distance));
        let first = if self.are_any && moves > per_distance * T::TWO {
            side.sign * self.in_pairs(&point)
        } else {
            first
        };
        Moments {
            first,
            second,
            third,
            ..rest
        }
    }

    /// f at a point, without the terms of poles there that have no weight, with the error of twice
    /// the precision: of the weights themselves, as sums of equal poles' are rounded.
    fn in_pairs(&self, point: &Point<T>) -> T {
        let terms = self.poles.iter().zip(self.pole_weights);
        let terms = terms.filter(|&(_, &weight)| weight != T::ZERO);
        let terms = terms.map(|(&pole, &weight)| {
            let distance = two_sum(pole, -point.pole).plus(Pair::exactly(-point.offset));
            Pair::exactly(weight).over(distance)
        });
        terms.fold(Pair::ZERO, Pair::plus).nearest()
    }

    /// Steps from the middle to the root, which is nearer to the side's pole.
    fn approach(&self, side: Side<T>, middle: Moments<T>) -> Root<T> {
        let half = side.gap * T::HALF;
        let mut distance = half;
        let mut expansion = middle;
        for _ in 0..STEPS {
            let ratio = side.step(distance, &expansion);
            // Only where the weight of the pole is below the normal numbers: the root is at the pole.
            if !ratio.is_finite() {
                if distance == half {
                    distance = T::ZERO;
                }
                break;
            }
            distance = half.smaller(distance * ratio);
            let change = (ratio - T::ONE).magnitude();
            // The relative error is now about the cube of the change before: a quarter of a
            // unit in the last place. Where terms cancel it is a multiple of that.
            let power = if self.are_any { T::ONE } else { change };
            if change * change * power * T::TWO_STORED_BITS < T::HALF * T::HALF {
                break;
            }
            expansion = self.expand(side, distance);
        }
        Root::Inside {
            pole: side.pole,
            offset: side.sign * distance,
        }
    }
}

/// An interval as seen from one of its ends.
#[derive(Clone, Copy, Debug)]
struct Side<T> {
    /// The pole there.
    pole: T,
    /// The direction into the interval.
    sign: T,
    gap: T,
    /// Weight of this pole.
    near: T,
    /// Weight of the pole at the other end.
    far: T,
}

impl<T: Float> Side<T> {
    fn point(&self, distance: T) -> Point<T> {
        Point {
            pole: self.pole,
            offset: self.sign * distance,
        }
    }

    /// The distance of the next approximation from the pole, divided by that of this one.
    ///
    /// In units of `distance`, with t the distance from the pole and G the width of the interval,
    /// f is -near/t + far/(G - t) + the rest, of which there are the derivatives at t = 1, divided
    /// by 1 and 2; `first` is f. The rest is replaced by the function c - a/t + b/(G - t) that
    /// agrees with it in value and derivatives: Gragg's interpolation. As all weights are
    /// positive, so are a and b; the sum has one root in the interval, and steps approach that of
    /// f from one side.
    fn step(&self, distance: T, expansion: &Moments<T>) -> T {
        let Moments {
            first: f,
            second,
            third,
            ..
        } = *expansion;
        // 1/G and (G - 1)/G.
        let h = distance / self.gap;
        let q = T::ONE - h;
        // a = (second - (G - 1) third)/G and b = (G - 1)^3 (second + third)/G; `near` with a, and
        // `far` with b and divided by G^2.
        let near = self.near / distance + (h * second - q * third);
        let far = h * h * (self.far / distance) + q * q * q * (second + third);
        // With c from the value f = c - near + G^2 far/(G - 1), the root is that of
        // A t^2 - B t + near with G A = h (f + near) - far/q and B = f + (1 + h) near - far/q, all
        // divided by G; the discriminant (B - 2 h near)^2 + 4 near far is a sum of positive terms.
        // The size of it all, so that no square is too large or too small.
        let size = T::ONE / (f.magnitude() + near + far);
        let (f, near, far) = (f * size, near * size, far * size);
        let level = f - far / q;
        let difference = level + q * near;
        let root = (difference * difference + (near * far) * T::FOUR).sqrt();
        let sum = level + (T::ONE + h) * near;
        if sum > T::ZERO {
            near * T::TWO / (sum + root)
        } else {
            (sum - root) * T::HALF / (h * (f + near) - far / q)
        }
    }
}
