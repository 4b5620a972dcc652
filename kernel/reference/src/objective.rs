//! The specification of the options: what is computed for one row under all of them.
//!
//! The logits x are first capped (softcap s) and then tempered (temperature T), either of which may
//! be absent, to scores z with softmax p and log-sum-exp lse:
//!
//! ```text
//! scores          z_c  = s tanh(x_c / s) / T
//! target weights  tau_c = r w_c ((1 - e) q_c + e / C),   A = sum_c tau_c
//! loss            L    = sum_c tau_c (lse - z_c) + r k lse^2
//! ```
//!
//! with row weight r, class weights w, label smoothing e, z-loss coefficient k and target
//! probabilities q, which for a label y are `q_c = [c = y]`. The target weights are those of
//! PyTorch, the z-loss that of PaLM, the softcap that of Gemma. In z, with B = A + 2 r k lse,
//!
//! ```text
//! gradient        g_c  = B p_c - tau_c
//! Hessian         H    = B (diag p - p p^T) + 2 r k p p^T
//! ```
//!
//! and in the logits, with the slope `z' = sech^2(x/s) / T` and the curvature
//! `z'' = -(2/s) tanh(x/s) sech^2(x/s) / T` of each score, by the chain rule `g_c z'_c` and
//! `z'_i H_ij z'_j + [i = j] g_i z''_i`.
//!
//! Computed as far as the mathematics allows without cancellation:
//!
//! ```text
//! L    = sum_c tau_c ((m - z_c) + ln(1 + w)) + r k lse^2      every term >= 0
//! g_c  = (A - tau_c) p_c - tau_c (1 - p_c) + 2 r k lse p_c
//! ```
//!
//! where `A - tau_c` is the sum of the weights of the other classes. What is left cancels by
//! nature: lse = m + ln(1 + w) of a negative m, and targets that are near p. The bounds say
//! what an error has to be measured by there.

mod bounds;
mod options;
mod scores;

pub use self::options::{Options, Target};
use self::scores::Scores;
use crate::{Float, Row, Wide, textbook::widened};

/// One row under options and with its target, from which every output is read.
///
/// Odd rows are as without options, with these decisions:
///
/// * A masked class, x = -inf, stays masked: it is not capped, z = -inf and not -s. Under a softcap
///   its slope is 0, the limit of sech^2, and so every entry of it is 0, also with a weight.
/// * A masked class of weight `tau_c = 0` adds 0 to the loss; another one makes the loss +inf. The
///   gradient is what it always is: in z, `-tau_c` at that class.
/// * A row without a softmax is NaN everywhere, whatever its weights are.
///
/// ```
/// use surprisal_reference::{Objective, Options, Target};
///
/// let options = Options {
///     label_smoothing: 0.1,
///     softcap: Some(30.0),
///     ..Options::default()
/// };
/// let objective = Objective::new(&[2.0, -1.0, 0.5], Target::Label(0), &options);
/// assert_eq!(objective.loss().to_f64(), 0.3917445799946297);
/// ```
#[derive(Clone, Debug)]
pub struct Objective {
    /// p, the softmax of the scores.
    softmax: Row,
    /// m, the largest score.
    largest: Wide,
    /// lse of the scores.
    log_sum_exp: Wide,
    /// tau.
    weights: Vec<Wide>,
    /// `A - tau_c`.
    other_weights: Vec<Wide>,
    /// A.
    total_weight: Wide,
    /// r k.
    z_loss: Wide,
    /// z'.
    slopes: Vec<Wide>,
    /// z''.
    curvatures: Vec<Wide>,
    /// Whether there is a softcap, so that slopes differ.
    softcapped: bool,
}

impl Objective {
    /// Reads a row of at least one logit.
    ///
    /// # Panics
    /// If the row is empty, the label is none of its classes, or there is not a target probability
    /// and a class weight for each of them.
    pub fn new<T: Float>(logits: &[T], target: Target<'_>, options: &Options<'_>) -> Self {
        let scores = Scores::new(options);
        let softmax = Row::with_offsets(logits, |x, max| scores.difference(x, max));
        let largest = scores.value(logits[softmax.argmax()].into());
        let weights = options.target_weights(target, logits.len());
        let logits = widened(logits);
        Self {
            largest,
            log_sum_exp: largest + softmax.loss(softmax.argmax()),
            other_weights: sums_of_others(&weights),
            total_weight: weights.iter().copied().sum(),
            weights,
            z_loss: Wide::from(options.row_weight) * Wide::from(options.z_loss),
            slopes: logits.iter().map(|&x| scores.slope(x)).collect(),
            curvatures: logits.iter().map(|&x| scores.curvature(x)).collect(),
            softcapped: options.softcap.is_some(),
            softmax,
        }
    }

