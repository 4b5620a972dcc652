//! Numbers at the ends of the type under options.

use surprisal::CrossEntropy;

use super::common::backends;

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

#[test]
fn weighted_losses_beyond_the_type_are_infinite() {
    for backend in backends() {
        for weight in [3.125, 1e30] {
            let (weights, mut losses) = ([weight], [0.0]);
            CrossEntropy::new()
                .backend(backend)
                .row_weights(&weights)
                .losses(&[0.0, -f32::MAX], 2, &[1], &mut losses)
                .unwrap();
            assert_eq!(losses, [f32::INFINITY], "{backend}");
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
