//! Rows that are not ordinary.

use surprisal::{
    CrossEntropy, Definiteness, Denominator, Reduction, RowHessian, row_hessian::Spectrum,
};

/// Every output of a row whose operations do not fail.
fn outputs(hessian: &RowHessian<'_, f64>, lambda: f64) -> Vec<f64> {
    let n = hessian.n_classes();
    let v: Vec<f64> = (0..n).map(|i| i as f64 - 1.0).collect();
    let mut all = hessian.gradient().to_vec();
    let mut take = |len: usize, write: &dyn Fn(&mut [f64])| {
        let mut out = vec![7.0; len];
        write(&mut out);
        all.append(&mut out);
    };
    take(n, &|out| hessian.diagonal(out).unwrap());
    take(n * n, &|out| hessian.dense(out).unwrap());
    take(n, &|out| hessian.product(&v, out).unwrap());
    take(n, &|out| hessian.root_product(&v, out).unwrap());
    take(n, &|out| hessian.root_transposed_product(&v, out).unwrap());
    take(n, &|out| hessian.pseudo_inverse_product(&v, out).unwrap());
    take(n, &|out| hessian.newton_step(out).unwrap());
    take(n, &|out| {
        hessian.levenberg_marquardt_step(lambda, out).unwrap();
    });
    take(n, &|out| hessian.monte_carlo_factor(|| 0.5, out).unwrap());
    take(n, &|out| {
        let mut tails = vec![0.0; n];
        let factor = hessian.factor(&mut tails).unwrap();
        factor.pivots(out).unwrap();
    });
    take(n, &|out| {
        let mut workspace = vec![0.0; Spectrum::<f64>::workspace_len(n)];
        let spectrum = hessian.spectrum(&mut workspace).unwrap();
        spectrum.eigenvalues(out).unwrap();
        // Vectors have the length 1 even where the matrix is 0.
        let mut vector = vec![7.0; n];
        for (k, value) in out.iter().enumerate() {
            spectrum.eigenvector(k, &mut vector).unwrap();
            assert!(vector.iter().all(|v| v.is_nan() == value.is_nan()));
        }
    });
    let (lower, upper) = hessian.largest_eigenvalue_bounds();
    let quadratic = hessian.quadratic_form(&v).unwrap();
    all.extend([
        lower,
        upper,
        quadratic,
        hessian.trace(),
        hessian.frobenius_norm(),
    ]);
    all
}

#[test]
fn ignored_rows_have_the_hessian_zero() {
    let mut workspace = [5.0; 12];
    let loss = CrossEntropy::new().ignore_label(-100);
    for logits in [[1.0, 2.0, 3.0], [f64::NAN, 1.0, f64::INFINITY]] {
        for loss in [loss, loss.softcap(3.0), loss.z_loss(0.5)] {
            let hessian = loss.row_hessian(&logits, -100, &mut workspace).unwrap();
            assert!(outputs(&hessian, 0.5).iter().all(|&x| x == 0.0));
            assert_eq!(hessian.definiteness(), Definiteness::Semidefinite);
            let mut x = [0.0; 3];
            hessian
                .damped_solve(0.5, &[1.0, 2.0, -4.0], &mut x)
                .unwrap();
            assert_eq!(x, [2.0, 4.0, -8.0]);
            assert_eq!(hessian.log_determinant(2.0).unwrap(), 8.0_f64.ln());
            assert_eq!(hessian.log_pseudo_determinant().unwrap(), 0.0);
        }
    }
}

