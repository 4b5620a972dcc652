//! L D L^T and Cholesky against elimination.

use surprisal::row_hessian::Factor;
use surprisal_reference::{Objective, Wide, error_measure::ulps};

use crate::{
    common::Real,
    dense::{Ldl, over, product},
    entries::{of_coefficient, of_small_slopes},
    rows::{Case, assert_close, cases, exactly, magnitudes, overflows, vector, wide, zeros},
};

/// A lower triangle, packed by rows, as a matrix.
fn unpacked<T: Real>(packed: &[T], n: usize) -> Vec<Vec<Wide>> {
    let entry = |i: usize, j: usize| {
        if j <= i {
            packed[i * (i + 1) / 2 + j].into()
        } else {
            Wide::ZERO
        }
    };
    (0..n)
        .map(|i| (0..n).map(|j| entry(i, j)).collect())
        .collect()
}

fn transposed(matrix: &[Vec<Wide>]) -> Vec<Vec<Wide>> {
    let n = matrix.len();
    (0..n)
        .map(|i| (0..n).map(|j| matrix[j][i]).collect())
        .collect()
}

fn absolute(matrix: &[Vec<Wide>]) -> Vec<Vec<Wide>> {
    matrix.iter().map(|row| magnitudes(row)).collect()
}

#[track_caller]
fn assert_all_close<T: Real>(
    what: &str,
    case: &Case<T>,
    actual: &[T],
    exact: &[Wide],
    bound: &[Wide],
) {
    for (i, &entry) in actual.iter().enumerate() {
        assert_close(&(what, i, case), entry, exact[i], bound[i], UNITS);
    }
}

/// Some ten roundings of an entry, times the growth of running sums over twelve classes.
const UNITS: f64 = 32.0;

pub(crate) fn factors<T: Real>(case: &Case<T>) {
    let (n, objective) = (case.n(), case.objective());
    if case.has_next_to_no_diagonal(&objective) {
        // L is made of ratios.
        return;
    }
    let mut workspace = Vec::new();
    let hessian = case.hessian(&mut workspace);
    let mut tails = zeros::<T>(n);
    let Ok(factor) = hessian.factor(&mut tails) else {
        // Nor is a diagonal of zeros, with a = 0, one to factor.
        assert!(
            case.softcap.is_some() || case.inner(&objective) <= Wide::ZERO,
            "{case:?}"
        );
        return;
    };
    let dense = case.dense(&objective);
    let Ldl { lower, pivots } = dense.ldl();
    // Bends that cancel make factors of the softcap's matrix worse by its condition; how much is
    // bounded by the round trip below.
    let componentwise = case.softcap.is_none();
    let (mut packed, mut d) = (zeros::<T>(n * (n + 1) / 2), zeros::<T>(n));
    factor.pivots(&mut d).unwrap();
    factor.ldl(&mut packed).unwrap();
    let l = unpacked(&packed, n);
    for i in 0..n {
        assert_eq!(exactly(d[i]), l[i][i]);
        if componentwise {
            assert_close(&("pivot", i, case), d[i], pivots[i], pivots[i], UNITS);
            for j in 0..i {
                let exact = lower[i][j];
                let of_coefficient = over(of_coefficient::<T>(&objective, i, j), pivots[j]);
                assert_close(
                    &("L", i, j, case),
                    packed[i * (i + 1) / 2 + j],
                    exact,
                    exact.abs() + of_coefficient.abs(),
                    UNITS,
                );
            }
        }
    }
    factor.cholesky(&mut packed).unwrap();
    let r = unpacked(&packed, n);
    let growths = growths(case, &objective);
    let lost = |class: usize| {
        case.softcap
            .map_or(Wide::ZERO, |_| of_small_slopes::<T>(&objective, class))
    };
    let unit = |i: usize, j: usize| if i == j { Wide::ONE } else { l[i][j] };
    for i in 0..n {
        for j in 0..n {
            let exact = dense.entries[i][j];
            let terms: Vec<Wide> = (0..n)
                .map(|k| unit(i, k) * exactly(d[k]) * unit(j, k))
                .collect();
            let sizes = magnitudes(&terms).into_iter().zip(&growths);
            let magnitude: Wide = sizes.map(|(term, &growth)| term * growth).sum();
            // Bends of a gradient that cancels are more than what is left of it, and the weights multiply
            // what slopes below the normal numbers have lost.
            let bound = magnitude + objective.hessian_bound(i, j) + lost(i) + lost(j);
            let sum: Wide = terms.into_iter().sum();
            assert_wide_close::<T>(("L D L^T", i, j, case), sum, exact, bound);
            let terms: Vec<Wide> = (0..n).map(|k| r[i][k] * r[j][k]).collect();
            assert_wide_close::<T>(("R R^T", i, j, case), terms.into_iter().sum(), exact, bound);
        }
    }

    // What is applied in O(C) is what is written out.
    let v = vector::<T>(n);
    let b = wide(&v);
    let mut out = zeros::<T>(n);
    let unit_lower: Vec<Vec<Wide>> = (0..n)
        .map(|i| (0..n).map(|j| unit(i, j)).collect())
        .collect();
    let matrices = [
        unit_lower.clone(),
        transposed(&unit_lower),
        r.clone(),
        transposed(&r),
    ];
    for (which, matrix) in matrices.iter().enumerate() {
        let result = match which {
            0 => factor.lower_product(&v, &mut out),
            1 => factor.lower_transposed_product(&v, &mut out),
            2 => factor.cholesky_product(&v, &mut out),
            _ => factor.cholesky_transposed_product(&v, &mut out),
        };
        result.unwrap();
        let bound = product(&absolute(matrix), &magnitudes(&b));
        assert_all_close(
            ["L x", "L^T x", "R x", "R^T x"][which],
            case,
            &out,
            &product(matrix, &b),
            &bound,
        );
    }
    if componentwise {
        lower_solves(case, &factor, &dense.ldl());
    }
}