    /// Number of classes.
    pub fn n_classes(&self) -> usize {
        self.weights.len()
    }

    /// The row of the scores z: their softmax p, and the plain losses `lse - z_c`.
    pub fn softmax(&self) -> &Row {
        &self.softmax
    }

    /// lse, the log-sum-exp of the scores.
    pub fn log_sum_exp(&self) -> Wide {
        self.log_sum_exp
    }

    /// z', the derivative of the score of a class by its logit.
    pub fn slope(&self, class: usize) -> Wide {
        self.slopes[class]
    }

    /// `tau_c`.
    pub fn target_weight(&self, class: usize) -> Wide {
        self.weights[class]
    }

    /// A, the sum of the target weights.
    pub fn total_weight(&self) -> Wide {
        self.total_weight
    }

    /// r k, the factor of the z-loss with the weight of the row.
    pub fn z_loss(&self) -> Wide {
        self.z_loss
    }

    /// The loss L, in nats.
    pub fn loss(&self) -> Wide {
        self.loss_of_target() + self.z_loss * self.log_sum_exp * self.log_sum_exp
    }

    /// The derivative of the loss by logit j.
    pub fn gradient(&self, j: usize) -> Wide {
        self.gradient_in_scores(j) * self.slopes[j]
    }

    /// The second derivative of the loss by logits i and j.
    pub fn hessian(&self, i: usize, j: usize) -> Wide {
        let p = &self.softmax;
        let in_scores = self.softmax_weight() * p.hessian(i, j)
            + self.z_loss.scale(1) * p.probability(i) * p.probability(j);
        let entry = self.slopes[i] * in_scores * self.slopes[j];
        if i == j {
            entry + self.gradient_in_scores(i) * self.curvatures[i]
        } else {
            entry
        }
    }

    /// H v, for finite `vector`.
    ///
    /// # Panics
    /// If the vector has not an entry for each class.
    pub fn hessian_vector_product<T: Float>(&self, vector: &[T]) -> Vec<Wide> {
        let (vector, in_scores) = self.in_scores(vector);
        let product = self.softmax.product(&in_scores);
        let mean = self.mean(&in_scores);
        let entry = |i: usize| {
            let along_p = self.z_loss.scale(1) * self.softmax.probability(i) * mean;
            self.slopes[i] * (self.softmax_weight() * product[i] + along_p)
                + self.gradient_in_scores(i) * self.curvatures[i] * vector[i]
        };
        (0..self.n_classes()).map(entry).collect()
    }

    /// The loss without the z-loss.
    fn loss_of_target(&self) -> Wide {
        let weights = self.weights.iter().enumerate();
        // A weight of 0 beside a loss of +inf adds 0.
        let weighted = weights.filter(|&(_, &tau)| tau > Wide::ZERO);
        weighted.map(|(c, &tau)| tau * self.softmax.loss(c)).sum()
    }

    /// B, the factor of the Hessian of the log-sum-exp.
    fn softmax_weight(&self) -> Wide {
        self.total_weight + self.z_loss.scale(1) * self.log_sum_exp
    }

    /// The derivative of the loss by score c.
    fn gradient_in_scores(&self, c: usize) -> Wide {
        let p = self.softmax.probability(c);
        let of_target =
            self.other_weights[c] * p - self.weights[c] * self.softmax.one_minus_probability(c);
        of_target + self.z_loss.scale(1) * self.log_sum_exp * p
    }

    /// A vector of changes of logits, in wide numbers, and the changes of scores that it makes.
    fn in_scores<T: Float>(&self, vector: &[T]) -> (Vec<Wide>, Vec<Wide>) {
        let vector = widened(vector);
        let changes = vector.iter().zip(&self.slopes);
        let changes = changes.map(|(&v, &slope)| slope * v).collect();
        (vector, changes)
    }

    /// The mean of a vector under p.
    fn mean(&self, vector: &[Wide]) -> Wide {
        let entries = vector.iter().enumerate();
        entries.map(|(j, &v)| self.softmax.probability(j) * v).sum()
    }
}

/// For each class the sum of the weights of all others: of those before it and those after it,
/// since the difference from the sum of all would cancel.
fn sums_of_others(weights: &[Wide]) -> Vec<Wide> {
    let mut sums = vec![Wide::ZERO; weights.len()];
    let (mut before, mut after) = (Wide::ZERO, Wide::ZERO);
    for (sum, &weight) in sums.iter_mut().zip(weights) {
        *sum = before;
        before = before + weight;
    }
    for (sum, &weight) in sums.iter_mut().zip(weights).rev() {
        *sum = *sum + after;
        after = after + weight;
    }
    sums
}
