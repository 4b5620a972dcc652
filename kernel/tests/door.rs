//! What the door refuses, and that nothing has been written then.

use surprisal::{Backend, CrossEntropy, Denominator, Error, Reduction, RowState};

const CANARY: f32 = 1234.5;

/// Runs every operation on four logits and two labels and expects the same error of each, with
/// every output untouched.
fn refused(loss: CrossEntropy<'_>, n_classes: usize, labels: &[i64], error: Error) {
    let logits = [1.0, 2.0, 3.0, 4.0];
    let mut losses = [CANARY; 2];
    let mut matrix = [CANARY; 4];
    let mut dense = [CANARY; 8];
    let mut packed = [CANARY; 6];
    let mut in_place = logits;
    assert_eq!(
        loss.losses(&logits, n_classes, labels, &mut losses),
        Err(error)
    );
    assert_eq!(loss.total(&logits, n_classes, labels), Err(error));
    assert_eq!(
        loss.gradients(&logits, n_classes, labels, None, &mut matrix),
        Err(error)
    );
    assert_eq!(
        loss.gradients_in_place(&mut in_place, n_classes, labels, None),
        Err(error)
    );
    let result =
        loss.losses_and_gradients(&logits, n_classes, labels, None, &mut losses, &mut matrix);
    assert_eq!(result, Err(error));
    let result =
        loss.losses_and_gradients_in_place(&mut in_place, n_classes, labels, None, &mut losses);
    assert_eq!(result, Err(error));
    assert_eq!(
        loss.hessian_diagonals(&logits, n_classes, labels, &mut matrix),
        Err(error)
    );
    assert_eq!(
        loss.hessians(&logits, n_classes, labels, &mut dense),
        Err(error)
    );
    assert_eq!(
        loss.packed_hessians(&logits, n_classes, labels, &mut packed),
        Err(error)
    );
    let result = loss.hessian_vector_products(&logits, n_classes, labels, &[0.0; 4], &mut matrix);
    assert_eq!(result, Err(error));
    assert_eq!(in_place, logits);
    let outputs = losses.iter().chain(&matrix).chain(&dense).chain(&packed);
    assert!(outputs.into_iter().all(|&value| value == CANARY));
}

#[test]
fn zero_classes() {
    refused(CrossEntropy::new(), 0, &[0, 0], Error::ZeroClasses);
    let result = CrossEntropy::new().probabilities(&[1.0_f64], 0, &mut [0.0]);
    assert_eq!(result, Err(Error::ZeroClasses));
}

#[test]
fn labels_out_of_range() {
    let refuse = |label, row| Error::LabelOutOfRange {
        row,
        label,
        n_classes: 2,
    };
    let loss = CrossEntropy::new();
    refused(loss, 2, &[0, 2], refuse(2, 1));
    refused(loss, 2, &[-100, 7], refuse(-100, 0));
    refused(
        loss.ignore_label(-100),
        2,
        &[-100, i64::MAX],
        refuse(i64::MAX.into(), 1),
    );
    // An ignored number is tested before the range.
    let mut losses = [CANARY; 2];
    loss.ignore_label(2)
        .losses(&[0.0_f32; 4], 2, &[2, 1], &mut losses)
        .unwrap();
    assert_eq!(losses[0], 0.0);
    // The widest labels are not cut on their way.
    let error = loss
        .losses(&[0.0_f32; 2], 2, &[u64::MAX], &mut losses[..1])
        .unwrap_err();
    assert_eq!(error, refuse(u64::MAX.into(), 0));
    assert_eq!(
        error.to_string(),
        "labels: row 0 has label 18446744073709551615, outside 0..2 and not ignored"
    );
}

#[test]
fn lengths() {
    let loss = CrossEntropy::new();
    let mismatch = |argument, expected, actual| {
        Err(Error::LengthMismatch {
            argument,
            expected,
            actual,
        })
    };
    let (logits, labels) = ([0.0_f64; 4], [0_u8; 2]);
    let mut four = [0.0; 4];
    let mut three = [0.0; 3];
    assert_eq!(
        loss.losses(&logits, 2, &labels, &mut three),
        mismatch("losses", 2, 3)
    );
    assert_eq!(
        loss.losses(&logits, 3, &labels, &mut three),
        mismatch("logits", 6, 4)
    );
    let result = loss.gradients(&logits, 2, &labels, Some(&[1.0]), &mut four);
    assert_eq!(result, mismatch("upstream", 2, 1));
    let result = loss.gradients(&logits, 2, &labels, None, &mut three);
    assert_eq!(result, mismatch("gradients", 4, 3));
    assert_eq!(
        loss.probabilities(&logits, 2, &mut three),
        mismatch("probabilities", 4, 3)
    );
    assert_eq!(
        loss.probabilities(&logits, 3, &mut three),
        mismatch("logits", 3, 4)
    );
    let result = loss.hessian_diagonals(&logits, 2, &labels, &mut three);
    assert_eq!(result, mismatch("diagonals", 4, 3));
    assert_eq!(
        loss.hessians(&logits, 2, &labels, &mut four),
        mismatch("hessians", 8, 4)
    );
    assert_eq!(
        loss.packed_hessians(&logits, 2, &labels, &mut four),
        mismatch("packed", 6, 4)
    );
    let result = loss.hessian_vector_products(&logits, 2, &labels, &[0.0; 3], &mut four);
    assert_eq!(result, mismatch("vectors", 4, 3));
    let result = loss.hessian_vector_products(&logits, 2, &labels, &logits, &mut three);
    assert_eq!(result, mismatch("products", 4, 3));
    let mut states = [RowState::EMPTY; 2];
    let result = loss.row_states(&logits, 3, &mut states);
    assert_eq!(result, mismatch("logits", 6, 4));
    assert_eq!(states, [RowState::EMPTY; 2]);
}

