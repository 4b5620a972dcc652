//! Numbers at the ends of the type under options.

use surprisal::CrossEntropy;
use surprisal_reference::{
    Objective, Options, Target,
    error_measure::{roundings, ulps},
};

use super::{INF, common::backends};

/// What a quotient of such a logit is rounded by is itself beyond what e^x can be computed of.
#[test]
fn logits_far_below_the_others_are_no_nan_under_a_temperature() {
    for backend in backends() {
        let loss = CrossEntropy::new().backend(backend).temperature(3.0);
        let (rows, mut losses) = ([1.0, -1e200, 1.0, -1e200], [0.0_f64; 2]);
        loss.losses(&rows, 2, &[0, 1], &mut losses).unwrap();
        assert_eq!(losses[0], 0.0, "{backend}");
        // 1e200 / 3.
        assert!(
            (losses[1] / 3.3333333333333333e199 - 1.0).abs() < 1e-15,
            "{losses:?}"
        );
    }
}

/// Logits of neighbouring numbers, whose quotients are so large that `f64` rounds off what tells them
/// apart: the losses are those of the same logits in `f64`, to the rounding.
#[test]
fn small_temperatures_leave_neighbours_apart() {
    let logits = [16777214.0_f32, 16777215.0];
    let as_doubles = logits.map(f64::from);
    for backend in backends() {
        for below in [80.3, 83.7, 86.1] {
            let loss = CrossEntropy::new()
                .backend(backend)
                .temperature(1.0 / below);
            let (mut losses, mut of_doubles) = ([0.0], [0.0]);
            loss.losses(&logits, 2, &[1], &mut losses).unwrap();
            loss.losses(&as_doubles, 2, &[1], &mut of_doubles).unwrap();
            let error = (f64::from(losses[0]) / of_doubles[0] - 1.0).abs();
            assert!(
                error <= f64::from(f32::EPSILON) / 2.0,
                "{backend}: {losses:?}, {of_doubles:?}"
            );
        }
    }
}

/// Logits of which the type has no others in between, where what a quotient by the temperature is
/// rounded by is as large as their differences are: 4 at 2^55, 2^48 at 1e30.
#[test]
fn differences_of_large_logits_are_those_of_the_logits() {
    for size in [
        2.0_f64.powi(21),
        2.0_f64.powi(55),
        2.0_f64.powi(60),
        1e30,
        1e200,
    ] {
        for top in [size, -size] {
            let steps = [0, 1, 3, 1, 0, 40];
            let logits = steps.map(|n| (0..n).fold(top, |z, _| z.next_down()));
            let ulp = top - top.next_down();
            for temperature in [0.3, 3.0, 7.0, ulp / 0.7, ulp / 30.0, ulp / 300.0] {
                let temperature = temperature.clamp(1e-30, 1e30);
                let options = Options {
                    temperature,
                    ..Options::default()
                };
                for label in [0, 1, 2] {
                    let exact = Objective::new(&logits, Target::Label(label), &options);
                    for backend in backends() {
                        let loss = CrossEntropy::new().backend(backend);
                        let loss = loss.temperature(temperature);
                        let (mut losses, mut gradients) = ([7.0], [7.0; 6]);
                        loss.losses_and_gradients(
                            &logits,
                            6,
                            &[label],
                            None,
                            &mut losses,
                            &mut gradients,
                        )
                        .unwrap();
                        let of_loss = ulps(losses[0], exact.loss());
                        let of_gradient = (0..6)
                            .map(|c| {
                                let bound = exact.gradient_bound(c);
                                roundings(gradients[c], exact.gradient(c), bound)
                            })
                            .fold(0.0, f64::max);
                        assert!(
                            of_loss <= 2.0 && of_gradient <= 2.0,
                            "{backend}, {top:e} over {temperature:e}, {label}: {losses:?} is \
                             {of_loss} off, {gradients:?} {of_gradient}"
                        );
                    }
                }
            }
        }
    }
}

