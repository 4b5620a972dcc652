//! Damped solves and determinants.

use surprisal_reference::{Objective, Wide};

use crate::{
    common::Real,
    dense::{Dense, product},
    rows::{Case, assert_close, cases, exactly, magnitudes, vector, wide, zeros},
};

/// Twenty roundings an entry, with room for sums over twelve classes: 3.6e-15 in `f64`.
pub(crate) const UNITS: f64 = 32.0;

/// Natural logarithm of the product of positive numbers, right to 1e-15 absolute a factor.
pub(crate) fn ln_of_product(factors: impl Iterator<Item = Wide>) -> f64 {
    let (mut logarithm, mut exponents) = (0.0, 0);
    for factor in factors {
        let (high, low, exponent) = factor.parts();
        logarithm += (high + low).ln();
        exponents += exponent;
    }
    logarithm + exponents as f64 * std::f64::consts::LN_2
}

/// |A^-1| |b|, given the inverse. What is added to b, or is a quotient by an entry of D that this
/// multiplies again, is rounded as the smallest normal number if it is smaller.
fn inverse_bound<T: Real>(objective: &Objective, inverse: &[Vec<Wide>], b: &[Wide]) -> Vec<Wide> {
    let inverse: Vec<_> = inverse.iter().map(|row| magnitudes(row)).collect();
    let least = least::<T>(objective);
    let rounded = b.iter().map(|b| b.abs() + least);
    product(&inverse, &rounded.collect::<Vec<_>>())
}

/// The smallest normal number times what it may be multiplied by.
pub(crate) fn least<T: Real>(objective: &Objective) -> Wide {
    (objective.total_weight() + Wide::ONE).scale(T::E_MIN)
}

/// |b_i| / D_i + (W_i / s) (|sum b| / l + sum |b_k| / D_k): less than |A^-1| |b| where b sums to
/// little. The sum has twice the precision of b, and no more.
fn plain_bound<T: Real>(
    case: &Case<T>,
    objective: &Objective,
    lambda: f64,
    b: &[Wide],
) -> Vec<Wide> {
    let inner = case.inner(objective);
    let p = |i: usize| objective.softmax().probability(i);
    let d = |i: usize| inner * p(i) + Wide::from(lambda);
    let s: Wide = (0..b.len()).map(|i| p(i) / d(i)).sum();
    let sum = b.iter().copied().sum::<Wide>().abs();
    let rounded = magnitudes(b).into_iter().sum::<Wide>();
    let sum = (sum + rounded.scale(-T::PRECISION)) / Wide::from(lambda);
    let t: Wide = (0..b.len()).map(|i| b[i].abs() / d(i)).sum();
    (0..b.len())
        .map(|i| b[i].abs() / d(i) + p(i) / d(i) / s * (sum + t))
        .collect()
}

/// Whether terms of the diagonal D of H + lambda I cancel: bends under a softcap, and a negative a p
/// beside lambda.
fn cancels<T: Real>(case: &Case<T>, objective: &Objective) -> bool {
    case.softcap.is_some() || case.inner(objective) < Wide::ZERO
}

/// What H + lambda I is worse by then: |A^-1| times what its diagonal is summed from, times |x|; the x
/// that was found, since that one solves a system nearby. Slopes may be below the normal numbers.
fn conditioned_bound<T: Real>(
    case: &Case<T>,
    objective: &Objective,
    inverse: &[Vec<Wide>],
    lambda: f64,
    x: &[Wide],
) -> Vec<Wide> {
    let residual = summed_from(case, objective, lambda, &magnitudes(x));
    inverse_bound::<T>(objective, inverse, &residual)
}

