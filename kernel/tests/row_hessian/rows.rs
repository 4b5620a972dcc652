//! Rows and options that the tests go through, and how far a result may be off.

use surprisal::{CrossEntropy, RowHessian};
use surprisal_reference::{Float, Objective, Options, Target, Wide};

use crate::{
    common::{Real, with_scalars},
    dense::Dense,
    raised::Raised,
};

/// A row with options.
#[derive(Clone, Debug)]
pub(crate) struct Case<T> {
    pub(crate) logits: Vec<T>,
    pub(crate) label: usize,
    pub(crate) probabilities: Option<Vec<f64>>,
    pub(crate) class_weights: Option<Vec<f64>>,
    pub(crate) row_weight: [f64; 1],
    pub(crate) label_smoothing: f64,
    pub(crate) z_loss: f64,
    pub(crate) softcap: Option<f64>,
    pub(crate) temperature: f64,
}

impl<T: Real> Case<T> {
    pub(crate) fn plain(logits: &[f64], label: usize) -> Self {
        Self {
            logits: logits.iter().map(|&z| T::round(z)).collect(),
            label,
            probabilities: None,
            class_weights: None,
            row_weight: [1.0],
            label_smoothing: 0.0,
            z_loss: 0.0,
            softcap: None,
            temperature: 1.0,
        }
    }

    pub(crate) fn n(&self) -> usize {
        self.logits.len()
    }

    pub(crate) fn loss(&self) -> CrossEntropy<'_> {
        let mut loss = CrossEntropy::new();
        if self.row_weight != [1.0] {
            loss = loss.row_weights(&self.row_weight);
        }
        if let Some(weights) = &self.class_weights {
            loss = loss.class_weights(&weights[..]);
        }
        if let Some(probabilities) = &self.probabilities {
            loss = loss.target_probabilities(&probabilities[..]);
        }
        with_scalars(
            loss,
            self.label_smoothing,
            self.z_loss,
            self.softcap,
            self.temperature,
        )
    }

    pub(crate) fn hessian<'w>(&self, workspace: &'w mut Vec<T>) -> RowHessian<'w, T> {
        workspace.resize(RowHessian::<T>::workspace_len(self.n()), T::round(0.0));
        let label = self.label;
        self.loss()
            .row_hessian(&self.logits, label, workspace)
            .unwrap()
    }

    pub(crate) fn objective(&self) -> Objective {
        let target = match &self.probabilities {
            Some(probabilities) => Target::Probabilities(probabilities),
            None => Target::Label(self.label),
        };
        let options = Options {
            class_weights: self.class_weights.as_deref(),
            row_weight: self.row_weight[0],
            label_smoothing: self.label_smoothing,
            z_loss: self.z_loss,
            softcap: self.softcap,
            temperature: self.temperature,
        };
        Objective::new(&self.logits, target, &options)
    }

    /// a, the factor of diag p - p p^T, without a softcap.
    pub(crate) fn inner(&self, objective: &Objective) -> Wide {
        let of_z_loss = self.outer(objective) * objective.log_sum_exp();
        objective.total_weight() * self.slope() * self.slope() + of_z_loss
    }

    /// Whether a z-loss with next to no target and no log-sum-exp makes entries of diag(d) that are
    /// below the normal numbers, or so small beside 2 k that their quotient overflows.
    pub(crate) fn has_next_to_no_diagonal(&self, objective: &Objective) -> bool {
        let least = Wide::ONE.scale(T::E_MIN);
        let inner = self.inner(objective).abs();
        let mut entries = (0..self.n()).map(|i| inner * objective.softmax().probability(i));
        let is_subnormal = entries.any(|d| d > Wide::ZERO && d < least);
        let overflows = inner > Wide::ZERO && self.outer(objective) > inner.scale(T::E_MAX);
        self.z_loss > 0.0 && (is_subnormal || overflows)
    }

    /// Whether a cancels so far that the reference, which has some 100 bits of its parts, and the
    /// kernel, which has as many of the scores under a temperature, know fewer bits of it than T has.
    pub(crate) fn has_lost_inner(&self) -> bool {
        let is_known = || {
            let objective = self.objective();
            let parts = objective.softmax_weight_bound() * self.slope() * self.slope();
            self.inner(&objective).abs() >= parts.scale(T::PRECISION - 100)
        };
        self.z_loss > 0.0 && !is_known()
    }

    /// 2 k, the factor of p p^T, without a softcap.
    pub(crate) fn outer(&self, _: &Objective) -> Wide {
        let factor = Wide::from(self.z_loss) * Wide::from(self.row_weight[0]);
        factor.scale(1) * self.slope() * self.slope()
    }

    /// The Hessian. Without a softcap row i sums to 2 k p_i; that tells GTH all it needs as long as
    /// entries beside the diagonal, (2 k - a) p_i p_j, are not positive. Where they are, a p is what
    /// they are added to.
    pub(crate) fn dense(&self, objective: &Objective) -> Dense {
        let dense = Dense::of(objective);
        if self.softcap.is_some() {
            return dense;
        }
        let (a, outer) = (self.inner(objective), self.outer(objective));
        let p = (0..self.n()).map(|i| objective.softmax().probability(i));
        if outer <= a {
            dense.with_row_sums(p.map(|p| outer * p).collect())
        } else {
            dense.with_form(Raised {
                d: p.clone().map(|p| a * p).collect(),
                u: p.collect(),
                c: outer - a,
            })
        }
    }

    /// The solution of (H + l I) x = b; `sum` is what the entries of b sum to, if it is not exactly
    /// the sum of these.
    pub(crate) fn exact_solution(
        &self,
        dense: &Dense,
        objective: &Objective,
        lambda: f64,
        b: &[Wide],
        sum: Option<Wide>,
    ) -> Vec<Wide> {
        let is_singular = self.softcap.is_none() && self.z_loss == 0.0 && self.row_weight != [0.0];
        if is_singular && lambda < 1e-8 {
            let sum = sum.unwrap_or_else(|| b.iter().copied().sum());
            dense.solve_with_sum(lambda, b, sum, objective.softmax().argmax())
        } else {
            dense.shifted(lambda).solve(b)
        }
    }

    fn slope(&self) -> Wide {
        Wide::ONE / Wide::from(self.temperature)
    }
}