/// How many times its own size the parts of each T_j have: they cancel where bends are negative.
fn growths<T: Real>(case: &Case<T>, objective: &Objective) -> Vec<Wide> {
    let (n, p) = (case.n(), |i: usize| objective.softmax().probability(i));
    if case.softcap.is_none() {
        return vec![Wide::ONE; n];
    }
    let of_z_loss = objective.z_loss().scale(1) * (objective.log_sum_exp() - Wide::ONE);
    let c = objective.total_weight() + of_z_loss;
    let terms: Vec<Wide> = (0..n)
        .map(|i| {
            let u = p(i) * objective.slope(i);
            let beside = c * u * u;
            p(i) - over(beside, objective.hessian(i, i) + beside)
        })
        .collect();
    (0..n)
        .map(|j| {
            let (up_to, after) = (&terms[..=j], (j + 1..n).map(p).sum::<Wide>());
            let tail = up_to.iter().copied().sum::<Wide>() + after;
            let size = magnitudes(up_to).into_iter().sum::<Wide>() + after;
            over(size, tail.abs())
        })
        .collect()
}

/// Inverses of M-matrices' factors have no negative entry: |L^-1| |b|.
fn lower_solves<T: Real>(case: &Case<T>, factor: &Factor<'_, T>, exact: &Ldl) {
    let v = vector::<T>(case.n());
    let b = wide(&v);
    let mut out = zeros::<T>(case.n());
    factor.lower_solve(&v, &mut out).unwrap();
    let (solution, bound) = (exact.lower_solve(&b), inverse_bound(exact, &b, false));
    assert_all_close("L^-1 b", case, &out, &solution, &bound);
    factor.lower_transposed_solve(&v, &mut out).unwrap();
    let solution = exact.lower_transposed_solve(&b);
    let bound = inverse_bound(exact, &b, true);
    assert_all_close("L^-T b", case, &out, &solution, &bound);
}

/// |L^-1| |b| or |L^-T| |b|, column by column.
fn inverse_bound(ldl: &Ldl, b: &[Wide], is_transposed: bool) -> Vec<Wide> {
    let mut bound = vec![Wide::ZERO; b.len()];
    for (j, size) in magnitudes(b).into_iter().enumerate() {
        let mut unit = vec![Wide::ZERO; b.len()];
        unit[j] = Wide::ONE;
        let column = if is_transposed {
            ldl.lower_transposed_solve(&unit)
        } else {
            ldl.lower_solve(&unit)
        };
        for (bound, entry) in bound.iter_mut().zip(column) {
            *bound = *bound + entry.abs() * size;
        }
    }
    bound
}

