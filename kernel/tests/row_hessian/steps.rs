//! Newton and Levenberg-Marquardt steps.

use surprisal_reference::Wide;

use crate::{
    common::Real,
    rows::{Case, assert_close, cases, wide, zeros},
    solves::least,
};

/// The exact gradient, of which the solve is not more than a rounding of what cancels.
pub(crate) fn steps<T: Real>(case: &Case<T>) {
    let (n, objective) = (case.n(), case.objective());
    if case.softcap.is_some() || case.inner(&objective) <= Wide::ZERO {
        return;
    }
    let mut workspace = Vec::new();
    let hessian = case.hessian(&mut workspace);
    let dense = case.dense(&objective);
    let is_plain = case.probabilities.is_none()
        && case.label_smoothing == 0.0
        && case.z_loss == 0.0
        && case.temperature == 1.0;
    let is_masked = objective.softmax().probability(case.label) == Wide::ZERO;
    // 2 k z' times what a log-sum-exp below the normal numbers lost.
    let lost = (case.outer(&objective) * Wide::from(case.temperature)).scale(T::E_MIN);
    for (i, &entry) in hessian.gradient().iter().enumerate() {
        assert_close(
            &("gradient", i, case),
            entry,
            objective.gradient(i),
            objective.gradient_bound(i) + lost,
            8.0,
        );
    }
    let p = |i: usize| objective.softmax().probability(i);
    let g: Vec<Wide> = (0..n).map(|i| objective.gradient(i)).collect();
    for lambda in [0.0, 1e-30, 1e-14, 1e-3, 1e3] {
        let lambda_t = T::round(lambda);
        let lambda: f64 = lambda_t.into();
        let mut step = zeros::<T>(n);
        let d = |i: usize| case.inner(&objective) * p(i) + Wide::from(lambda);
        if lambda == 0.0 {
            if !is_plain || is_masked {
                continue;
            }
            hessian.newton_step(&mut step).unwrap();
        } else {
            hessian
                .levenberg_marquardt_step(lambda_t, &mut step)
                .unwrap();
        }
        let exact: Vec<Wide> = if lambda == 0.0 {
            // (e_y - 1 / n) / p_y on the classes that are not masked.
            let n_counting = Wide::from((0..n).filter(|&i| p(i) > Wide::ZERO).count() as f64);
            let entry = |i: usize| {
                let own = if i == case.label {
                    n_counting - Wide::ONE
                } else {
                    -Wide::ONE
                };
                if p(i) > Wide::ZERO {
                    own / n_counting / p(case.label)
                } else {
                    Wide::ZERO
                }
            };
            (0..n).map(entry).collect()
        } else {
            let sum = (case.z_loss == 0.0).then_some(Wide::ZERO);
            let solution = case.exact_solution(&dense, &objective, lambda, &g, sum);
            solution.into_iter().map(|x| -x).collect()
        };
        // What a step makes of the smallest normal number, as solves may lose it, in every entry of its
        // gradient.
        let of_least = if is_plain {
            vec![Wide::ZERO; n]
        } else {
            let least = vec![least::<T>(&objective); n];
            case.exact_solution(&dense, &objective, lambda, &least, None)
        };
        let mut noise = Wide::ZERO;
        for i in 0..n {
            // Nothing cancels for a plain label; elsewhere terms of the solve do, and the gradient
            // has been rounded, as a normal number or to a subnormal one.
            let bound = if is_plain {
                exact[i].abs()
            } else {
                let s: Wide = (0..n).map(|k| p(k) / d(k)).sum();
                let t: Wide = (0..n).map(|k| objective.gradient_bound(k) / d(k)).sum();
                let least = least::<T>(&objective) / d(i) + of_least[i].abs();
                objective.gradient_bound(i) / d(i) + p(i) / d(i) / s * t + exact[i].abs() + least
            };
            assert_close(&("step", lambda, i, case), step[i], exact[i], bound, 32.0);
            noise = noise + bound.scale(5 - T::PRECISION) * g[i].abs();
        }
        // Down the objective: the derivative along the step is not positive, but for what the step
        // errs by, which is all there is of it where the gradient is zero.
        let slope: Wide = wide(&step).iter().zip(&g).map(|(&s, &g)| s * g).sum();
        assert!(slope <= noise, "{case:?}");
    }
}

