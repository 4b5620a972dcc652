//! [`Objective`] against the definitions of its module, term by term as they are written, with
//! enough bits that cancellation does not matter.

use surprisal_reference::{
    Options, Target, Wide,
    tiers::{self, OptionsBatch},
};

use crate::big::{Big, big, big_of, power};

/// As for rows: what cancels beside 1 is compared down to 2^-1450, and is wanted to 100 bits.
const BITS: usize = 1600;

/// Outputs below are not told from 0.
const LEAST: i64 = -1450;

fn number(x: f64) -> Big {
    big(x, BITS)
}

fn zero() -> Big {
    number(0.0)
}

fn sum(terms: impl Iterator<Item = Big>) -> Big {
    terms.fold(zero(), |sum, term| sum + term)
}

/// z, its derivatives z' and z''. A masked class has no z.
struct Score {
    value: Option<Big>,
    slope: Big,
    curvature: Big,
}

impl Score {
    fn new(x: f64, options: &Options<'_>) -> Self {
        let temperature = number(options.temperature);
        let masked = x == f64::NEG_INFINITY;
        let Some(s) = options.softcap else {
            return Self {
                value: (!masked).then(|| number(x) / &temperature),
                slope: number(1.0) / temperature,
                curvature: zero(),
            };
        };
        if masked {
            return Self {
                value: None,
                slope: zero(),
                curvature: zero(),
            };
        }
        let s = number(s);
        let (up, down) = ((number(x) / &s).exp(), (-number(x) / &s).exp());
        let (sinh, cosh) = ((&up - &down) >> 1, (up + down) >> 1);
        let tanh = sinh / &cosh;
        let slope = number(1.0) / cosh.sqr() / &temperature;
        Self {
            value: Some(&s * &tanh / temperature),
            curvature: number(-2.0) / s * tanh * &slope,
            slope,
        }
    }
}

struct Definition {
    scores: Vec<Score>,
    p: Vec<Big>,
    log_sum_exp: Big,
    tau: Vec<Big>,
    rk: Big,
}

impl Definition {
    fn new(logits: &[f64], target: Target<'_>, options: &Options<'_>) -> Self {
        let n = logits.len();
        let scores: Vec<Score> = logits.iter().map(|&x| Score::new(x, options)).collect();
        let exp = |score: &Score| score.value.as_ref().map_or_else(zero, Big::exp);
        let terms: Vec<Big> = scores.iter().map(exp).collect();
        let total = sum(terms.iter().cloned());
        let (r, e) = (number(options.row_weight), number(options.label_smoothing));
        let tau = |c: usize| {
            let w = number(options.class_weights.map_or(1.0, |weights| weights[c]));
            let (spread, kept) = (&e / number(n as f64) * &w, (number(1.0) - &e) * w);
            let of_target = match target {
                Target::Label(label) if c == label => kept,
                Target::Label(_) => zero(),
                Target::Probabilities(q) => kept * number(q[c]),
            };
            &r * (of_target + spread)
        };
        Self {
            scores,
            p: terms.iter().map(|term| term / &total).collect(),
            log_sum_exp: total.ln(),
            tau: (0..n).map(tau).collect(),
            rk: &r * number(options.z_loss),
        }
    }

    /// A + 2 r k lse.
    fn b(&self) -> Big {
        sum(self.tau.iter().cloned()) + ((&self.rk * &self.log_sum_exp) << 1)
    }

    /// `None` if it is infinite.
    fn loss(&self) -> Option<Big> {
        let mut loss = &self.rk * self.log_sum_exp.sqr();
        for (tau, score) in self.tau.iter().zip(&self.scores) {
            if *tau != Big::ZERO {
                loss += tau * (&self.log_sum_exp - score.value.as_ref()?);
            }
        }
        Some(loss)
    }

    fn gradient_in_scores(&self, j: usize) -> Big {
        self.b() * &self.p[j] - &self.tau[j]
    }

    fn gradient(&self, j: usize) -> Big {
        self.gradient_in_scores(j) * &self.scores[j].slope
    }

    fn hessian(&self, i: usize, j: usize) -> Big {
        let product = &self.p[i] * &self.p[j];
        let diagonal = if i == j { self.p[i].clone() } else { zero() };
        let in_scores = self.b() * (diagonal - &product) + ((&self.rk * product) << 1);
        let entry = &self.scores[i].slope * in_scores * &self.scores[j].slope;
        if i == j {
            entry + self.gradient_in_scores(i) * &self.scores[i].curvature
        } else {
            entry
        }
    }
}

/// The relative error allowed, u = 2^-53. A sum collects 3 u^2 for each of n terms. A difference of
/// scores, of which there are up to `reach`, and an argument x / s are wrong by less than 2^7 u^2
/// of themselves, and what their exponentials are part of by as much in all. Factors are less than
/// 2^5, each with 15 u^2 or less.
fn allowed_error(exact: &Definition, batch: &OptionsBatch, row: usize) -> f64 {
    let scores = exact.scores.iter().filter_map(|score| score.value.as_ref());
    let scores = scores.map(|z| z.to_f64().value());
    let (low, high) = scores.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), z| {
        (z.min(low), z.max(high))
    });
    let softcap = batch.softcap.unwrap_or(f64::INFINITY);
    let finite = batch.row(row).iter().filter(|x| x.is_finite());
    let ratio = finite.fold(0.0, |ratio, x| (x.abs() / softcap).max(ratio));
    let n = batch.n_classes as f64;
    (3.0 * n + 512.0 + 128.0 * (high - low + ratio)) * power(-106)
}

fn compare(batch: &OptionsBatch, row: usize) {
    let objective = batch.objective(row);
    let exact = Definition::new(batch.row(row), batch.target(row), &batch.options(row));
    let n = batch.n_classes;
    let allowed = number(allowed_error(&exact, batch, row));
    let least = number(1.0) >> (-LEAST) as isize;
    let same = |what: &str, actual: Wide, exact: &Big, bound: Wide| {
        let error = big_of(actual, BITS) - exact;
        let allowed = &allowed * big_of(bound, BITS) + &least;
        assert!(
            -&allowed <= error && error <= allowed,
            "{what} is wrong by {:e} beside {:e}: row {row} of {batch:?}",
            error.to_f64().value(),
            bound.to_f64(),
        );
    };
    match exact.loss() {
        Some(loss) => same("loss", objective.loss(), &loss, objective.loss_bound()),
        None => assert_eq!(objective.loss(), Wide::INFINITY),
    }
    let vector = batch.vector(row);
    let product = objective.hessian_vector_product(vector);
    let bound = objective.hessian_vector_bound(vector);
    for i in 0..n {
        let gradient = exact.gradient(i);
        same(
            "gradient",
            objective.gradient(i),
            &gradient,
            objective.gradient_bound(i),
        );
        let entries: Vec<Big> = (0..n).map(|j| exact.hessian(i, j)).collect();
        for (j, entry) in entries.iter().enumerate() {
            same(
                "Hessian",
                objective.hessian(i, j),
                entry,
                objective.hessian_bound(i, j),
            );
        }
        let entries = entries.into_iter().zip(vector);
        let exact = sum(entries.map(|(entry, &v)| entry * number(v)));
        same("H v", product[i], &exact, bound[i]);
    }
}

#[test]
fn objectives_are_what_the_definitions_say() {
    let widths: Vec<usize> = (1..=12).collect();
    for batch in tiers::options(0x0b7e_c71e, &widths).take(120) {
        // A few rows of each, for the options are the same in all.
        (0..batch.n_rows().min(4)).for_each(|row| compare(&batch, row));
    }
}
