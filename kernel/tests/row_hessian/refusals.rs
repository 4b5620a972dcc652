//! What is refused, and that nothing has been written then.

use surprisal::{CrossEntropy, Definiteness, Error, RowHessian, row_hessian::Spectrum};

#[test]
fn lengths_are_checked_by_name() {
    let mut workspace = [0.0; 13];
    let logits = [1.0, 2.0, 3.0];
    let loss = CrossEntropy::new();
    let short = loss
        .row_hessian(&logits, 0, &mut workspace[..11])
        .unwrap_err();
    assert_eq!(short, mismatch("workspace", 12, 11));
    assert_eq!(
        loss.row_hessian::<f64, i32>(&[], 0, &mut workspace)
            .unwrap_err(),
        Error::ZeroClasses
    );
    let label = loss.row_hessian(&logits, 3, &mut workspace).unwrap_err();
    assert_eq!(
        label,
        Error::LabelOutOfRange {
            row: 0,
            label: 3,
            n_classes: 3
        }
    );
    assert_eq!(workspace, [0.0; 13]);
}

/// The error of a slice of the wrong length.
fn mismatch(argument: &'static str, expected: usize, actual: usize) -> Error {
    Error::LengthMismatch {
        argument,
        expected,
        actual,
    }
}

#[test]
fn operations_check_their_lengths() {
    let mut workspace = [0.0; 12];
    let loss = CrossEntropy::new();
    let hessian = loss
        .row_hessian(&[1.0, 2.0, 3.0], 0, &mut workspace)
        .unwrap();
    let (mut two, mut three, mut six) = ([7.0; 2], [7.0; 3], [7.0; 6]);
    let refusals = [
        (hessian.diagonal(&mut two), mismatch("diagonal", 3, 2)),
        (hessian.dense(&mut six), mismatch("matrix", 9, 6)),
        (hessian.packed(&mut three), mismatch("packed", 6, 3)),
        (
            hessian.product(&[1.0; 2], &mut three),
            mismatch("vector", 3, 2),
        ),
        (
            hessian.product(&[1.0; 3], &mut two),
            mismatch("product", 3, 2),
        ),
        (
            hessian.products(&[1.0; 4], &mut six),
            mismatch("vectors", 6, 4),
        ),
        (
            hessian.products(&[1.0; 3], &mut six),
            mismatch("products", 3, 6),
        ),
        (
            hessian.quadratic_form(&[1.0; 2]).map(drop),
            mismatch("vector", 3, 2),
        ),
        (
            hessian.root_product(&[1.0; 2], &mut three),
            mismatch("vector", 3, 2),
        ),
        (
            hessian.root_transposed_product(&[1.0; 3], &mut two),
            mismatch("product", 3, 2),
        ),
        (
            hessian.factor(&mut two).map(drop),
            mismatch("workspace", 3, 2),
        ),
        (
            hessian.pseudo_inverse_product(&[1.0; 2], &mut three),
            mismatch("vector", 3, 2),
        ),
        (
            hessian.damped_solve(1.0, &[1.0; 2], &mut three),
            mismatch("right_hand_side", 3, 2),
        ),
        (
            hessian.damped_solve(1.0, &[1.0; 3], &mut two),
            mismatch("solution", 3, 2),
        ),
        (hessian.newton_step(&mut two), mismatch("step", 3, 2)),
        (
            hessian.levenberg_marquardt_step(1.0, &mut two),
            mismatch("step", 3, 2),
        ),
        (
            hessian.monte_carlo_factor(|| 0.5, &mut two),
            mismatch("columns", 3, 2),
        ),
    ];
    for (actual, expected) in refusals {
        assert_eq!(actual.unwrap_err(), expected);
    }
    let mut tails = [0.0; 3];
    let factor = hessian.factor(&mut tails).unwrap();
    assert_eq!(
        factor.pivots(&mut two).unwrap_err(),
        mismatch("pivots", 3, 2)
    );
    assert_eq!(
        factor.ldl(&mut three).unwrap_err(),
        mismatch("packed", 6, 3)
    );
    assert_eq!(
        factor.solve(&[1.0; 2], &mut three).unwrap_err(),
        mismatch("right_hand_side", 3, 2)
    );
    assert_eq!(
        factor.lower_product(&[1.0; 3], &mut two).unwrap_err(),
        mismatch("product", 3, 2)
    );
    assert_eq!((two, three, six), ([7.0; 2], [7.0; 3], [7.0; 6]));
}

