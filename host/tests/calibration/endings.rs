//! What has no minimum, and what is refused.

use surprisal_host::{
    Batch, Calibration, CalibrationOptions, Ending, Error, Method, Objective, Smoothing,
};

use crate::{batch, converged, data, options, plain};

#[test]
fn what_has_no_minimum() {
    let ending = |batch: &Batch<f64>, method, l2| {
        let calibrated = batch
            .calibrate(&CalibrationOptions {
                l2,
                ..options(method)
            })
            .unwrap();
        assert_eq!((&calibrated.calibration, &calibrated.after), (&None, &None));
        calibrated.ending
    };
    // All right, once with a tie; a smoothed target wants no certainty.
    let right = [3.0, 0.0, 1.0, 1.0];
    let batch_of_right = plain(&right, 2, &[0, 1]);
    assert_eq!(
        ending(&batch_of_right, Method::Temperature, 1.0),
        Ending::TemperatureToZero
    );
    let smoothed = Objective {
        label_smoothing: Some(Smoothing::OverAll(0.1)),
        ..Objective::default()
    };
    let calibrated = batch(&right, 2, &[0, 1], smoothed).calibrate(&options(Method::Temperature));
    converged(&calibrated.unwrap());
    // As often right as wrong, and more often wrong.
    for labels in [&[0, 1, 0, 1][..], &[1, 1, 0, 1]] {
        let wrong = plain(&[2.0, 0.0].repeat(4), 2, labels);
        assert_eq!(
            ending(&wrong, Method::Temperature, 1.0),
            Ending::TemperatureToInfinity
        );
    }
    // Class 1 has the logits below 0, though class 0 overlaps with class 2.
    let logits = [
        [1.0, -1.0, 0.0],
        [0.0, -2.0, 1.0],
        [1.0, 0.5, 0.0],
        [0.0, 0.5, 1.0],
        [1.0, 0.5, 0.0],
        [0.0, 0.5, 1.0],
    ];
    let separable = plain(logits.as_flattened(), 3, &[1, 1, 0, 0, 2, 2]);
    assert_eq!(
        ending(&separable, Method::Vector, 0.0),
        Ending::Separable { class: 1 }
    );
    converged(&separable.calibrate(&options(Method::Vector)).unwrap());
    // Logits of each class overlap, together they tell: label 0 where x_0 + x_1 is above 3.
    let logits = [
        [4.0, 0.0],
        [0.0, 4.0],
        [2.5, 2.5],
        [2.0, 0.0],
        [0.0, 2.0],
        [1.0, 1.0],
    ];
    let together = plain(logits.as_flattened(), 2, &[0, 0, 0, 1, 1, 1]);
    assert_eq!(ending(&together, Method::Vector, 0.0), Ending::Unbounded);
    let limited = CalibrationOptions {
        max_iterations: 1,
        ..options(Method::Vector)
    };
    let calibrated = data("digits").calibrate(&limited).unwrap();
    assert_eq!(
        (calibrated.ending, calibrated.iterations),
        (Ending::IterationLimit, 1)
    );
}

/// With no information in the logits the probabilities are the shares of the labels.
#[test]
fn biases_without_a_penalty() {
    let batch = plain(&[0.0; 7 * 4], 4, &[0, 0, 0, 0, 2, 2, 1]);
    let options = CalibrationOptions {
        l2: 0.0,
        ..options(Method::Bias)
    };
    let calibrated = batch.calibrate(&options).unwrap();
    let Calibration::Bias { biases } = converged(&calibrated) else {
        panic!("{calibrated:?}");
    };
    let ln_2 = std::f64::consts::LN_2;
    for (bias, expected) in biases.iter().zip([ln_2, -ln_2, 0.0]) {
        assert!((bias - expected).abs() < 1e-9, "{bias}, {expected}");
    }
    assert_eq!(biases[3], f64::NEG_INFINITY);

    // All labels are ahead of the other class, by 3 and by 2; biases make that the same.
    let ahead = plain(&[3.0, 0.0, 0.0, 2.0], 2, &[0, 1]);
    let calibrated = ahead.calibrate(&options).unwrap();
    let Calibration::Bias { biases } = converged(&calibrated) else {
        panic!("{calibrated:?}");
    };
    assert!((biases[0] + 0.25).abs() < 1e-9 && (biases[1] - 0.25).abs() < 1e-9);
}

#[test]
fn what_is_refused() {
    let refused = |batch: &Batch<f64>, options| batch.calibrate(&options).unwrap_err().to_string();
    let ok = plain(&[1.0, 0.0, 0.0, 1.0], 2, &[0, 0]);
    let vector = options(Method::Vector);
    for (options, message) in [
        (
            CalibrationOptions { l2: -1.0, ..vector },
            "l2 is -1.0, must be from 0 to 1e30",
        ),
        (
            CalibrationOptions {
                holdout: 1.0,
                ..vector
            },
            "holdout is 1.0, must be from 0 to below 1",
        ),
        (
            CalibrationOptions {
                tolerance: 0.0,
                ..vector
            },
            "tolerance is 0.0, must be from 1e-16 to 1",
        ),
        (
            CalibrationOptions {
                holdout: 0.1,
                ..vector
            },
            "labels: no row counts with a weight above 0, there is nothing to fit",
        ),
    ] {
        assert_eq!(refused(&ok, options), message);
    }
    let no_number = plain(&[1.0, 0.0, 0.0, f64::NAN], 2, &[0, 0]);
    assert_eq!(
        refused(&no_number, vector),
        "logits: row 1 has NaN at class 1, must be finite, or -inf where it is not the label"
    );
    let objective = Objective {
        softcap: Some(30.0),
        ..Objective::default()
    };
    let capped = batch(&[1.0, 0.0], 2, &[0], objective);
    assert!(refused(&capped, vector).contains("softcap"));
    let calibration = Calibration::Bias {
        biases: vec![0.0; 3],
    };
    let error = calibration.apply(ok.logits(), |_| Ok(())).unwrap_err();
    assert!(matches!(error, Error::CountDiffers { .. }), "{error}");
}