/// The product of what the entries of H + lambda I are summed from with a vector of magnitudes.
fn summed_from<T: Real>(
    case: &Case<T>,
    objective: &Objective,
    lambda: f64,
    x: &[Wide],
) -> Vec<Wide> {
    let negative = if case.softcap.is_none() && cancels(case, objective) {
        case.inner(objective).abs()
    } else {
        Wide::ZERO
    };
    let size = |i: usize| {
        objective.hessian_bound(i, i)
            + negative * objective.softmax().probability(i)
            + Wide::from(lambda.abs())
    };
    let beside = |i: usize| {
        (0..x.len())
            .filter(|&j| j != i)
            .map(|j| objective.hessian(i, j).abs() * x[j])
            .sum::<Wide>()
    };
    let lost = x.iter().copied().sum::<Wide>() * least::<T>(objective);
    (0..x.len())
        .map(|i| size(i) * x[i] + beside(i) + lost)
        .collect()
}

/// Damping from next to nothing to more than all.
pub(crate) const LAMBDAS: [f64; 7] = [1e-30, 1e-20, 1e-14, 1e-8, 1e-3, 1.0, 1e3];

pub(crate) fn damped<T: Real>(case: &Case<T>, lambdas: &[f64]) {
    let (n, objective) = (case.n(), case.objective());
    let mut workspace = Vec::new();
    let hessian = case.hessian(&mut workspace);
    let dense = case.dense(&objective);
    let mut sums_to_zero = vector::<T>(n);
    let others: f64 = sums_to_zero[1..]
        .iter()
        .map(|&b| Into::<f64>::into(b))
        .sum();
    sums_to_zero[0] = T::round(-others);
    for &lambda in lambdas {
        let lambda_t = T::round(lambda);
        let lambda: f64 = lambda_t.into();
        let shifted = dense.shifted(lambda);
        let inverse = shifted.inverse();
        for b in [
            vector::<T>(n),
            sums_to_zero.clone(),
            hessian.gradient().to_vec(),
        ] {
            let mut x = zeros::<T>(n);
            if hessian.damped_solve(lambda_t, &b, &mut x).is_err() {
                // Only what may be indefinite is refused.
                assert!(cancels(case, &objective), "{lambda} {case:?}");
                continue;
            }
            let b = wide(&b);
            let exact = case.exact_solution(&dense, &objective, lambda, &b, None);
            let bound = if cancels(case, &objective) {
                let larger = wide(&x).into_iter().zip(&exact);
                let larger: Vec<Wide> = larger
                    .map(|(x, &exact)| if x.abs() > exact.abs() { x } else { exact })
                    .collect();
                conditioned_bound(case, &objective, &inverse, lambda, &larger)
            } else if case.z_loss == 0.0 {
                plain_bound(case, &objective, lambda, &b)
            } else {
                inverse_bound::<T>(&objective, &inverse, &b)
            };
            for i in 0..n {
                assert_close(
                    &("damped", lambda, i, case),
                    x[i],
                    exact[i],
                    bound[i],
                    UNITS,
                );
            }
        }
        if let Ok(actual) = hessian.log_determinant(lambda_t) {
            let actual: f64 = actual.into();
            let unit = f64::powi(2.0, -(T::PRECISION as i32));
            let allowed =
                |exact: f64| (16.0 * n as f64 + 2.0 * exact.abs()) * unit + 1e-15 * n as f64;
            let [least, most] = if cancels(case, &objective) {
                // Of matrices nearby: rounding errors E of the entries are between -S and S, S the
                // diagonal matrix of the sums of |E| over rows. The least of them may not be definite.
                let ones = vec![Wide::ONE; n];
                let slack = summed_from(case, &objective, lambda, &ones);
                [-UNITS, UNITS].map(|units| {
                    let slack = slack.iter().map(|&s| s * Wide::from(units * unit));
                    let nearby = shifted.plus_diagonal(&slack.collect::<Vec<_>>());
                    ln_of_product(nearby.ldl().pivots.into_iter())
                })
            } else {
                [ln_of_product(shifted.ldl().pivots.into_iter()); 2]
            };
            assert!(
                (least.is_nan() || actual >= least - allowed(least))
                    && actual <= most + allowed(most),
                "ln det {lambda} {actual} [{least}, {most}] {case:?}"
            );
        }
    }
}