#[test]
fn sizes_that_overflow() {
    let loss = CrossEntropy::new();
    let n_classes = usize::MAX / 2 + 1;
    let overflow = Err(Error::SizeOverflow {
        n_rows: 2,
        n_classes,
    });
    assert_eq!(
        loss.losses(&[0.0_f32; 4], n_classes, &[0, 0], &mut [0.0; 2]),
        overflow
    );
    // The batch fits, its matrices do not.
    let n_classes = 1 << (usize::BITS / 2);
    let logits = [0.0_f32; 1];
    let result = loss.hessians(&logits, n_classes, &[0], &mut [0.0]);
    assert!(matches!(
        result,
        Err(Error::LengthMismatch {
            argument: "logits",
            ..
        })
    ));
}

#[test]
fn denominators() {
    for value in [0.0, -1.0, 1e-31, 1e31, f64::INFINITY, f64::NAN] {
        let loss = CrossEntropy::new().reduction(Reduction::Mean(Denominator::Given(value)));
        // Where no row is counted too.
        for loss in [loss, loss.ignore_label(0)] {
            let result = loss.losses(&[0.0_f32; 2], 2, &[0], &mut [0.0]);
            assert!(
                matches!(
                    result,
                    Err(Error::OptionOutOfRange {
                        option: "Denominator::Given",
                        ..
                    })
                ),
                "{value}: {result:?}"
            );
        }
    }
}

#[test]
fn backends_that_are_not_there() {
    for backend in Backend::ALL {
        let result =
            CrossEntropy::new()
                .backend(backend)
                .losses(&[0.0_f32; 2], 2, &[0], &mut [0.0]);
        let expected = if backend.is_available() {
            Ok(())
        } else {
            Err(Error::BackendUnavailable { backend })
        };
        assert_eq!(result, expected);
        assert_eq!(backend.name().parse(), Ok(backend));
    }
    assert!(Backend::available().any(|backend| backend == Backend::detect()));
    // Vectors are used where there are any.
    let has_vectors = |backend| ![Backend::Portable, Backend::PortableFused].contains(&backend);
    assert_eq!(
        has_vectors(Backend::detect()),
        Backend::available().any(has_vectors)
    );
    assert_eq!(
        "avx3".parse::<Backend>().unwrap_err().to_string(),
        "not a backend; there are portable portable-fused sse2 avx2 avx512 neon simd128"
    );
}

#[test]
fn messages_name_what_is_refused() {
    for (error, message) in [
        (Error::ZeroClasses, "n_classes is 0, at least 1 is needed"),
        (
            Error::SizeOverflow {
                n_rows: 2,
                n_classes: usize::MAX,
            },
            &format!(
                "2 rows of {} classes are more than memory can address",
                usize::MAX
            ),
        ),
        (
            Error::LengthMismatch {
                argument: "losses",
                expected: 2,
                actual: 3,
            },
            "losses has 3 elements, 2 are needed",
        ),
        (
            Error::OptionUnsupported {
                option: "softcap",
                operation: "row_states",
            },
            "softcap cannot be used with row_states",
        ),
        (
            Error::Indefinite {
                operation: "cholesky",
            },
            "the Hessian is not positive definite, which cholesky needs",
        ),
        (
            Error::BackendUnavailable {
                backend: Backend::Neon,
            },
            "backend neon is not available on this processor",
        ),
    ] {
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn zero_rows_are_a_success() {
    let loss = CrossEntropy::new();
    let no_labels: [u8; 0] = [];
    loss.losses::<f32, _>(&[], 3, &no_labels, &mut []).unwrap();
    loss.hessians::<f64, _>(&[], 3, &no_labels, &mut [])
        .unwrap();
    loss.probabilities::<f32>(&[], 3, &mut []).unwrap();
    // None of them is too wide.
    loss.hessians::<f32, _>(&[], usize::MAX, &no_labels, &mut [])
        .unwrap();
    assert_eq!(
        loss.total::<f32, _>(&[], 3, &no_labels)
            .unwrap()
            .mean(Denominator::Rows),
        None
    );
}