/// What is a difference, a quotient or a part of a product may be beyond the type, and is not by
/// itself a reason for the result to be.
#[test]
fn the_largest_numbers_are_logits_under_a_temperature() {
    const MAX: f64 = f64::MAX;
    let ln_2 = core::f64::consts::LN_2;
    for (temperature, logits, label, expected, slope) in [
        // Frameworks mask with the lowest number.
        (2.0, [0.0, -MAX, 0.0], 0, ln_2, [-0.25, 0.0, 0.25]),
        (0.5, [0.0, -MAX, 0.0], 0, ln_2, [-1.0, 0.0, 1.0]),
        (2.0, [0.0, -MAX, 0.0], 1, MAX / 2.0, [0.25, -0.5, 0.25]),
        (0.5, [0.0, -MAX, 0.0], 1, INF, [1.0, -2.0, 1.0]),
        (2.0, [MAX, -MAX, MAX], 1, MAX, [0.25, -0.5, 0.25]),
        (0.5, [MAX, MAX / 2.0, MAX], 2, ln_2, [1.0, 0.0, -1.0]),
        (0.5, [MAX, MAX / 2.0, MAX], 1, MAX, [1.0, -2.0, 1.0]),
        (
            4.0,
            [MAX / 2.0, -MAX, -1.0],
            2,
            MAX / 8.0,
            [0.25, 0.0, -0.25],
        ),
        (
            0.25,
            [-MAX; 3],
            1,
            3.0_f64.ln(),
            [4.0 / 3.0, -8.0 / 3.0, 4.0 / 3.0],
        ),
        // Scaled down for the difference, it is beyond the type by the temperature alone.
        (
            1e-30,
            [1e300, 1e300, -1e300],
            1,
            ln_2,
            [0.5 / 1e-30, -0.5 / 1e-30, 0.0],
        ),
        (
            1e-30,
            [1e300, -1e300, 0.0],
            1,
            INF,
            [1.0 / 1e-30, -1.0 / 1e-30, 0.0],
        ),
        (
            64.0,
            [MAX, -MAX, 0.0],
            2,
            MAX / 64.0,
            [1.0 / 64.0, 0.0, -1.0 / 64.0],
        ),
    ] {
        for backend in backends() {
            let loss = CrossEntropy::new().backend(backend);
            let loss = loss.temperature(temperature);
            let (mut losses, mut gradients) = ([7.0], [7.0; 3]);
            loss.losses_and_gradients(&logits, 3, &[label], None, &mut losses, &mut gradients)
                .unwrap();
            assert_eq!(
                (losses, gradients),
                ([expected], slope),
                "{backend}: {logits:?} over {temperature}"
            );
        }
    }
}

/// k lse^2 is beyond the type, and 2 k lse is not.
#[test]
fn z_losses_beyond_the_type_are_infinite() {
    let power = |n| 2.0_f64.powi(n);
    for backend in backends() {
        let loss = CrossEntropy::new().backend(backend).z_loss(power(90));
        for (loss, gradients_expected) in [
            (loss, [power(691), -1.0]),
            (loss.label_smoothing(0.5), [power(691), -0.75]),
            (
                loss.target_probabilities(&[0.25, 0.75]),
                [power(691), -0.75],
            ),
            (loss.temperature(0.5), [power(693), -2.0]),
        ] {
            let (mut losses, mut gradients) = ([7.0], [7.0; 2]);
            loss.losses_and_gradients(
                &[power(600), 0.0],
                2,
                &[1],
                None,
                &mut losses,
                &mut gradients,
            )
            .unwrap();
            assert_eq!(
                (losses, gradients),
                ([INF], gradients_expected),
                "{backend}"
            );
        }
    }
}

#[test]
fn weighted_losses_beyond_the_type_are_infinite() {
    for backend in backends() {
        // 2^128 is beyond the type without its weight.
        let power = 2.0_f32.powi(127);
        for (weight, logits) in [
            (3.125, [0.0, -f32::MAX]),
            (1e30, [0.0, -f32::MAX]),
            (0.25, [power, -power]),
        ] {
            let (weights, mut losses) = ([weight], [0.0]);
            CrossEntropy::new()
                .backend(backend)
                .row_weights(&weights)
                .losses(&logits, 2, &[1], &mut losses)
                .unwrap();
            assert_eq!(losses, [f32::INFINITY], "{backend}: {logits:?} {weight}");
        }
    }
}

