//! How wrong a result may be.

use surprisal_reference::{
    Float, Wide,
    budget::PROMISE,
    error_measure::{roundings, ulps},
};

use super::expected::Entry;

/// Roundings of the formula's bound that the kernel may err in an entry of a Hessian-vector
/// product. Its promise is a few; the worst that its tests have seen in any row is 3.3.
const PRODUCT_ROUNDINGS: f64 = 4.0;

/// Roundings, of 2^-24 each, of a contender's relative error in a probability and of its absolute
/// error in a loss, apart from those of its sum.
///
/// Differences of two logits are below 64 (`Inputs::WIDEST_DIFFERENCE` is 48), so that each
/// rounds by at most 2^-19: 32 roundings in an exponential of the row less its largest logit, and
/// 32 in that of the row less its log-sum-exp, or in a loss that is the difference of the two.
/// The log-sum-exp itself is below 64 and errs by 32. That makes 96; what is left is for the
/// exponential (2 ulp), the logarithm and the products.
const ROUNDINGS: usize = 128;

/// The unit roundoff of `f32`.
const ROUNDOFF: f64 = f32::EPSILON as f64 / 2.0;

/// How wrong a result may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// As much as the kernel allows itself: [`PROMISE`] ulps, and for Hessian-vector products a
    /// few roundings of the formula's bound.
    Promise,
    /// For losses and gradients in `f32`.
    Within(Tolerance),
}

/// What a contender that promises nothing may err.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// In a loss, as it is.
    pub loss: f64,
    /// In an entry of a gradient, relative to the probability in it.
    pub probability: f64,
    /// Besides in the entry of the largest logit, as it is.
    pub at_largest: f64,
}

impl Tolerance {
    /// What an honest computation cannot exceed.
    ///
    /// `chain` is the largest number of additions that a term of one of its sums goes through:
    /// by so many roundings a sum of positive terms errs.
    pub fn honest(chain: usize) -> Self {
        let error = (chain + ROUNDINGS) as f64 * ROUNDOFF;
        Self {
            loss: error,
            probability: error,
            at_largest: 0.0,
        }
    }
}

impl Bound {
    /// Whether a loss may be this far from the exact one.
    pub(super) fn allows_loss<T: Float>(self, actual: T, exact: Wide) -> bool {
        match self {
            Self::Promise => ulps(actual, exact) <= PROMISE,
            Self::Within(tolerance) => distance(actual, exact) <= tolerance.loss,
        }
    }

    /// Whether an entry of a derivative, or of a softmax, may be.
    pub(super) fn allows<T: Float>(self, actual: T, entry: Entry) -> bool {
        match (self, entry.bound) {
            (Self::Promise, None) => ulps(actual, entry.exact) <= PROMISE,
            (Self::Promise, Some(bound)) => {
                roundings(actual, entry.exact, bound) <= PRODUCT_ROUNDINGS
            }
            (Self::Within(tolerance), _) => {
                distance(actual, entry.exact) <= tolerance.of_entry(entry)
            }
        }
    }
}

impl Tolerance {
    fn of_entry(self, entry: Entry) -> f64 {
        let exact = entry.exact.to_f64();
        // At the label the entry is p - 1, which rounds once more.
        let mut allowed = if entry.is_label {
            self.probability * (1.0 + exact) + ROUNDOFF
        } else {
            self.probability * exact
        };
        if entry.is_largest {
            allowed += self.at_largest;
        }
        allowed
    }
}

fn distance<T: Float>(actual: T, exact: Wide) -> f64 {
    let actual: f64 = actual.into();
    (actual - exact.to_f64()).abs()
}