#[test]
fn rows_that_are_not_finite_are_nan() {
    let mut workspace = [5.0; 12];
    let masked = f64::NEG_INFINITY;
    for logits in [[1.0, f64::NAN, 3.0], [1.0, 2.0, f64::INFINITY], [masked; 3]] {
        for loss in [
            CrossEntropy::new(),
            CrossEntropy::new().row_weights(&[2.0]),
            CrossEntropy::new().label_smoothing(0.1),
        ] {
            let hessian = loss.row_hessian(&logits, 0, &mut workspace).unwrap();
            assert!(
                outputs(&hessian, 0.5).iter().all(|x| x.is_nan()),
                "{logits:?}"
            );
            let mut x = [0.0; 3];
            hessian
                .damped_solve(0.5, &[1.0, 2.0, -4.0], &mut x)
                .unwrap();
            assert!(x.iter().all(|x| x.is_nan()));
            assert!(hessian.log_determinant(2.0).unwrap().is_nan());
            assert!(hessian.log_pseudo_determinant().unwrap().is_nan());
        }
    }
}

#[test]
fn one_class_has_the_hessian_zero() {
    let mut workspace = [5.0; 4];
    let hessian = CrossEntropy::new()
        .row_hessian(&[3.0], 0, &mut workspace)
        .unwrap();
    // The column of the factor and the vector are zero too.
    assert!(outputs(&hessian, 0.5).iter().all(|&x| x == 0.0));
    let mut x = [0.0];
    hessian.damped_solve(0.5, &[1.0], &mut x).unwrap();
    assert!((x[0] - 2.0).abs() <= 2.0 * f64::EPSILON, "{x:?}");
}

/// A mean divides the one row as its weight multiplies it; powers of two exactly.
#[test]
fn reductions_divide_the_hessian_as_weights_multiply_it() {
    let logits = [0.5, -1.0, 2.0];
    let plain = CrossEntropy::new();
    let mean = |denominator| plain.reduction(Reduction::Mean(denominator));
    for (reduced, weighted) in [
        (mean(Denominator::Given(4.0)), plain.row_weights(&[0.25])),
        (
            mean(Denominator::Given(4.0)).row_weights(&[8.0]),
            plain.row_weights(&[2.0]),
        ),
        (mean(Denominator::Weight).row_weights(&[8.0]), plain),
        (
            mean(Denominator::Rows).row_weights(&[8.0]),
            plain.row_weights(&[8.0]),
        ),
        (
            mean(Denominator::Given(4.0)).label_smoothing(0.25),
            plain.label_smoothing(0.25).row_weights(&[0.25]),
        ),
    ] {
        let (mut one, mut other) = ([5.0; 12], [5.0; 12]);
        let reduced = reduced.row_hessian(&logits, 1, &mut one).unwrap();
        let weighted = weighted.row_hessian(&logits, 1, &mut other).unwrap();
        assert_eq!(outputs(&reduced, 0.5), outputs(&weighted, 0.5));
    }
}

/// What the rows of a batch are apart is nothing to the one row.
#[test]
fn the_stride_of_a_batch_is_not_of_one_row() {
    let logits = [0.5, -1.0, 2.0];
    let plain = CrossEntropy::new();
    for loss in [plain, plain.softcap(3.0)] {
        let (mut one, mut other) = ([5.0; 12], [5.0; 12]);
        let in_batch = loss
            .row_stride(5)
            .row_hessian(&logits, 1, &mut one)
            .unwrap();
        let alone = loss.row_hessian(&logits, 1, &mut other).unwrap();
        assert_eq!(in_batch.gradient(), alone.gradient());
        assert_eq!(in_batch.trace(), alone.trace());
    }
}

#[test]
fn half_precision_logits_are_computed_in_f32() {
    let halves = [1.5, -2.0, 0.25].map(surprisal::Bf16::from_f32);
    let (mut of_half, mut of_single) = ([0.0_f32; 12], [0.0_f32; 12]);
    let loss = CrossEntropy::new();
    let half = loss.row_hessian(&halves, 1, &mut of_half).unwrap();
    let single = loss
        .row_hessian(&[1.5_f32, -2.0, 0.25], 1, &mut of_single)
        .unwrap();
    assert_eq!(half.trace(), single.trace());
    assert_eq!(half.gradient(), single.gradient());
}
