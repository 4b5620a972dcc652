//! Rows and their options.

use std::{vec, vec::Vec};

use surprisal::CrossEntropy;

use crate::{options::Options, tests::refusals::OPTIONS};

/// A row under some options, those of the interface and the kernel's.
pub(super) struct Row {
    pub(super) logits: Vec<f64>,
    pub(super) label: i64,
    pub(super) of_c: Options,
    pub(super) of_kernel: CrossEntropy<'static>,
}

/// A plain row, under each kind of options; confident, masked, ignored and not finite ones, and one
/// of a single class.
pub(super) fn rows() -> Vec<Row> {
    let plain = [0.5, -1.25, 3.0, 0.0, -0.75, 3.0, 1.5, -2.0, 0.25];
    let row = |logits: &[f64], label| Row {
        logits: logits.to_vec(),
        label,
        of_c: OPTIONS,
        of_kernel: CrossEntropy::new(),
    };
    let under = |of_c, of_kernel| Row {
        of_c,
        of_kernel,
        ..row(&plain, 4)
    };
    let loss = CrossEntropy::new();
    let with = |set: fn(&mut Options)| {
        let mut options = OPTIONS;
        set(&mut options);
        options
    };
    vec![
        row(&plain, 4),
        row(&plain[..1], 0),
        row(&[0.0, -20.0, -40.0], 2),
        row(&[1.0, f64::NEG_INFINITY, 2.0], 0),
        row(&[1.0, f64::NEG_INFINITY, 2.0], 1),
        row(&[1.0, f64::NAN, 2.0], 0),
        under(with(|o| o.z_loss = 0.1), loss.z_loss(0.1)),
        // Whose log-sum-exp is below 0: an indefinite Hessian.
        Row {
            logits: vec![-20.0, -21.0, -22.0],
            label: 0,
            ..under(with(|o| o.z_loss = 1.0), loss.z_loss(1.0))
        },
        under(with(|o| o.softcap = 2.0), loss.softcap(2.0)),
        under(
            with(|o| {
                o.temperature = 0.5;
                o.label_smoothing = 0.2;
            }),
            loss.temperature(0.5).label_smoothing(0.2),
        ),
    ]
}
