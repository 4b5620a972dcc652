//! What is refused before anything is fitted.

use std::num::NonZeroUsize;

use surprisal_host::{
    Error, Features, FitOptions, Labels, Objective, Regression, Role, Rows, Targets, Weights,
};

use crate::{options, plain, row_weights};

fn features() -> Features {
    Features::new(vec![1.0, 0.0, -1.0, 0.5, 0.25, 0.0], 3, 2).unwrap()
}

#[track_caller]
fn refused(labels: Vec<i64>, objective: Objective, options: FitOptions, message: &str) {
    let result = Regression::new(features(), Labels::from(labels), objective, options);
    assert_eq!(result.unwrap_err().to_string(), message);
}

#[test]
fn features_that_are_none() {
    let message = |result: Result<Features, Error>| result.unwrap_err().to_string();
    assert_eq!(
        message(Features::new(vec![0.0; 5], 3, 2)),
        "features has 5 elements, 6 are needed"
    );
    assert_eq!(
        message(Features::new(vec![0.0, 1.0, 2.0, f64::NAN], 2, 2)),
        "features: row 1 has NaN at column 1, must be finite"
    );
    assert_eq!(
        message(Features::new(vec![0.0, 1.0, f64::NEG_INFINITY], 1, 3)),
        "features: row 0 has -inf at column 2, must be finite"
    );
}

#[test]
fn labels_that_do_not_fit() {
    refused(
        vec![0, 1],
        plain(),
        options(1.0),
        "labels: number of rows is 2, that of features is 3",
    );
    refused(
        vec![0, -1, 1],
        plain(),
        options(1.0),
        "labels: row 1 has label -1, outside 0..2 and not ignored",
    );
    refused(
        vec![-3; 3],
        plain(),
        options(1.0),
        "labels: row 0 has label -3, outside 0..1 and not ignored",
    );
    let two = FitOptions {
        n_classes: NonZeroUsize::new(2),
        ..options(1.0)
    };
    refused(
        vec![0, 1, 2],
        plain(),
        two,
        "labels: row 2 has label 2, outside 0..2 and not ignored",
    );
    let n_classes = (i64::MAX as u64) + 1;
    refused(
        vec![0, 1, i64::MAX],
        plain(),
        options(1.0),
        &format!("3 rows of {n_classes} classes are more than memory can address"),
    );
}

#[test]
fn nothing_to_fit() {
    let message = "labels: no row counts with a weight above 0, there is nothing to fit";
    let ignoring = Objective {
        ignored_labels: vec![7],
        ..plain()
    };
    refused(vec![7; 3], ignoring, options(1.0), message);
    let weightless = Objective {
        row_weights: Some(row_weights(vec![0.0, 0.0, 1.0])),
        class_weights: Some(Weights::new(Role::ClassWeights, vec![1.0, 0.0])),
        ..plain()
    };
    refused(vec![0, 1, 1], weightless, options(1.0), message);
}

#[test]
fn options_of_the_fit() {
    for (l2, shown) in [(-1.0, "-1.0"), (f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
        let message = format!("l2 is {shown}, must be from 0 to 1e30");
        refused(vec![0, 1, 2], plain(), options(l2), &message);
    }
    for (tolerance, shown) in [
        (0.0, "0.0"),
        (-1e-9, "-1e-9"),
        (1.5, "1.5"),
        (f64::NAN, "NaN"),
    ] {
        let options = FitOptions {
            tolerance,
            ..options(1.0)
        };
        let message = format!("tolerance is {shown}, must be from 1e-16 to 1");
        refused(vec![0, 1, 2], plain(), options, &message);
    }
}

#[test]
fn options_of_the_loss() {
    let with_classes = |weights| Objective {
        class_weights: Some(Weights::new(Role::ClassWeights, weights)),
        ..plain()
    };
    refused(
        vec![0, 1, 2],
        with_classes(vec![1.0; 4]),
        options(1.0),
        "class-weights: number of classes is 4, that of labels is 3",
    );
    refused(
        vec![0, 1, 2],
        with_classes(vec![1.0, -2.0, 1.0]),
        options(1.0),
        "class-weights: entry 1 is -2.0, must be from 0 to 1e30",
    );
    let with_rows = Objective {
        row_weights: Some(row_weights(vec![1.0; 2])),
        ..plain()
    };
    refused(
        vec![0, 1, 2],
        with_rows,
        options(1.0),
        "row-weights: number of rows is 2, that of features is 3",
    );
    let targets = Rows::new(Role::Targets, vec![0.5; 9], 3).unwrap();
    for (objective, option) in [
        (
            Objective {
                targets: Some(Targets::F64(targets)),
                ..plain()
            },
            "targets",
        ),
        (
            Objective {
                z_loss: Some(0.0),
                ..plain()
            },
            "z_loss",
        ),
        (
            Objective {
                softcap: Some(30.0),
                ..plain()
            },
            "softcap",
        ),
        (
            Objective {
                temperature: Some(1.0),
                ..plain()
            },
            "temperature",
        ),
    ] {
        let message = format!("{option} cannot be used with fit");
        refused(vec![0, 1, 2], objective, options(1.0), &message);
    }
}
