//! [`Row`] against the definitions, term by term as they are written, with enough bits that
//! cancellation does not matter.

use surprisal_reference::{
    Float, Row, Wide,
    tiers::{self, Case},
};

use crate::big::{Big, big, power, relative_error};

/// Losses and differences of probabilities are compared down to e^-1000 = 2^-1443, beside a 1
/// that cancels, and are wanted to 100 bits and more.
const BITS: usize = 1600;

/// Terms further below the maximum are left out by the oracle: e^-2000 is no number in either
/// type, nor is anything that it would change.
const FURTHEST: f64 = -2000.0;

/// The definitions: `e^{z_j}`, their sum, and what follows. Only the common factor e^m is taken
/// out, exactly, since e^1e38 has no exponent even here.
struct Definition {
    offsets: Vec<Big>,
    terms: Vec<Big>,
    sum: Big,
}

impl Definition {
    fn new<T: Float>(logits: &[T]) -> Self {
        let logits: Vec<f64> = logits.iter().map(|&z| z.into()).collect();
        let max = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let offsets: Vec<Big> = logits
            .iter()
            .map(|&z| big(z, BITS) - big(max, BITS))
            .collect();
        let furthest = big(FURTHEST, BITS);
        let term = |d: &Big| {
            if *d < furthest {
                big(0.0, BITS)
            } else {
                d.exp()
            }
        };
        let terms: Vec<Big> = offsets.iter().map(term).collect();
        let sum = terms.iter().fold(big(0.0, BITS), |sum, term| sum + term);
        Self {
            offsets,
            terms,
            sum,
        }
    }

    fn loss(&self, label: usize) -> Big {
        self.sum.ln() - &self.offsets[label]
    }

    fn probability(&self, j: usize) -> Big {
        &self.terms[j] / &self.sum
    }

    fn gradient(&self, label: usize, j: usize) -> Big {
        self.probability(j) - big(f64::from(u8::from(j == label)), BITS)
    }

    fn hessian(&self, i: usize, j: usize) -> Big {
        let p = self.probability(i);
        p * (big(f64::from(u8::from(i == j)), BITS) - self.probability(j))
    }
}

/// Compares the outputs of a row, at the label, the maximum, and the first, middle and last class.
fn compare<T: Float>(case: &Case<T>) {
    let Case { logits, label } = case;
    let (row, exact) = (Row::new(logits), Definition::new(logits));
    let n = logits.len();
    // u^2 = 2^-106. A sum of n terms collects 3 u^2 for each; the terms, the quotients, the
    // logarithm and the product of an entry of the Hessian together less than 2^7 u^2.
    let allowed = (3.0 * n as f64 + 128.0) * power(-106);
    let same = |what: &str, actual: Wide, exact: &Big| {
        // Below e^-1000 the terms that the oracle left out could be all there is.
        let least = big(FURTHEST / 2.0, 64).exp();
        if -&least < *exact && *exact < least {
            assert!(
                actual.abs().to_f64() == 0.0,
                "{what}: {actual:?} of {case:?}"
            );
            return;
        }
        let error = relative_error(actual, exact);
        assert!(
            error <= allowed,
            "{what} is wrong by {error:e} of itself: {case:?}"
        );
    };
    same("loss", row.loss(*label), &exact.loss(*label));
    let mut classes = vec![*label, row.argmax(), 0, n / 2, n - 1];
    classes.sort_unstable();
    classes.dedup();
    for &j in &classes {
        same("probability", row.probability(j), &exact.probability(j));
        same(
            "gradient",
            row.gradient(*label, j),
            &exact.gradient(*label, j),
        );
        for &i in &classes {
            same("Hessian", row.hessian(i, j), &exact.hessian(i, j));
        }
    }
}

fn compare_type<T: Float>() {
    // Wide rows are as good as narrow ones here and take too long in numbers.
    let every = |cases: Vec<Case<T>>, step: usize, width: usize| {
        let narrow = cases
            .into_iter()
            .filter(move |case| case.logits.len() <= width);
        narrow.step_by(step)
    };
    every(tiers::edge().cases, 17, 40).for_each(|case| compare(&case));
    every(tiers::edge().cases, 307, 4200).for_each(|case| compare(&case));
    every(tiers::spaced().cases, 151, 2).for_each(|case| compare(&case));
    every(tiers::random().cases, 499, 40).for_each(|case| compare(&case));
}

#[test]
fn rows_of_f32_are_what_the_definitions_say() {
    compare_type::<f32>();
}

#[test]
fn rows_of_f64_are_what_the_definitions_say() {
    compare_type::<f64>();
}
