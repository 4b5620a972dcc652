//! The specification: what is computed for one row of logits.
//!
//! For logits z with softmax `p_j = e^{z_j} / sum_k e^{z_k}` and label y
//!
//! ```text
//! loss            L    = ln sum_k e^{z_k} - z_y      (Bishop, Pattern Recognition and Machine
//! gradient        g_j  = p_j - [j = y]                Learning, 2006: equations 4.108, 4.109)
//! Hessian         H_ij = p_i ([i = j] - p_j)          (4.110, there in terms of the weights)
//! its product     (Hv)_i = p_i (v_i - sum_j p_j v_j)
//! ```
//!
//! Computed like that, small losses, gradients at the label and Hessian entries of confident rows
//! cancel to nothing. So the largest term is kept apart: with `m = z_a` the maximum, a its lowest
//! index, `w = sum_{j != a} e^{z_j - m}` and S = 1 + w, the same numbers are
//!
//! ```text
//! L       = (m - z_y) + ln(1 + w)          both terms >= 0
//! p_j     = e^{z_j - m} / S
//! 1 - p_a = w / S
//! 1 - p_j = (S - e^{z_j - m}) / S          for j != a: S is at least twice what is subtracted
//! (Hv)_i  = p_i (v'_i - sum_{j != a} p_j v'_j),  v' = v - v_a
//! ```
//!
//! and nothing cancels. The differences `z_j - m` are exact, or where one logit is less than 2^-1000
//! of the other, right to 2^-1000.

use std::collections::HashMap;

use crate::{Float, Wide};

/// One row of logits, from which every output is read.
///
/// Odd rows need no case of their own in the outputs: a logit of -inf has e^{-inf} = 0 as its
/// term, and so probability 0, and loss +inf as a label. Where a logit is NaN or +inf, or all are
/// -inf, the softmax does not exist, every term is NaN, and so is every output. A row with one
/// class has w = 0: loss, gradient and Hessian are 0.
#[derive(Clone, Debug)]
pub struct Row {
    /// a, the lowest index of the largest logit.
    argmax: usize,
    /// `z_j - m`.
    offsets: Vec<Wide>,
    /// `e^{z_j - m}`.
    terms: Vec<Wide>,
    /// w, the sum of the terms without that of the argmax.
    others: Wide,
    /// S = 1 + w, where 1 is the term of the argmax.
    total: Wide,
    /// ln S.
    log_total: Wide,
    /// `p_j`.
    probabilities: Vec<Wide>,
}

impl Row {
    /// Reads a row of at least one logit.
    ///
    /// # Panics
    /// If the row is empty.
    pub fn new<T: Float>(logits: &[T]) -> Self {
        Self::with_offsets(logits, |z, max| z - max)
    }

    /// Reads a row of numbers that grow with `logits`: `offset` is the difference of those of two
    /// logits, of which the second one is the largest.
    ///
    /// # Panics
    /// If the row is empty.
    pub(crate) fn with_offsets<T: Float>(
        logits: &[T],
        offset: impl Fn(Wide, Wide) -> Wide,
    ) -> Self {
        let logits: Vec<f64> = logits.iter().map(|&z| z.into()).collect();
        assert!(!logits.is_empty(), "a row needs at least one class");
        let mut argmax = 0;
        for (j, &z) in logits.iter().enumerate() {
            if z > logits[argmax] {
                argmax = j;
            }
        }
        let max = logits[argmax];
        let defined = max.is_finite() && !logits.iter().any(|z| z.is_nan());

        let offset = |&z| {
            if defined {
                offset(Wide::from(z), Wide::from(max))
            } else {
                Wide::NAN
            }
        };
        let offsets: Vec<Wide> = logits.iter().map(offset).collect();
        // The terms of equal logits are computed once: wide rows of tests repeat a few.
        let mut of_logit = HashMap::new();
        let of_classes = logits.iter().zip(&offsets).map(|(z, offset)| {
            let term = of_logit.entry(z.to_bits());
            *term.or_insert_with(|| offset.exp())
        });
        let terms: Vec<Wide> = of_classes.collect();
        let others = terms.iter().enumerate().filter(|&(j, _)| j != argmax);
        let others: Wide = others.map(|(_, &term)| term).sum();
        let total = terms[argmax] + others;
        Self {
            argmax,
            offsets,
            probabilities: terms.iter().map(|&term| term / total).collect(),
            terms,
            others,
            total,
            log_total: others.ln_1p(),
        }
    }