#[test]
fn steps_are_solutions_for_the_gradient() {
    cases::<f32>().iter().for_each(steps);
    cases::<f64>().iter().for_each(steps);
}

/// Targets that are the probabilities: the gradient, and the step, are what was rounded off.
#[test]
fn a_step_where_the_gradient_is_zero() {
    let probabilities = [[0.875; 4].as_slice(), [3.0; 6].as_slice()].concat();
    steps::<f32>(&Case {
        probabilities: Some(probabilities),
        label_smoothing: 1.0,
        temperature: 2.0,
        ..Case::plain(&[5.5; 10], 9)
    });
}

/// A z-loss of next to nothing is not lost.
#[test]
fn the_gradient_of_a_z_loss_near_zero() {
    steps::<f64>(&Case {
        z_loss: 0.03125,
        ..Case::plain(&[1.778320747853803e-307], 0)
    });
}

/// The factor's columns, each class drawn in proportion to its probability, make up the Hessian
/// exactly.
#[test]
fn columns_drawn_evenly_are_a_factor() {
    let logits = [
        8.0_f64.ln(),
        4.0_f64.ln(),
        3.0_f64.ln(),
        f64::NEG_INFINITY,
        0.0,
    ];
    let loss = surprisal::CrossEntropy::new().z_loss(0.25);
    let mut workspace = [0.0; 20];
    let hessian = loss.row_hessian(&logits, 0, &mut workspace).unwrap();
    // Sixteen columns, which the numbers in the middle of sixteenths give their shares.
    let mut numbers = (0..16).map(|i| (f64::from(i) + 0.5) / 16.0);
    let mut columns = [0.0; 80];
    hessian
        .monte_carlo_factor(|| numbers.next().unwrap(), &mut columns)
        .unwrap();
    let mut dense = [0.0; 25];
    hessian.dense(&mut dense).unwrap();
    for i in 0..5 {
        for j in 0..5 {
            let sum: f64 = columns.chunks(5).map(|f| f[i] * f[j]).sum();
            assert!((sum - dense[i * 5 + j]).abs() < 1e-14, "{i} {j} {sum}");
        }
    }
}

/// Each class has its part of [0, 1), in order and with its lower end. Of so many, a sum in this
/// precision alone would be off by several.
#[test]
fn classes_are_drawn_where_the_number_is() {
    let drawn = |logits: &[f64], number: f64| {
        let case = Case::<f32>::plain(logits, 0);
        let mut workspace = Vec::new();
        let mut column = zeros::<f32>(logits.len());
        let hessian = case.hessian(&mut workspace);
        hessian.monte_carlo_factor(|| number, &mut column).unwrap();
        column.iter().position(|&entry| entry < 0.0)
    };
    assert_eq!(drawn(&[0.0; 2], 0.5), Some(1));
    let equal = vec![0.0; 30_001];
    for class in (0..equal.len()).step_by(1009) {
        let middle = (class as f64 + 0.5) / equal.len() as f64;
        assert_eq!(drawn(&equal, middle), Some(class));
    }
}

/// Half the logit is no number of the type.
#[test]
fn gradients_of_a_log_sum_exp_below_the_normal_numbers() {
    steps(&Case::<f64> {
        probabilities: Some(vec![0.0]),
        row_weight: [2.5],
        z_loss: 4.0,
        temperature: 2.0,
        ..Case::plain(&[9983.0 * 5e-324], 0)
    });
}

/// The gradient is 2e-316 and less, and its quotient by an entry of D of 15 is multiplied by 15 over 1e-5.
#[test]
fn steps_of_a_gradient_below_the_normal_numbers() {
    steps(&Case::<f64> {
        probabilities: Some(vec![3.875]),
        class_weights: Some(vec![3.875]),
        row_weight: [3.875],
        label_smoothing: 0.25,
        z_loss: 1e-6,
        ..Case::plain(&[1.2627814e-317], 0)
    });
}
