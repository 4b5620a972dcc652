//! What the errors of computed outputs are measured by where outputs cancel by nature.
//!
//! Every output is a sum. Its bound is the sum of the magnitudes of the parts, in which a part
//! that is a sum itself and cancels counts as the sum of its magnitudes: above all lse =
//! m + ln(1 + w) as |m| + ln(1 + w). For the plain loss the bounds are the magnitudes of the
//! outputs, but for [`Objective::hessian_vector_bound`], which is that of [`Row`](crate::Row).

use super::Objective;
use crate::{Float, Wide};

impl Objective {
    /// The bound of the [`loss`](Self::loss): only lse in it cancels.
    pub fn loss_bound(&self) -> Wide {
        let lse = self.log_sum_exp_bound();
        self.loss_of_target() + self.z_loss * lse * lse
    }

    /// The bound of the [`gradient`](Self::gradient): the target beside p, and lse.
    pub fn gradient_bound(&self, j: usize) -> Wide {
        self.gradient_in_scores_bound(j) * self.slopes[j]
    }

    /// The bound of the [`hessian`](Self::hessian).
    pub fn hessian_bound(&self, i: usize, j: usize) -> Wide {
        let p = &self.softmax;
        let in_scores = self.softmax_weight_bound() * p.hessian(i, j).abs()
            + self.z_loss.scale(1) * p.probability(i) * p.probability(j);
        let entry = self.slopes[i] * in_scores * self.slopes[j];
        if i == j {
            entry + self.gradient_in_scores_bound(i) * self.curvatures[i].abs()
        } else {
            entry
        }
    }

    /// The bound of the [`hessian_vector_product`](Self::hessian_vector_product). Differences of
    /// the entries of v count as such; under a softcap, where slopes differ and are rounded, as
    /// the magnitudes of both. As in [`Row`](crate::Row), `p_i` is not less than a normal number.
    ///
    /// # Panics
    /// If the vector has not an entry for each class.
    pub fn hessian_vector_bound<T: Float>(&self, vector: &[T]) -> Vec<Wide> {
        let (vector, in_scores) = self.in_scores(vector);
        let magnitude = if self.softcapped {
            |v: Wide, at_argmax: Wide| v.abs() + at_argmax.abs()
        } else {
            |v: Wide, at_argmax: Wide| (v - at_argmax).abs()
        };
        let product = self.softmax.product_bound::<T>(&in_scores, magnitude);
        let magnitudes: Vec<Wide> = in_scores.iter().map(|v| v.abs()).collect();
        let mean = self.mean(&magnitudes);
        let entry = |i: usize| {
            let along_p = self.z_loss.scale(1) * self.softmax.known_probability::<T>(i) * mean;
            self.slopes[i] * (self.softmax_weight_bound() * product[i] + along_p)
                + self.gradient_in_scores_bound(i) * (self.curvatures[i] * vector[i]).abs()
        };
        (0..self.n_classes()).map(entry).collect()
    }

    /// |m| + ln(1 + w).
    fn log_sum_exp_bound(&self) -> Wide {
        self.largest.abs() + self.softmax.loss(self.softmax.argmax())
    }

    /// The bound of B, the factor of diag p - p p^T: every part of it positive.
    pub fn softmax_weight_bound(&self) -> Wide {
        self.total_weight + self.z_loss.scale(1) * self.log_sum_exp_bound()
    }

    /// The bound of the derivative by score c.
    fn gradient_in_scores_bound(&self, c: usize) -> Wide {
        let p = self.softmax.probability(c);
        self.other_weights[c] * p
            + self.weights[c] * self.softmax.one_minus_probability(c)
            + self.z_loss.scale(1) * self.log_sum_exp_bound() * p
    }
}