/// Logits over the whole range: probabilities from 1 down to 1e-38, which is the smallest normal
/// `f32`; ties, masked classes, rows that are nearly one-hot, the largest in any place.
fn rows() -> Vec<Vec<f64>> {
    let masked = f64::NEG_INFINITY;
    let spaced: Vec<f64> = (0..12).map(|i| f64::from(i) * -7.875).collect();
    let irregular = |n: u32, scale: f64| {
        let term = |i: u32| (f64::from(i * i * 37 + i * 11 + 5) % 101.0 / 50.0 - 1.0) * scale;
        (0..n).map(term).collect::<Vec<f64>>()
    };
    vec![
        vec![0.5],
        vec![0.0, 0.0],
        vec![3.0, -40.0],
        vec![-40.0, 3.0],
        vec![0.0, -17.0, -86.5],
        spaced.clone(),
        spaced.into_iter().rev().collect(),
        vec![1.25; 5],
        vec![2.0, 2.0, -1.0, -1.0, -30.0, -30.0],
        vec![masked, 1.0, 2.0, masked, -50.0, masked],
        vec![masked, 0.0],
        vec![-80.0, -81.0, 4.0, -80.0, -80.5, -82.0, -79.0],
        vec![4.0, -30.0, -30.0, -31.0],
        vec![-30.0, -30.0, -31.0, 4.0],
        irregular(7, 2.0),
        irregular(12, 8.0),
        irregular(12, 40.0),
    ]
}

/// Every row under every set of options.
pub(crate) fn cases<T: Real>() -> Vec<Case<T>> {
    let mut cases = Vec::new();
    for (number, logits) in rows().iter().enumerate() {
        let n = logits.len();
        // Labels in all places, and never masked.
        let of_finite = (number..number + n).map(|i| i % n);
        let label = of_finite.into_iter().find(|&i| logits[i].is_finite());
        let plain = Case::<T>::plain(logits, label.unwrap());
        let weights: Vec<f64> = (0..n).map(|c| 0.25 + c as f64 * 0.5).collect();
        let targets: Vec<f64> = (0..n).map(|c| ((c * 5 + 2) % 7) as f64 / 8.0).collect();
        for label in [0, n - 1] {
            cases.push(Case {
                label,
                ..plain.clone()
            });
        }
        cases.push(Case {
            class_weights: Some(weights.clone()),
            row_weight: [0.375],
            ..plain.clone()
        });
        cases.push(Case {
            class_weights: Some(weights),
            label_smoothing: 0.125,
            temperature: 2.0,
            ..plain.clone()
        });
        cases.push(Case {
            probabilities: Some(targets),
            row_weight: [3.0],
            ..plain.clone()
        });
        cases.push(Case {
            row_weight: [0.0],
            ..plain.clone()
        });
        for z_loss in [1e-4, 0.03125, 4.0] {
            cases.push(Case {
                z_loss,
                ..plain.clone()
            });
        }
        cases.push(Case {
            softcap: Some(20.0),
            ..plain.clone()
        });
        cases.push(Case {
            softcap: Some(4.0),
            z_loss: 0.0625,
            label_smoothing: 0.25,
            temperature: 0.75,
            ..plain.clone()
        });
        cases.push(plain);
    }
    cases
}

/// A right-hand side or vector of both signs; its entries times 8 are integers.
pub(crate) fn vector<T: Real>(n: usize) -> Vec<T> {
    crate::common::some_vector(n)
}

/// A number as a wide one.
pub(crate) fn exactly<T: Float>(x: T) -> Wide {
    x.into()
}

pub(crate) fn wide<T: Float>(vector: &[T]) -> Vec<Wide> {
    vector.iter().map(|&v| v.into()).collect()
}

pub(crate) fn magnitudes(vector: &[Wide]) -> Vec<Wide> {
    vector.iter().map(|v| v.abs()).collect()
}

/// Zeros to be written over.
pub(crate) fn zeros<T: Float>(len: usize) -> Vec<T> {
    vec![T::round(0.0); len]
}

/// Whether numbers of this size may be beyond the type, on the way if not at the end.
pub(crate) fn overflows<T: Float>(bound: Wide) -> bool {
    bound > Wide::ONE.scale(T::E_MAX - 4)
}

/// Asserts that a result is off by at most so many units of roundoff of a bound, or as many of the
/// smallest subnormal numbers: products of factors below 1 round to those.
#[track_caller]
pub(crate) fn assert_close<T: Float>(
    what: &dyn std::fmt::Debug,
    actual: T,
    exact: Wide,
    bound: Wide,
    units: f64,
) {
    let (actual, units) = (exactly(actual), Wide::from(units));
    let error = (actual - exact).abs();
    let allowed = units * (bound.scale(-T::PRECISION) + Wide::ONE.scale(T::E_MIN - T::PRECISION));
    assert!(
        error <= allowed,
        "{what:?}: {} is not {}, off by {} where {} is allowed",
        actual.to_f64(),
        exact.to_f64(),
        error.to_f64(),
        allowed.to_f64()
    );
}
