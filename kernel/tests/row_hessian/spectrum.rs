//! Eigenvalues by Sylvester's law of inertia, eigenvectors by H v = mu v.

use surprisal::row_hessian::Spectrum;
use surprisal_reference::{Objective, Wide};

use crate::{
    common::Real,
    rows::{Case, cases, exactly, wide, zeros},
};

/// Units of roundoff of an eigenvalue: 16 of the solver (whose own tests have the reason), 4 of a
/// probability, and of what a and k are made of.
const UNITS: f64 = 32.0;

/// Of an entry of H v - mu v, and of a product of two vectors, where no sum has more than twelve
/// terms.
const VECTOR_UNITS: f64 = 64.0;

/// Number of eigenvalues below x without a softcap: those of a diag p, and one more (or, where
/// c = a - 2 k is negative, less) where the secular function is negative, of which sum p = 1
/// makes a sum without cancellation.
fn count_below<T: Real>(case: &Case<T>, objective: &Objective, x: Wide) -> usize {
    let (a, outer) = (case.inner(objective), case.outer(objective));
    let p = |i| objective.softmax().probability(i);
    let below = (0..case.n()).filter(|&i| a * p(i) < x).count();
    let term = |i| p(i) * (outer * p(i) - x) / (a * p(i) - x);
    let is_negative = (0..case.n()).map(term).sum::<Wide>() < Wide::ZERO;
    match (is_negative, a < outer) {
        (false, _) => below,
        (true, false) => below + 1,
        (true, true) => below - 1,
    }
}

pub(crate) fn check<T: Real>(case: &Case<T>) {
    let (n, objective) = (case.n(), case.objective());
    let (mut workspace, mut more) = (Vec::new(), zeros(Spectrum::<T>::workspace_len(n)));
    let hessian = case.hessian(&mut workspace);
    let spectrum = hessian.spectrum(&mut more).unwrap();
    let mut values = zeros::<T>(n);
    spectrum.eigenvalues(&mut values).unwrap();
    assert!(values.is_sorted(), "{case:?}: {values:?}");

    let entries: Vec<Vec<Wide>> = (0..n)
        .map(|i| (0..n).map(|j| objective.hessian(i, j)).collect())
        .collect();
    // Of diag(d) and c u u^T; slopes are not larger than without a softcap, bends smaller.
    let size = case.inner(&objective).abs() + case.outer(&objective);
    let trace: Wide = (0..n).map(|i| entries[i][i]).sum();
    let sum: Wide = wide(&values).into_iter().sum();
    assert_wide_close::<T>(("trace", case), sum, trace, size);
    // The relative error is bounded where all is positive.
    let is_definite = case.softcap.is_none() && case.inner(&objective) > Wide::ZERO;

    let mut vectors: Vec<Vec<Wide>> = Vec::new();
    for (k, &value) in values.iter().enumerate() {
        let mut vector = zeros::<T>(n);
        assert_eq!(spectrum.eigenvalue(k).unwrap(), value);
        assert_eq!(spectrum.eigenvector(k, &mut vector).unwrap(), value);
        let (vector, value) = (wide(&vector), exactly(value));
        for (i, row) in entries.iter().enumerate() {
            let product: Wide = row.iter().zip(&vector).map(|(&h, &v)| h * v).sum();
            assert_wide_close::<T>(("H v", k, i, case), product, value * vector[i], size);
        }
        vectors.push(vector);

        if case.softcap.is_some() || size == Wide::ZERO {
            continue;
        }
        let bound = if is_definite { value.abs() } else { size };
        let smallest = Wide::ONE.scale(T::E_MIN - T::PRECISION);
        let tolerance = Wide::from(UNITS) * (bound.scale(-T::PRECISION) + smallest);
        let (low, high) = (value - tolerance, value + tolerance);
        assert!(
            count_below(case, &objective, low) <= k,
            "{k} is too large: {values:?} {case:?}"
        );
        assert!(
            count_below(case, &objective, high) > k,
            "{k} is too small: {values:?} {case:?}"
        );
        if is_definite && case.z_loss == 0.0 {
            let n_masked = case.logits.iter().filter(|z| !z.is_finite()).count();
            assert_eq!(value == Wide::ZERO, k <= n_masked, "{k}: {case:?}");
        }
    }
    // Of a matrix that is next to nothing, but not nothing, squares of what it is made of are below the
    // smallest number, and poles cannot be told apart.
    let largest = (0..n).map(|i| entries[i][i].abs());
    let largest = largest.fold(Wide::ZERO, |a, b| if a < b { b } else { a });
    let normal = Wide::ONE.scale(T::E_MIN + T::PRECISION);
    let is_next_to_nothing = largest > Wide::ZERO && largest < normal;
    // Nor where an entry of the diagonal has lost digits below the normal numbers, or all of them and
    // its class has others.
    let smallest = Wide::ONE.scale(T::E_MIN - T::PRECISION);
    let digits_are_lost = (0..n).any(|i| {
        let entry = entries[i][i].abs();
        let beside = objective.softmax().probability(i) * objective.slope(i);
        let is_subnormal = entry > Wide::ZERO && entry < Wide::ONE.scale(T::E_MIN);
        is_subnormal && (entry >= smallest || beside >= smallest)
    });
    if case.softcap.is_some() && (is_next_to_nothing || digits_are_lost) {
        return;
    }
    for (i, a) in vectors.iter().enumerate() {
        for (j, b) in vectors[..=i].iter().enumerate() {
            let dot: Wide = a.iter().zip(b).map(|(&a, &b)| a * b).sum();
            let expected = if i == j { Wide::ONE } else { Wide::ZERO };
            assert_wide_close::<T>(("v.w", i, j, case), dot, expected, Wide::ONE);
        }
    }
}

