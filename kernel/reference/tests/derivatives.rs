//! Gradients and Hessians of [`Objective`] against central differences of losses and gradients,
//! over random combinations of all options.

use surprisal_reference::{
    Objective, Wide,
    tiers::{self, OptionsBatch},
};

/// A row, and what the errors of its differences are measured by.
struct Case<'a> {
    batch: &'a OptionsBatch,
    row: usize,
    objective: Objective,
    /// Up to where an output is analytic in a logit and bounded by `size`.
    radius: Wide,
    /// Bounds the change of the loss within the radius; divided by the temperature, the gradient.
    size: Wide,
}

impl<'a> Case<'a> {
    /// Within the radius `min(T, s) / 2` in the complex plane, sech^2 is at most 1 / cos^2(1/2) =
    /// 1.3, so a score changes by at most 0.65 < pi/2, no softmax entry exceeds 1, and lse changes
    /// by at most 0.65. So the loss changes by at most 1.3 A + r k (1.3 |lse| + 0.43), and an entry
    /// of the gradient is at most 1.3 (2 A + 2 r k (|lse| + 0.65)) / T.
    fn new(batch: &'a OptionsBatch, row: usize) -> Self {
        let objective = batch.objective(row);
        let options = batch.options(row);
        let rk = Wide::from(options.row_weight) * Wide::from(options.z_loss);
        let lse = objective.log_sum_exp().abs();
        let least = options
            .softcap
            .map_or(options.temperature, |s| s.min(options.temperature));
        Self {
            size: Wide::from(3.0) * (objective.total_weight() + rk * (lse + Wide::ONE)),
            radius: Wide::from(least).scale(-1),
            batch,
            row,
            objective,
        }
    }

    /// h, 2^-26 of the radius or a little less: a power of two, so that adding it to a logit, an
    /// `f32`, is exact, or where the logit is tiny right to 2^-53 of h.
    fn step(&self) -> f64 {
        let binade = self.radius.floor_log2().expect("not 0") - 26;
        Wide::ONE.scale(binade).to_f64()
    }

    /// The row with its logit `j` changed.
    fn moved(&self, j: usize, by: f64) -> Objective {
        let mut logits = self.batch.row(self.row).to_vec();
        logits[j] += by;
        let (target, options) = (self.batch.target(self.row), self.batch.options(self.row));
        Objective::new(&logits, target, &options)
    }

    /// By Cauchy's estimates the n-th derivative of what is bounded by M within the radius R is at
    /// most n! M / R^n, so the terms that a central difference neglects are at most
    /// M / R ((h/R)^2 + (h/R)^4 + ..) < 2^-51 M / R. An output is wrong by less than 2^-86 of its
    /// bound, since e^{z_j - m} is by 2^-98 times a difference of up to 2^12, which 1 / h makes
    /// 2^-59 of it divided by R.
    fn allowed(&self, size: Wide, bound: Wide) -> Wide {
        (size.scale(-51) + bound.scale(-58)) / self.radius
    }

    fn check(&self) {
        let h = self.step();
        let twice = Wide::from(h).scale(1);
        let assert_near = |what: &str, actual: Wide, difference: Wide, allowed: Wide| {
            let difference = difference / twice;
            assert!(
                (actual - difference).abs() <= allowed,
                "{what}: {} by {}, not {}, in row {} of {:?}",
                actual.to_f64(),
                (actual - difference).to_f64(),
                difference.to_f64(),
                self.row,
                self.batch
            );
        };
        let n = self.objective.n_classes();
        let of_gradient = self.size / Wide::from(self.batch.temperature);
        for j in (0..n).filter(|&j| self.batch.row(self.row)[j].is_finite()) {
            let (above, below) = (self.moved(j, h), self.moved(j, -h));
            // A masked class with a weight leaves a gradient, but no loss.
            if self.objective.loss().is_finite() {
                let allowed = self.allowed(self.size, self.objective.loss_bound());
                let difference = above.loss() - below.loss();
                assert_near("gradient", self.objective.gradient(j), difference, allowed);
            }
            for i in 0..n {
                let allowed = self.allowed(of_gradient, self.objective.gradient_bound(i));
                let difference = above.gradient(i) - below.gradient(i);
                assert_near("Hessian", self.objective.hessian(i, j), difference, allowed);
            }
        }
    }
}

#[test]
fn derivatives_are_limits_of_differences() {
    let widths: Vec<usize> = (1..=12).collect();
    let mut rows = 0;
    for batch in tiers::options(0x0d1f_f000, &widths).take(180) {
        for row in 0..batch.n_rows() {
            Case::new(&batch, row).check();
            rows += 1;
        }
    }
    assert!(rows > 1000, "{rows} rows");
}
