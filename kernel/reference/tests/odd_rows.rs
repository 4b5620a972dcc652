//! Rows with infinities and NaN, and arguments that are refused.

use surprisal_reference::{
    Float, Refusal, Row, Wide, check,
    tiers::{self, Case},
};

/// What the policy says about a row.
#[derive(Debug, PartialEq)]
enum Kind {
    /// No softmax: everything is NaN.
    Undefined,
    /// Some classes masked, and perhaps the label.
    Defined { label_masked: bool },
}

fn kind<T: Float>(case: &Case<T>) -> Kind {
    let logits: Vec<f64> = case.logits.iter().map(|&z| z.into()).collect();
    let masked = |z: &f64| *z == f64::NEG_INFINITY;
    if logits.iter().all(masked) || logits.iter().any(|z| z.is_nan() || *z == f64::INFINITY) {
        Kind::Undefined
    } else {
        Kind::Defined {
            label_masked: masked(&logits[case.label]),
        }
    }
}

fn check_case<T: Float>(case: &Case<T>) {
    let row = Row::new(&case.logits);
    let n = row.n_classes();
    let loss = row.loss(case.label);
    let vector = vec![1.5_f64; n];
    let outputs = |j: usize| {
        [
            row.probability(j),
            row.gradient(case.label, j),
            row.hessian(j, j),
            row.hessian(j, n - 1 - j),
        ]
    };
    match kind(case) {
        Kind::Undefined => {
            assert!(loss.is_nan(), "{case:?}");
            assert!((0..n).flat_map(outputs).all(Wide::is_nan), "{case:?}");
            assert!(
                row.hessian_vector_product(&vector)
                    .into_iter()
                    .all(Wide::is_nan)
            );
        }
        Kind::Defined { label_masked } => {
            assert_eq!(loss == Wide::INFINITY, label_masked, "{case:?}");
            assert!(label_masked || loss.is_finite() && loss >= Wide::ZERO);
            for j in 0..n {
                assert!(outputs(j).into_iter().all(Wide::is_finite), "{case:?}");
                let z: f64 = case.logits[j].into();
                if z == f64::NEG_INFINITY {
                    let at_label = if j == case.label {
                        -Wide::ONE
                    } else {
                        Wide::ZERO
                    };
                    assert_eq!(outputs(j), [Wide::ZERO, at_label, Wide::ZERO, Wide::ZERO]);
                }
            }
        }
    }
}

#[test]
fn the_policy_for_odd_rows() {
    let cases = tiers::odd::<f32>().cases;
    for expected in [
        Kind::Undefined,
        Kind::Defined {
            label_masked: false,
        },
        Kind::Defined { label_masked: true },
    ] {
        let n = cases.iter().filter(|case| kind(case) == expected).count();
        assert!(n >= 50, "{n} cases of {expected:?} in the tier");
    }
    cases.iter().for_each(check_case);
    tiers::odd::<f64>().cases.iter().for_each(check_case);
}

#[test]
fn one_class_is_certain() {
    for z in [0.0, -3.5, f64::MAX, f64::MIN, 5e-324] {
        let row = Row::new(&[z]);
        let zero = [row.loss(0), row.gradient(0, 0), row.hessian(0, 0)];
        assert_eq!(zero, [Wide::ZERO; 3]);
        assert_eq!(row.probability(0), Wide::ONE);
    }
}

#[test]
fn differences_beyond_the_largest_number() {
    let row = Row::new(&[f64::MAX, -f64::MAX]);
    assert_eq!(row.loss(0), Wide::ZERO);
    assert_eq!(row.loss(1), Wide::from(f64::MAX).scale(1));
    assert_eq!(
        [row.probability(0), row.probability(1)],
        [Wide::ONE, Wide::ZERO]
    );
}

#[test]
fn refusals_in_their_order() {
    let labels = [0, 3, -100, 2];
    let out = |row, label| Err(Refusal::LabelOutOfRange { row, label });
    assert_eq!(check(0, 0, &[9], None), Err(Refusal::ZeroClasses));
    assert_eq!(
        check(1, usize::MAX, &[9, 9], None),
        Err(Refusal::SizeOverflow)
    );
    assert_eq!(check(11, 3, &labels, None), Err(Refusal::LengthMismatch));
    assert_eq!(check(12, 3, &labels, None), out(1, 3));
    assert_eq!(check(12, 3, &labels, Some(3)), out(2, -100));
    assert_eq!(check(16, 4, &labels, Some(-100)), Ok(()));
    // A class that is ignored is no error, nor is a batch without rows.
    assert_eq!(check(16, 4, &labels, Some(0)), out(2, -100));
    assert_eq!(check(2, 2, &[i128::MAX], Some(i128::MAX)), Ok(()));
    assert_eq!(check(0, 5, &[], None), Ok(()));
    assert_eq!(check(1, 5, &[], None), Err(Refusal::LengthMismatch));
}
