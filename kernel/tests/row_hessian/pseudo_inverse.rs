//! The pseudo-inverse and its determinant.

use surprisal_reference::{Wide, error_measure::ulps};

use crate::{
    common::Real,
    dense::over,
    rows::{Case, assert_close, cases, exactly, magnitudes, overflows, vector, wide, zeros},
    solves::{UNITS, ln_of_product},
};

/// The pseudo-inverse on the classes that count, by elimination of all but the last of them.
pub(crate) fn pseudo<T: Real>(case: &Case<T>) {
    let (n, objective) = (case.n(), case.objective());
    let is_indefinite = case.softcap.is_some() || case.inner(&objective) <= Wide::ZERO;
    if is_indefinite || case.has_next_to_no_diagonal(&objective) {
        return;
    }
    let mut workspace = Vec::new();
    let hessian = case.hessian(&mut workspace);
    let counts = |i: usize| objective.softmax().probability(i) > Wide::ZERO;
    let b = vector::<T>(n);
    let mut x = zeros::<T>(n);
    hessian.pseudo_inverse_product(&b, &mut x).unwrap();
    let n_counting = (0..n).filter(|&i| counts(i)).count();
    let number = Wide::from(n_counting as f64);
    let mean = |v: &[Wide]| (0..n).filter(|&i| counts(i)).map(|i| v[i]).sum::<Wide>() / number;
    let centred = |v: &[Wide]| {
        let mean = mean(v);
        (0..n)
            .map(|i| if counts(i) { v[i] - mean } else { Wide::ZERO })
            .collect::<Vec<_>>()
    };
    let dense = case.dense(&objective);
    let b = wide(&b);
    let last = (0..n).filter(|&i| counts(i)).max().unwrap();
    let (exact, determinant) = if case.z_loss == 0.0 {
        let leading = dense.without(last).ldl();
        let mut others = centred(&b);
        others.remove(last);
        let mut solution = leading.solve(&others);
        solution.insert(last, Wide::ZERO);
        // The product of the other eigenvalues is the sum of the principal minors, which are all
        // alike: n times this one.
        let pivots = leading
            .pivots
            .into_iter()
            .filter(|&pivot| pivot != Wide::ZERO);
        (centred(&solution), ln_of_product(pivots.chain([number])))
    } else {
        let ldl = dense.ldl();
        let pivots = ldl
            .pivots
            .iter()
            .copied()
            .filter(|&pivot| pivot != Wide::ZERO);
        let masked: Vec<Wide> = (0..n)
            .map(|i| if counts(i) { b[i] } else { Wide::ZERO })
            .collect();
        (dense.solve(&masked), ln_of_product(pivots))
    };
    let p = |i: usize| objective.softmax().probability(i);
    // Without a z-loss it is what is left of b without its mean that 1 / p multiplies.
    let divided = if case.z_loss == 0.0 {
        centred(&b)
    } else {
        b.clone()
    };
    let y: Vec<Wide> = magnitudes(&divided)
        .into_iter()
        .enumerate()
        .map(|(i, b)| over(b, case.inner(&objective) * p(i)))
        .collect();
    let size = mean(&y);
    // Means of b are rounded too, by what 1 / p multiplies; under a z-loss 1 / 2 k does.
    let largest = b.iter().map(|b| b.abs()).sum::<Wide>();
    let of_z_loss = over(largest, case.outer(&objective));
    let bound = |i: usize| {
        if counts(i) {
            y[i] + over(largest, case.inner(&objective) * p(i)) + size + of_z_loss
        } else {
            Wide::ZERO
        }
    };
    // What is divided by p is, before it is by a.
    let largest_factor = Wide::ONE + case.inner(&objective);
    if (0..n).any(|i| overflows::<T>(bound(i) * largest_factor)) {
        return;
    }
    for i in 0..n {
        assert_close(
            &("pseudo-inverse", i, case),
            x[i],
            exact[i],
            bound(i),
            UNITS,
        );
    }
    let actual: f64 = hessian.log_pseudo_determinant().unwrap().into();
    let unit = f64::powi(2.0, -(T::PRECISION as i32));
    let allowed = (16.0 * n as f64 + 2.0 * determinant.abs()) * unit + 1e-15 * n as f64;
    assert!(
        (actual - determinant).abs() <= allowed,
        "pseudo-determinant {actual} {determinant} {case:?}"
    );
}

#[test]
fn pseudo_inverses_are_those_of_elimination() {
    cases::<f32>().iter().for_each(pseudo);
    cases::<f64>().iter().for_each(pseudo);
}

/// Numbers whose parts' products are beyond the type.
#[test]
fn pseudo_inverses_of_next_to_impossible_classes() {
    for logit in [-76.0, -80.94118, -85.0] {
        pseudo::<f32>(&Case {
            row_weight: [64.0],
            ..Case::plain(&[logit, 0.0], 0)
        });
    }
    pseudo::<f64>(&Case::plain(&[-700.0, 0.0], 0));
}

/// The pseudo-inverse of one row times a vector.
fn product_with<T: Real>(vector: [T; 3]) -> [T; 3] {
    let case = Case::<T>::plain(&[0.0, 1.0, -2.0], 0);
    let mut workspace = Vec::new();
    let mut product = vector;
    case.hessian(&mut workspace)
        .pseudo_inverse_product(&vector, &mut product)
        .unwrap();
    product
}

/// Constant vectors are null vectors. The offsets take all digits but three of `f32` and two of `f64`:
/// a mean to twice the digits leaves less than an ulp of them, and the sums around it round thrice.
#[test]
fn pseudo_inverses_do_not_see_a_common_offset() {
    fn check<T: Real>(offset: f64) {
        let product = |offset: f64| product_with([1.0, 2.0, 4.0].map(|v| T::round(v + offset)));
        for (moved, expected) in product(offset).into_iter().zip(product(0.0)) {
            let error = ulps(moved, exactly(expected));
            assert!(error <= 4.0, "{moved:?} {expected:?}");
        }
    }
    check::<f32>(f64::powi(2.0, 20));
    check::<f64>(f64::powi(2.0, 50));
}

/// The scale of a vector is a factor of its product, whatever would overflow or be lost on the way.
#[test]
fn pseudo_inverses_scale_with_the_vector() {
    fn check<T: Real>(exponent: i32) {
        let product = |scale: f64| {
            product_with([1.0, 2.1, 4.7].map(|v| T::round(f64::from(v as f32) * scale)))
        };
        for scale in [exponent, -exponent].map(|exponent| f64::powi(2.0, exponent)) {
            for (scaled, plain) in product(scale).into_iter().zip(product(1.0)) {
                assert!(
                    exactly(scaled) == exactly(plain) * Wide::from(scale),
                    "{scaled:?} is not {plain:?} times {scale:e}"
                );
            }
        }
    }
    check::<f32>(104);
    check::<f64>(990);
}

/// The entry of the least probable class, of which the others have a third, is that of the mean of b.
#[test]
fn pseudo_inverses_of_a_mean_over_next_to_nothing() {
    let mut logits = [f64::NEG_INFINITY; 12];
    (logits[0], logits[1], logits[11]) = (-2.4375, -82.0, 0.0);
    pseudo::<f64>(&Case {
        row_weight: [2.625],
        ..Case::plain(&logits, 0)
    });
}