#[track_caller]
fn assert_wide_close<T: Real>(what: impl std::fmt::Debug, actual: Wide, exact: Wide, bound: Wide) {
    let smallest = Wide::ONE.scale(T::E_MIN - T::PRECISION);
    let allowed = Wide::from(VECTOR_UNITS) * (bound.scale(-T::PRECISION) + smallest);
    let (error, size) = ((actual - exact).abs().to_f64(), allowed.to_f64());
    assert!(
        error <= size,
        "{what:?}: {} {error:e} {size:e}",
        actual.to_f64()
    );
}

#[test]
fn spectra_are_those_of_the_matrix_in_f32() {
    cases::<f32>().iter().for_each(check);
}

#[test]
fn spectra_are_those_of_the_matrix_in_f64() {
    cases::<f64>().iter().for_each(check);
}

/// Under a softcap the label's class may be a pole of its own, of next to no weight: u is as small as
/// its probability, d as large as the others'. Where another eigenvalue is near, the weight is all
/// that the two are told apart by.
#[test]
fn eigenvectors_of_poles_without_weight_are_orthogonal() {
    check(&Case::<f64> {
        probabilities: Some(vec![1.25, 2.75, 2.375]),
        class_weights: Some(vec![3.375, 3.625, 2.625]),
        z_loss: 1e-6,
        softcap: Some(20.0),
        temperature: 1.25,
        ..Case::plain(&[0.0, -82.96470588235294, -82.96470588235296], 0)
    });
    check(&Case::<f64> {
        label_smoothing: 1.0,
        softcap: Some(1.5),
        temperature: 2.0,
        ..Case::plain(
            &[
                -2.0426526101035687e-53,
                -20.23529411764706,
                f64::NEG_INFINITY,
                f64::NEG_INFINITY,
                11.031553129355112,
                -26.859493951002758,
                -26.859493951002765,
                4.125,
                33.15348070859909,
                -6.4375,
                -8.229370057582855,
            ],
            1,
        )
    });
    // Two classes on both sides of 0, whose diagonal entries are the same.
    for label in [0, 1] {
        let case = Case::<f64> {
            softcap: Some(50.0),
            ..Case::plain(&[40.0, -40.0], label)
        };
        check(&case);
        check(&Case::<f32> {
            softcap: Some(50.0),
            ..Case::plain(&[40.0, -40.0], label)
        });
    }
}

/// Under a large z-loss the class of a subnormal probability is a pole whose weight is not a number that
/// a step could be found with.
#[test]
fn an_eigenvalue_at_the_pole_of_a_subnormal_probability() {
    check(&Case::<f32> {
        class_weights: Some(vec![3.375, 3.75, 0.0, 0.625, 0.125, 2.5, 0.125, 3.25]),
        row_weight: [3.875],
        label_smoothing: 0.125,
        z_loss: 4.0,
        ..Case::plain(&[0.0, -86.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], 3)
    });
}

/// The entry of the pole's class overflows beside the others' before the vector has its length.
#[test]
fn an_eigenvector_next_to_the_pole_of_a_subnormal_entry() {
    check(&Case::<f32> {
        probabilities: Some(vec![2.0, 0.0, 1.125]),
        class_weights: Some(vec![0.0, 0.0, 0.0]),
        row_weight: [1.625],
        label_smoothing: 0.5,
        z_loss: 0.0625,
        ..Case::plain(&[-47.592155, 0.0, f64::NEG_INFINITY], 0)
    });
}

/// An entry of the diagonal is 4e-42 here, three digits of an `f32`, beside 1e-28.
#[test]
fn spectra_where_the_diagonal_is_subnormal() {
    let logits = [
        -72.67451,
        -68.49412,
        -72.67451,
        -36.015686,
        -62.384315,
        -72.67451,
        -48.235294,
        f64::NEG_INFINITY,
    ];
    check(&Case::<f32> {
        probabilities: Some(vec![0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.0, 0.25]),
        softcap: Some(1.5),
        temperature: 1.25,
        ..Case::plain(&logits, 4)
    });
}

/// The gradient cancels in all classes but one here, so that the diagonal is 1e-55 where the entries
/// beside it are of products of 3e-37.
#[test]
fn spectra_where_the_diagonal_is_lost() {
    let logits = [
        -72.03137,
        -31.513725,
        -72.67451,
        -72.67451,
        -62.384315,
        -72.67451,
        -72.67451,
        -72.67451,
        -72.67451,
        -48.235294,
        f64::NEG_INFINITY,
    ];
    let mut probabilities = vec![0.25; 11];
    probabilities[9] = 0.0;
    check(&Case::<f32> {
        probabilities: Some(probabilities),
        softcap: Some(1.5),
        temperature: 1.25,
        ..Case::plain(&logits, 6)
    });
}
