//! Rows with masked classes, weights of 0, infinities and NaN under options.

use surprisal_reference::{
    Objective, Options, Target, Wide,
    tiers::{self, OptionsBatch},
};

const MASKED: f64 = f64::NEG_INFINITY;

fn batches(n_batches: usize) -> impl Iterator<Item = OptionsBatch> {
    let widths: Vec<usize> = (1..=12).collect();
    let batches: Vec<_> = tiers::options(0x0dd0, &widths).take(n_batches).collect();
    batches.into_iter()
}

/// Every output and bound.
fn outputs(objective: &Objective) -> Vec<Wide> {
    let n = objective.n_classes();
    let vector: Vec<f64> = (0..n).map(|j| j as f64 - 1.5).collect();
    let mut outputs = vec![objective.loss(), objective.loss_bound()];
    for j in 0..n {
        outputs.extend([objective.gradient(j), objective.gradient_bound(j)]);
        outputs
            .extend((0..n).flat_map(|i| [objective.hessian(i, j), objective.hessian_bound(i, j)]));
    }
    outputs.extend(objective.hessian_vector_product(&vector));
    outputs.extend(objective.hessian_vector_bound(&vector));
    outputs
}

#[test]
fn rows_without_a_softmax_are_nan_everywhere() {
    for batch in batches(300) {
        let n = batch.n_classes;
        let mut rows = vec![vec![MASKED; n]];
        for odd in [f64::NAN, f64::INFINITY] {
            for place in [0, n - 1] {
                let mut row = batch.row(0).to_vec();
                row[place] = odd;
                rows.push(row);
            }
        }
        for options in [
            batch.options(0),
            Options {
                row_weight: 0.0,
                ..batch.options(0)
            },
        ] {
            for row in &rows {
                let objective = Objective::new(row, batch.target(0), &options);
                let all_nan = outputs(&objective).into_iter().all(Wide::is_nan);
                assert!(all_nan, "{row:?} with {options:?}");
            }
        }
    }
}

/// In all outputs a masked class is 0, but for what its own target weight does.
#[test]
fn masked_classes_are_left_out() {
    let (mut with_weight, mut without) = (0, 0);
    for batch in batches(400) {
        for row in 0..batch.n_rows() {
            let objective = batch.objective(row);
            let n = batch.n_classes;
            let masked = |&j: &usize| batch.row(row)[j] == MASKED;
            let costly = (0..n)
                .filter(masked)
                .any(|j| objective.target_weight(j) > Wide::ZERO);
            assert_eq!(objective.loss() == Wide::INFINITY, costly, "{batch:?}");
            assert!(costly || objective.loss().is_finite());
            let vector = batch.vector(row);
            let product = objective.hessian_vector_product(vector);
            for j in (0..n).filter(masked) {
                let tau = objective.target_weight(j);
                let gradient = match batch.softcap {
                    Some(_) => Wide::ZERO,
                    None => -(tau * (Wide::ONE / Wide::from(batch.temperature))),
                };
                assert_eq!(objective.gradient(j), gradient, "{batch:?}");
                for i in 0..n {
                    let entries = [objective.hessian(i, j), objective.hessian(j, i)];
                    assert_eq!(entries, [Wide::ZERO; 2], "{batch:?}");
                }
                assert_eq!(product[j], Wide::ZERO, "{batch:?}");
                *(if tau > Wide::ZERO {
                    &mut with_weight
                } else {
                    &mut without
                }) += 1;
            }
            let finite =
                (0..n).all(|j| objective.gradient(j).is_finite() && product[j].is_finite());
            assert!(finite, "{batch:?}");
        }
    }
    assert!(
        with_weight > 200 && without > 200,
        "{with_weight} {without}"
    );
}

/// A masked class without a target weight might as well not be there.
#[test]
fn a_masked_class_is_as_good_as_none() {
    for softcap in [None, Some(1.5)] {
        let options = Options {
            label_smoothing: 0.75,
            z_loss: 0.25,
            softcap,
            temperature: 0.5,
            ..Options::default()
        };
        // Beside a weight of 0 there is no 0 times infinity; e / C = 1/4.
        let with = Options {
            class_weights: Some(&[3.0, 0.0, 0.5]),
            ..options
        };
        let with = Objective::new(&[1.0, MASKED, 2.0], Target::Label(2), &with);
        // tau, where smoothing is written out.
        let without = Options {
            label_smoothing: 0.0,
            ..options
        };
        let target = Target::Probabilities(&[0.75, 0.25]);
        let without = Objective::new(&[1.0, 2.0], target, &without);
        assert_eq!(with.loss(), without.loss());
        assert!(with.loss().is_finite());
        for (j, k) in [(0, 0), (2, 1)] {
            assert_eq!(with.gradient(j), without.gradient(k));
            assert_eq!(with.hessian(0, j), without.hessian(0, k));
            assert_eq!(with.hessian(2, j), without.hessian(1, k));
        }
        let product = with.hessian_vector_product(&[1.0, 7.0, -3.0]);
        let [first, second] = without.hessian_vector_product(&[1.0, -3.0])[..] else {
            panic!("two classes")
        };
        assert_eq!(product, [first, Wide::ZERO, second]);
    }
}