#[test]
fn large_losses_and_large_weights_multiply() {
    for backend in backends() {
        let loss = CrossEntropy::new().backend(backend);
        for (weight, logit) in [
            (0.5, -1.5e38),
            (1e30, -1e8),
            (2.0_f64.powi(99), -134217728.0),
        ] {
            let weights = [weight];
            let (loss, mut losses) = (loss.row_weights(&weights), [0.0]);
            loss.losses(&[0.0_f32, logit], 2, &[1], &mut losses)
                .unwrap();
            assert_eq!(losses, [(weight * f64::from(-logit)) as f32], "{backend}");
        }
    }
}

/// A softcap of logits next to zero is the logit, whose gradient under a z-loss of 1/2 is its
/// log-sum-exp, where there is one class.
#[test]
fn logits_below_the_normal_numbers_keep_their_digits_under_a_softcap() {
    for backend in backends() {
        let loss = CrossEntropy::new().backend(backend).softcap(30.0);
        for logit in [8.3e-322, -8.3e-322, 5e-324, 2.5e-308, 1e-300, -1e-16, 0.0] {
            let mut gradients = [1.0];
            loss.z_loss(0.5)
                .gradients(&[logit], 1, &[0], None, &mut gradients)
                .unwrap();
            assert_eq!(gradients, [logit], "{backend}");
        }
    }
}

/// A loss too small for the normal numbers is weighted before it is rounded.
#[test]
fn weights_lift_losses_out_of_the_subnormal_numbers() {
    for backend in backends() {
        let mut losses = [0.0_f32];
        CrossEntropy::new()
            .backend(backend)
            .row_weights(&[1e10])
            .losses(&[100.0_f32, 0.0], 2, &[0], &mut losses)
            .unwrap();
        // 1e10 e^-100, rounded.
        assert_eq!(losses, [3.720_076e-34]);
    }
}

/// Probabilities that are zero, rounded, times a weight or an upstream factor are not; of rows side by
/// side and others. Weights and upstream factors whose product is within the type.
#[test]
fn weights_lift_gradients_out_of_what_is_zero() {
    for exponent in [-90, -40, -26, -1, 0, 1, 2, 7, 25, 26, 27, 52, 99] {
        let row_weight = 1.3 * 2.0_f64.powi(exponent);
        let options = Options {
            row_weight,
            ..Options::default()
        };
        for (n, n_rows, upstream) in [
            (3, 33, 0_i32),
            (3, 33, 60.min(120 - exponent)),
            (3, 33, -120),
            (200, 2, 0),
            (200, 2, 100.min(120 - exponent)),
        ] {
            let mut logits = vec![-1000.0_f32; n * n_rows];
            for (row, logits) in logits.chunks_mut(n).enumerate() {
                let below = 2.0_f32.mul_add(row as f32, 66.0);
                logits[..3].copy_from_slice(&[0.0, -below, -below - 37.0]);
            }
            let (labels, weights) = (vec![0_u8; n_rows], vec![row_weight; n_rows]);
            let exact: Vec<_> = logits
                .chunks(n)
                .map(|row| {
                    let row: Vec<f64> = row.iter().map(|&z| z.into()).collect();
                    let objective = Objective::new(&row, Target::Label(0), &options);
                    [1, 2].map(|class| objective.gradient(class).scale(upstream.into()))
                })
                .collect();
            for (backend, sign) in backends().into_iter().flat_map(|b| [(b, 1.0), (b, -1.0)]) {
                let upstream = vec![sign * 2.0_f32.powi(upstream); n_rows];
                let mut gradients = vec![7.0; n * n_rows];
                CrossEntropy::new()
                    .backend(backend)
                    .row_weights(&weights[..])
                    .gradients(&logits, n, &labels, Some(&upstream), &mut gradients)
                    .unwrap();
                for (gradients, exact) in gradients.chunks(n).zip(&exact) {
                    for (&entry, &exact) in gradients[1..].iter().zip(exact) {
                        let error = ulps(sign * entry, exact);
                        assert!(
                            error <= 2.0,
                            "{backend}, {row_weight:e}: {entry:e}, {error} off"
                        );
                    }
                }
            }
        }
    }
}