    /// Number of classes.
    pub fn n_classes(&self) -> usize {
        self.terms.len()
    }

    /// The lowest index of the largest logit. Means nothing where a logit is NaN.
    pub fn argmax(&self) -> usize {
        self.argmax
    }

    /// The loss L, in nats.
    pub fn loss(&self, label: usize) -> Wide {
        self.log_total - self.offsets[label]
    }

    /// `p_j`.
    pub fn probability(&self, j: usize) -> Wide {
        self.probabilities[j]
    }

    /// `1 - p_j`.
    pub fn one_minus_probability(&self, j: usize) -> Wide {
        if j == self.argmax {
            self.others / self.total
        } else {
            (self.total - self.terms[j]) / self.total
        }
    }

    /// `g_j`, the derivative of the loss by logit j.
    pub fn gradient(&self, label: usize, j: usize) -> Wide {
        if j == label {
            -self.one_minus_probability(j)
        } else {
            self.probability(j)
        }
    }

    /// `H_ij`, the second derivative of the loss by logits i and j. It does not depend on the label.
    pub fn hessian(&self, i: usize, j: usize) -> Wide {
        if i == j {
            self.probability(i) * self.one_minus_probability(i)
        } else {
            -(self.probability(i) * self.probability(j))
        }
    }

    /// H v, for finite `vector`.
    ///
    /// # Panics
    /// If the vector has not an entry for each class.
    pub fn hessian_vector_product<T: Float>(&self, vector: &[T]) -> Vec<Wide> {
        self.product(&widened(vector))
    }

    /// H v.
    pub(crate) fn product(&self, vector: &[Wide]) -> Vec<Wide> {
        let (shifted, mean) = self.shifted(vector, |v, at_argmax| v - at_argmax);
        let entries = shifted.iter().enumerate();
        entries
            .map(|(i, &v)| self.probability(i) * (v - mean))
            .collect()
    }

    /// What the error of a computed H v is measured by, since its entries cancel by nature:
    /// `p_i (|v'_i| + sum_{j != a} p_j |v'_j|)`. A `p_i` below the normal numbers of the type is
    /// only known to a part of the smallest of them, and counts as that.
    ///
    /// # Panics
    /// If the vector has not an entry for each class.
    pub fn hessian_vector_bound<T: Float>(&self, vector: &[T]) -> Vec<Wide> {
        self.product_bound::<T>(&widened(vector), |v, at_argmax| (v - at_argmax).abs())
    }

    /// The bound of H v with `magnitude(v_i, v_a)` for what v'_i is measured by.
    pub(crate) fn product_bound<T: Float>(
        &self,
        vector: &[Wide],
        magnitude: fn(Wide, Wide) -> Wide,
    ) -> Vec<Wide> {
        let (magnitudes, mean) = self.shifted(vector, magnitude);
        let entries = magnitudes.iter().enumerate();
        entries
            .map(|(i, &v)| self.known_probability::<T>(i) * (v + mean))
            .collect()
    }

    /// `p_j`, but not below the smallest normal number of the type.
    pub(crate) fn known_probability<T: Float>(&self, j: usize) -> Wide {
        let (p, least) = (self.probability(j), Wide::ONE.scale(T::E_MIN));
        if p < least { least } else { p }
    }

    /// `difference(v_i, v_a)` for every class but the argmax, where it is 0, and its mean under p.
    fn shifted(&self, vector: &[Wide], difference: fn(Wide, Wide) -> Wide) -> (Vec<Wide>, Wide) {
        assert_eq!(
            vector.len(),
            self.n_classes(),
            "the vector has an entry for each class"
        );
        let at_argmax = vector[self.argmax];
        let mut shifted: Vec<Wide> = vector.iter().map(|&v| difference(v, at_argmax)).collect();
        shifted[self.argmax] = Wide::ZERO;
        let weighted = shifted
            .iter()
            .enumerate()
            .map(|(j, &v)| self.probability(j) * v);
        let mean = weighted.sum();
        (shifted, mean)
    }
}

/// A vector in wide numbers.
pub(crate) fn widened<T: Float>(vector: &[T]) -> Vec<Wide> {
    vector.iter().map(|&v| v.into()).collect()
}