/// Smoothing gives a masked class a weight: the loss is infinite, the gradient is not.
#[test]
fn smoothing_over_a_masked_class() {
    let options = Options {
        label_smoothing: 0.5,
        ..Options::default()
    };
    let objective = Objective::new(&[MASKED, 3.0], Target::Label(1), &options);
    assert_eq!(objective.loss(), Wide::INFINITY);
    // p = (0, 1), tau = (1/4, 3/4).
    let quarter = Wide::ONE.scale(-2);
    assert_eq!([0, 1].map(|j| objective.gradient(j)), [-quarter, quarter]);
    assert_eq!(objective.hessian(1, 1), Wide::ZERO);
}

#[test]
fn a_weight_of_0_makes_every_output_0() {
    let rows: [&[f64]; 3] = [
        &[0.5, -1.0, 2.0],
        &[MASKED, 1.0, 2.0],
        &[1e300, -1e300, 0.0],
    ];
    for batch in batches(600).filter(|batch| batch.n_classes == 3) {
        for row in rows {
            for target in [Target::Label(0), Target::Probabilities(&[0.5, 0.0, 2.0])] {
                let options = Options {
                    row_weight: 0.0,
                    ..batch.options(0)
                };
                let objective = Objective::new(row, target, &options);
                assert_eq!(outputs(&objective), vec![Wide::ZERO; 2 + 3 * 8 + 6]);
            }
        }
    }
}

/// One class is certain, but the z-loss still sees its score: k z^2.
#[test]
fn one_class() {
    let options = Options {
        class_weights: Some(&[0.75]),
        row_weight: 4.0,
        label_smoothing: 0.5,
        ..Options::default()
    };
    let numbers = |objective: &Objective| {
        let product = objective.hessian_vector_product(&[1.0]);
        [
            objective.loss(),
            objective.gradient(0),
            objective.hessian(0, 0),
            product[0],
        ]
    };
    let objective = Objective::new(&[3.0], Target::Label(0), &options);
    assert_eq!(numbers(&objective), [Wide::ZERO; 4]);
    let options = Options {
        z_loss: 0.125,
        temperature: 2.0,
        ..options
    };
    // z = 3/2, r k = 1/2: 9/8, 2 (1/2) (3/2) / 2, and 2 (1/2) / 4 twice.
    let objective = Objective::new(&[3.0], Target::Label(0), &options);
    assert_eq!(
        numbers(&objective),
        [1.125, 0.75, 0.25, 0.25].map(Wide::from)
    );
}

/// Capped logits that are far apart are a tie; capped logits that are huge and near each other are
/// told apart as far as they differ.
#[test]
fn saturated_softcaps() {
    let options = |softcap| Options {
        softcap: Some(softcap),
        ..Options::default()
    };
    let tie = Objective::new(&[1e9, 1e12, f64::MAX], Target::Label(0), &options(30.0));
    assert_eq!(tie.loss(), Wide::from(2.0).ln_1p());
    assert_eq!([0, 1, 2].map(|j| tie.gradient(j).to_f64()), [0.0; 3]);
    assert_eq!(tie.log_sum_exp(), Wide::from(30.0) + tie.loss());
    // s (tanh 1 - tanh(1 - 2^-53)) = s 2^-53 sech^2 1 (1 + 2^-53 tanh 1 + ..), s = 2^100.
    let s = 2.0_f64.powi(100);
    let near = Objective::new(
        &[s, s - s / 2.0_f64.powi(53)],
        Target::Label(1),
        &options(s),
    );
    let difference =
        Wide::ONE.sech_squared().scale(100 - 53) * (Wide::ONE + Wide::ONE.tanh().scale(-53));
    let error = (near.loss() - difference).abs();
    // The next term of the series is 2^-106 / 3 and less, the tanh and the rest 2^-98.
    assert!(error <= difference.scale(-98), "{error:?}");
}