#[test]
fn spectra_check_lengths_and_indices() {
    let mismatch = |argument, expected, actual| Error::LengthMismatch {
        argument,
        expected,
        actual,
    };
    let mut workspace = [0.0; RowHessian::<f64>::workspace_len(3)];
    let loss = CrossEntropy::new();
    let hessian = loss
        .row_hessian(&[1.0, 2.0, 3.0], 0, &mut workspace)
        .unwrap();
    let (mut two, mut three) = ([7.0; 2], [7.0; 3]);
    let error = hessian.spectrum(&mut two).map(drop).unwrap_err();
    assert_eq!(error, mismatch("workspace", 8, 2));
    let mut eight = [0.0; Spectrum::<f64>::workspace_len(3)];
    let spectrum = hessian.spectrum(&mut eight).unwrap();
    assert_eq!(
        spectrum.eigenvalues(&mut two).unwrap_err(),
        mismatch("eigenvalues", 3, 2)
    );
    assert_eq!(
        spectrum.eigenvector(0, &mut two).unwrap_err(),
        mismatch("vector", 3, 2)
    );
    let out_of_range = Error::OptionOutOfRange {
        option: "index",
        value: 3.0,
        allowed: "below the number of classes",
    };
    assert_eq!(spectrum.eigenvalue(3).unwrap_err(), out_of_range);
    assert_eq!(
        spectrum.eigenvector(3, &mut three).unwrap_err(),
        out_of_range
    );
    assert_eq!((two, three), ([7.0; 2], [7.0; 3]));
}

/// a = 1 + 2 k lse is 1 - 20 k.
#[test]
fn indefinite_hessians_say_so() {
    let logits = [-10.0_f64, -30.0];
    let mut workspace = [0.0; RowHessian::<f64>::workspace_len(2)];
    let loss = |k| CrossEntropy::new().z_loss(k);
    for (k, expected) in [
        (0.0, Definiteness::Semidefinite),
        (0.049, Definiteness::Definite),
        (0.051, Definiteness::Indefinite),
    ] {
        let hessian = loss(k).row_hessian(&logits, 0, &mut workspace).unwrap();
        assert_eq!(hessian.definiteness(), expected);
    }
    // A masked class has a row of zeros.
    let masked = [-10.0, f64::NEG_INFINITY];
    let hessian = loss(0.049).row_hessian(&masked, 0, &mut workspace).unwrap();
    assert_eq!(hessian.definiteness(), Definiteness::Semidefinite);
    // Under a softcap too, where a zero on the diagonal may be one that underflowed.
    let capped = CrossEntropy::new().softcap(20.0);
    let hessian = capped
        .row_hessian(&[2.0, f64::NEG_INFINITY], 0, &mut workspace)
        .unwrap();
    assert_eq!(hessian.definiteness(), Definiteness::Semidefinite);
    // Where lse is -1, a is 0 and with it diag(d), but u is not: it counts as indefinite.
    let hessian = loss(0.5)
        .row_hessian(&[-1.0, f64::NEG_INFINITY], 0, &mut workspace)
        .unwrap();
    assert_eq!(hessian.definiteness(), Definiteness::Indefinite);
    let loss = loss(0.051);
    let hessian = loss.row_hessian(&logits, 0, &mut workspace).unwrap();
    let mut out = [7.0; 2];
    let refused = |operation| Err(Error::Indefinite { operation });
    assert_eq!(
        hessian.root_product(&[1.0; 2], &mut out),
        refused("root_product")
    );
    assert_eq!(hessian.factor(&mut out).map(drop), refused("factor"));
    assert_eq!(hessian.newton_step(&mut out), refused("newton_step"));
    assert_eq!(
        hessian.pseudo_inverse_product(&[1.0; 2], &mut out),
        refused("pseudo_inverse_product")
    );
    assert_eq!(
        hessian.damped_solve(0.01, &[1.0; 2], &mut out),
        refused("damped_solve")
    );
    assert_eq!(
        hessian.monte_carlo_factor(|| 0.0, &mut out),
        refused("monte_carlo_factor")
    );
    assert_eq!(
        hessian.log_pseudo_determinant().map(drop),
        refused("log_pseudo_determinant")
    );
    assert_eq!(out, [7.0; 2]);
    // a p is -0.02 at its lowest.
    hessian.damped_solve(0.021, &[1.0; 2], &mut out).unwrap();
    assert!(hessian.log_determinant(0.021).is_ok());
}

#[test]
fn damping_must_be_finite_and_enough() {
    let mut workspace = [0.0; 8];
    let hessian = CrossEntropy::new()
        .row_hessian(&[1.0, 2.0], 0, &mut workspace)
        .unwrap();
    let mut out = [7.0; 2];
    for lambda in [f64::NAN, f64::INFINITY] {
        let error = hessian
            .damped_solve(lambda, &[1.0; 2], &mut out)
            .unwrap_err();
        assert!(
            matches!(
                error,
                Error::OptionOutOfRange {
                    option: "lambda",
                    ..
                }
            ),
            "{error}"
        );
    }
    for lambda in [0.0, -0.125] {
        let error = hessian
            .levenberg_marquardt_step(lambda, &mut out)
            .unwrap_err();
        assert_eq!(
            error,
            Error::Indefinite {
                operation: "levenberg_marquardt_step"
            }
        );
    }
    assert_eq!(out, [7.0; 2]);
    let capped = CrossEntropy::new().softcap(3.0);
    let hessian = capped.row_hessian(&[1.0, 2.0], 0, &mut workspace).unwrap();
    let error = hessian.monte_carlo_factor(|| 0.5, &mut out).unwrap_err();
    assert_eq!(
        error,
        Error::OptionUnsupported {
            option: "softcap",
            operation: "monte_carlo_factor"
        }
    );
}
