//! What must hold for any row, whatever the values are.

use surprisal_reference::{
    Float, Row, Wide,
    tiers::{self, Case},
};

/// Sums over n classes of quotients by the same S, u = 2^-53: 3 u^2 for each term, and less than
/// 2^7 u^2 for the terms themselves, of the sum of their magnitudes.
fn assert_sum(what: &str, terms: &[Wide], expected: Wide) {
    let sum: Wide = terms.iter().copied().sum();
    let magnitude: Wide = terms.iter().map(|term| term.abs()).sum();
    let allowed = magnitude * Wide::from(3.0 * terms.len() as f64 + 128.0).scale(-106);
    assert!(
        (sum - expected).abs() <= allowed,
        "{what}: {sum:?}, not {expected:?}"
    );
}

fn check_row<T: Float>(case: &Case<T>) {
    let row = Row::new(&case.logits);
    let n = row.n_classes();
    let classes = || 0..n;

    let p: Vec<Wide> = classes().map(|j| row.probability(j)).collect();
    assert!(
        p.iter().all(|p| (Wide::ZERO..=Wide::ONE).contains(p)),
        "{case:?}"
    );
    assert_sum("probabilities", &p, Wide::ONE);
    for &j in &[0, n - 1, row.argmax()] {
        assert_sum(
            "p + (1 - p)",
            &[p[j], row.one_minus_probability(j)],
            Wide::ONE,
        );
    }
    let gradient: Vec<Wide> = classes().map(|j| row.gradient(case.label, j)).collect();
    assert_sum("gradient", &gradient, Wide::ZERO);
    assert!(row.loss(case.label) >= Wide::ZERO);
    // L = -ln p_y, read the other way round: relative to p, so an absolute error in L.
    let back = (-row.loss(case.label)).exp() / p[case.label];
    let allowed = (row.loss(case.label) + Wide::from(3.0 * n as f64 + 128.0)).scale(-105);
    if p[case.label] > Wide::ZERO {
        assert!(
            (back - Wide::ONE).abs() <= allowed,
            "e^-L = {back:?} p: {case:?}"
        );
    }

    let i = case.label;
    let of_hessian: Vec<Wide> = classes().map(|j| row.hessian(i, j)).collect();
    assert_sum("row of the Hessian", &of_hessian, Wide::ZERO);
}

/// H v by the entries of H against H v by the formula.
fn check_product<T: Float>(case: &Case<T>) {
    let row = Row::new(&case.logits);
    let n = row.n_classes();
    let vector: Vec<f64> = (0..n)
        .map(|j| 1e3 + ((j * 7919) % 13) as f64 / 3.0)
        .collect();
    let product = row.hessian_vector_product(&vector);
    let bound = row.hessian_vector_bound(&vector);
    for i in 0..n {
        let terms: Vec<Wide> = (0..n)
            .map(|j| row.hessian(i, j) * Wide::from(vector[j]))
            .collect();
        assert_sum("entry of H v", &terms, product[i]);
        assert!(product[i].abs() <= bound[i], "{case:?}");
    }
    // H 1 = 0, exactly: the vector is shifted by its own entry first.
    assert!(
        row.hessian_vector_product(&vec![0.3; n])
            .iter()
            .all(|&x| x == Wide::ZERO)
    );
}

fn check_type<T: Float>() {
    for tier in tiers::bulk::<T>() {
        tier.cases.iter().step_by(7).for_each(check_row);
        tier.cases
            .iter()
            .filter(|case| case.logits.len() <= 40)
            .step_by(53)
            .for_each(check_product);
    }
}

#[test]
fn rows_of_f32() {
    check_type::<f32>();
}

#[test]
fn rows_of_f64() {
    check_type::<f64>();
}

#[test]
fn a_product_by_hand() {
    // p = (1/2, 1/4, 1/4), v = (1, 2, 6), p.v = 2.5.
    let row = Row::new(&[std::f64::consts::LN_2, 0.0, 0.0]);
    let product = row.hessian_vector_product(&[1.0, 2.0, 6.0]);
    let bound = row.hessian_vector_bound(&[1.0, 2.0, 6.0]);
    // ln 2 is rounded, so p is as wrong as a double.
    for (actual, expected) in product.iter().zip([-0.75, -0.125, 0.875]) {
        assert!((actual.to_f64() - expected).abs() < 1e-15, "{actual:?}");
    }
    // v' = (0, 1, 5), its mean is 1.5.
    for (actual, expected) in bound.iter().zip([0.75, 0.625, 1.625]) {
        assert!((actual.to_f64() - expected).abs() < 1e-15, "{actual:?}");
    }
}