#[track_caller]
fn assert_wide_close<T: Real>(what: impl std::fmt::Debug, actual: Wide, exact: Wide, bound: Wide) {
    let smallest = Wide::ONE.scale(T::E_MIN - T::PRECISION + 6);
    let allowed = Wide::from(UNITS) * bound.scale(-T::PRECISION) + smallest;
    let error = (actual - exact).abs();
    assert!(
        error <= allowed,
        "{what:?}: {} {}",
        actual.to_f64(),
        exact.to_f64()
    );
}

/// H x = b where b is in the range of H: x is 0 at the last class if H has a null vector.
pub(crate) fn solves<T: Real>(case: &Case<T>) {
    let (n, objective) = (case.n(), case.objective());
    let is_semidefinite = case.softcap.is_none() && case.inner(&objective) > Wide::ZERO;
    if !is_semidefinite || case.has_next_to_no_diagonal(&objective) {
        return;
    }
    let mut workspace = Vec::new();
    let hessian = case.hessian(&mut workspace);
    let mut tails = zeros::<T>(n);
    let factor = hessian.factor(&mut tails).unwrap();
    let p = |i: usize| objective.softmax().probability(i);
    if case.z_loss != 0.0 {
        definite_solve(case, &factor, &objective);
        return;
    }
    let counts: Vec<usize> = (0..n).filter(|&i| p(i) > Wide::ZERO).collect();
    let last = *counts.last().unwrap();
    // A right-hand side that sums to zero exactly.
    let mut b = vector::<T>(n);
    let mut sum = 0.0;
    for i in 0..n {
        if i == last || !counts.contains(&i) {
            b[i] = T::round(0.0);
        }
        let entry: f64 = b[i].into();
        sum += entry;
    }
    b[last] = T::round(-sum);
    let mut x = zeros::<T>(n);
    factor.solve(&b, &mut x).unwrap();
    // diag(1 / (a p)) b less its entry at the last class.
    let b = wide(&b);
    let d = |i: usize| case.inner(&objective) * p(i);
    let y = |i: usize| b[i] / d(i);
    let size: Wide = magnitudes(&b).into_iter().sum();
    for i in 0..n {
        let (exact, bound) = if counts.contains(&i) {
            (y(i) - y(last), y(last).abs() + size / d(i))
        } else {
            (Wide::ZERO, Wide::ZERO)
        };
        if !overflows::<T>(bound) {
            assert_close(&("solve", i, case), x[i], exact, bound, UNITS);
        }
    }
}

/// The one solution on the classes that are not masked.
fn definite_solve<T: Real>(case: &Case<T>, factor: &Factor<'_, T>, objective: &Objective) {
    let mut b = vector::<T>(case.n());
    for (b, z) in b.iter_mut().zip(&case.logits) {
        let z: f64 = (*z).into();
        *b = if z.is_finite() { *b } else { T::round(0.0) };
    }
    let mut x = zeros::<T>(case.n());
    factor.solve(&b, &mut x).unwrap();
    let dense = case.dense(objective);
    let inverse = absolute(&dense.inverse());
    let b = wide(&b);
    let bound = product(&inverse, &magnitudes(&b));
    if !bound.iter().any(|&bound| overflows::<T>(bound)) {
        assert_all_close("solve", case, &x, &dense.solve(&b), &bound);
    }
}

#[test]
fn factors_are_those_of_elimination_in_f32() {
    cases::<f32>().iter().for_each(factors);
}

#[test]
fn factors_are_those_of_elimination_in_f64() {
    cases::<f64>().iter().for_each(factors);
}

#[test]
fn factors_solve_systems_that_have_a_solution() {
    cases::<f32>().iter().for_each(solves);
    cases::<f64>().iter().for_each(solves);
}