/// (H + l I) (H + l I)^-1 b = b with the kernel's own products.
pub(crate) fn round_trips<T: Real>(case: &Case<T>) {
    let n = case.n();
    let mut workspace = Vec::new();
    let hessian = case.hessian(&mut workspace);
    let objective = case.objective();
    let dense = Dense::of(&objective);
    for lambda in [1e-6, 0.5, 40.0].map(T::round) {
        let b = vector::<T>(n);
        let (mut x, mut product) = (zeros::<T>(n), zeros::<T>(n));
        if hessian.damped_solve(lambda, &b, &mut x).is_err() {
            continue;
        }
        hessian.product(&x, &mut product).unwrap();
        let largest = magnitudes(&wide(&x))
            .into_iter()
            .fold(Wide::ZERO, |a, b| if a < b { b } else { a });
        for i in 0..n {
            let sum = exactly(product[i]) + exactly(lambda) * exactly(x[i]);
            let of_row: Wide = magnitudes(&dense.entries[i]).into_iter().sum();
            let bound = (of_row + objective.hessian_bound(i, i) + exactly(lambda)) * largest
                + exactly(b[i]).abs();
            let error = (sum - exactly(b[i])).abs();
            assert!(
                error <= Wide::from(UNITS) * bound.scale(-T::PRECISION),
                "{i} {} {case:?}",
                sum.to_f64()
            );
        }
    }
}

fn all<T: Real>() {
    for case in cases::<T>() {
        damped(&case, &LAMBDAS);
        round_trips(&case);
    }
}

/// A z-loss without targets, whose factor a = 2 k lse is next to nothing or 0: the damping is all that
/// its rank-one term is added to.
#[test]
fn solves_are_right_where_the_damping_is_all_of_the_diagonal() {
    fn check<T: Real>() {
        for logits in [&[0.0][..], &[0.0, -40.0, -41.0], &[-41.0, 0.0, -40.0]] {
            let case = Case::<T> {
                class_weights: Some(vec![0.0; logits.len()]),
                row_weight: [3.25],
                z_loss: 0.0625,
                ..Case::plain(logits, 0)
            };
            damped(&case, &LAMBDAS);
        }
    }
    check::<f32>();
    check::<f64>();
}

/// a p is -994 here, and 6 is left of it beside lambda.
#[test]
fn solves_where_a_negative_diagonal_cancels() {
    let case = Case::<f32> {
        row_weight: [3.875],
        label_smoothing: 0.125,
        z_loss: 4.0,
        ..Case::plain(&[-64.95686; 2], 1)
    };
    damped(&case, &LAMBDAS);
}

/// The gradient is less than what its entries are rounded by, and with it the bends; the matrix is not
/// definite, by less than that.
#[test]
fn determinants_where_all_bends_cancel() {
    let logits = [-30.786928, -30.786928, -30.786907];
    let case = Case::<f32> {
        probabilities: Some(vec![0.375; 3]),
        class_weights: Some(vec![0.375; 3]),
        softcap: Some(50.0),
        ..Case::plain(&logits, 1)
    };
    damped(&case, &LAMBDAS);
}

/// The gradient is below the normal numbers here, and solved for, and its quotient by an entry of D
/// of 15 is multiplied by 15 over lambda.
#[test]
fn solves_for_a_right_hand_side_below_the_normal_numbers() {
    let case = Case::<f64> {
        probabilities: Some(vec![3.875]),
        class_weights: Some(vec![3.875]),
        row_weight: [3.875],
        label_smoothing: 0.1,
        z_loss: 0.0625,
        softcap: Some(20.0),
        temperature: 2.0,
        ..Case::plain(&[4.911e-320], 0)
    };
    damped(&case, &LAMBDAS);
    damped(
        &Case::<f64> {
            z_loss: 1e-6,
            label_smoothing: 0.25,
            softcap: None,
            temperature: 1.0,
            logits: vec![1.2627814e-317],
            ..case
        },
        &LAMBDAS,
    );
}

#[test]
fn solves_are_those_of_elimination_in_f32() {
    all::<f32>();
}

#[test]
fn solves_are_those_of_elimination_in_f64() {
    all::<f64>();
}