/// a and 2 k differ by 1e-7 of themselves here, so that c u is below the normal numbers where no entry
/// of the factors is.
#[test]
fn factors_where_the_coefficients_nearly_cancel() {
    let logits = [-72.67451, -72.67451, -0.33087727, -72.67451, 0.0, 0.0];
    factors(&Case::<f32> {
        probabilities: Some(vec![0.0; 6]),
        z_loss: 1e-4,
        ..Case::plain(&logits, 0)
    });
}

/// The bend of 9e-313 is all that the fourth pivot has, and what the classes before it add to those after
/// it, which are masked, is beyond the type.
#[test]
fn factors_of_masked_classes_after_next_to_no_pivot() {
    let masked = f64::NEG_INFINITY;
    factors(&Case::<f64> {
        softcap: Some(20.0),
        temperature: 5.0,
        ..Case::plain(&[1.2e-309, 0.0, 0.0, 0.0, masked, masked, masked], 0)
    });
}

/// The slope of the last class is 1e-43, a number of seven bits, and the weights multiply what it has
/// lost.
#[test]
fn factors_of_a_slope_below_the_normal_numbers() {
    let masked = f64::NEG_INFINITY;
    let logits = [
        -0.32001117,
        masked,
        masked,
        masked,
        -58.203922,
        -2.0,
        -1.375,
        -75.247055,
    ];
    factors(&Case::<f32> {
        probabilities: Some(vec![3.875, 3.875, 3.875, 3.875, 1.25, 2.625, 3.875, 1.625]),
        class_weights: Some(vec![3.0, 0.5, 3.75, 0.75, 0.375, 3.75, 3.375, 1.25]),
        row_weight: [3.0],
        label_smoothing: 0.5,
        z_loss: 4.0,
        softcap: Some(1.5),
        ..Case::plain(&logits, 5)
    });
}

/// c / a is -1.7e38 here, and its product with the root of the first pivot, which the masked class has no
/// part in, beyond the type.
#[test]
fn factors_of_a_masked_class_where_the_gradient_is_next_to_nothing() {
    factors(&Case::<f32> {
        class_weights: Some(vec![0.0, 0.375]),
        z_loss: 4.0,
        ..Case::plain(&[5.960703e-39, f64::NEG_INFINITY], 0)
    });
}

/// What the bends add to the denominator is of both signs, and cancels.
#[test]
fn factors_where_bends_cancel() {
    let logits = [
        1.184604566386785e-309,
        0.0,
        0.0,
        0.0,
        1.3125,
        -16.07843137254902,
        -80.39215686274511,
    ];
    factors(&Case::<f64> {
        softcap: Some(20.0),
        temperature: 5.0,
        ..Case::plain(&logits, 0)
    });
}

/// The two triangles add numbers here that are 180 times what is left of them.
#[test]
fn factors_solve_where_what_the_triangles_add_cancels() {
    let logits = [
        0.25,
        22.755555550257366,
        3.7e-310,
        0.0,
        0.0,
        -4.75,
        0.0,
        0.0,
    ];
    solves(&Case::<f64>::plain(&logits, 0));
    let tied = [
        -2.9375, -2.9375, 2.5625, 8.560442, 8.560442, -3.125, 0.0, 0.0,
    ];
    solves(&Case::<f32>::plain(&tied, 5));
}

/// Equal classes have the pivots p (n - 1 - j) / (n - j): two roundings of p, three of its sum, which in
/// one word alone would have hundreds, and two of the ratio.
#[test]
fn pivots_of_long_rows() {
    let n = 3001;
    let case = Case::<f32>::plain(&vec![0.0; n], 0);
    let mut workspace = Vec::new();
    let hessian = case.hessian(&mut workspace);
    let (mut of_factor, mut pivots) = (zeros::<f32>(n), zeros::<f32>(n));
    let factor = hessian.factor(&mut of_factor).unwrap();
    factor.pivots(&mut pivots).unwrap();
    let number = |n: usize| Wide::from(n as f64);
    for (j, &pivot) in pivots.iter().enumerate() {
        let exact = number(n - 1 - j) / number(n - j) / number(n);
        assert!(ulps(pivot, exact) <= 8.0, "{j}: {pivot}");
    }
}
