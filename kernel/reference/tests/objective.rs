//! What must hold for [`Objective`], whatever the values are.

use surprisal_reference::{
    Float, Objective, Options, Row, Target, Wide,
    tiers::{self, Case, OptionsBatch, Targets},
};

/// Calls `check` with every row of many batches.
fn for_each_row(check: fn(&OptionsBatch, usize)) {
    let widths: Vec<usize> = (1..=12).chain([33]).collect();
    for batch in tiers::options(0x1de2_7171, &widths).take(260) {
        (0..batch.n_rows()).for_each(|row| check(&batch, row));
    }
}

/// A few roundings for each of n terms and for what each of them is made of, u = 2^-53: 3 u^2 for
/// a sum, 5 u^2 or 15 u^2 for each of less than 16 factors, of terms that add up to `magnitude`.
fn allowed(n: usize, magnitude: Wide) -> Wide {
    magnitude * Wide::from(3.0 * n as f64 + 256.0).scale(-106)
}

#[track_caller]
fn assert_sum(what: &str, sum: Wide, magnitude: Wide, expected: Wide, n: usize) {
    assert!(
        (sum - expected).abs() <= allowed(n, magnitude),
        "{what}: {sum:?}, not {expected:?}"
    );
}

/// A bound is never below what it bounds, but for roundings.
#[track_caller]
fn assert_within(what: &str, actual: Wide, bound: Wide, n: usize) {
    assert!(
        actual.abs() <= bound + allowed(n, bound),
        "{what}: {actual:?} beyond {bound:?}"
    );
}

fn same(a: Wide, b: Wide) -> bool {
    a == b || a.is_nan() && b.is_nan()
}

fn assert_plain<T: Float>(case: &Case<T>) {
    let Case { logits, label } = case;
    let row = Row::new(logits);
    let n = row.n_classes();
    let ones = vec![1.0; n];
    let mut one_hot = vec![0.0; n];
    one_hot[*label] = 1.0;
    // Options that change nothing are as good as none.
    let neutral = Options {
        class_weights: Some(&ones),
        ..Options::default()
    };
    let vector: Vec<f64> = (0..n).map(|j| (j % 7) as f64 - 2.25).collect();
    for (target, options) in [
        (Target::Label(*label), Options::default()),
        (Target::Probabilities(&one_hot), neutral),
    ] {
        let objective = Objective::new(logits, target, &options);
        assert!(same(objective.loss(), row.loss(*label)), "{case:?}");
        assert!(same(objective.loss_bound(), row.loss(*label)), "{case:?}");
        for j in 0..n {
            let gradient = row.gradient(*label, j);
            assert!(same(objective.gradient(j), gradient), "{case:?}");
            assert!(
                same(objective.gradient_bound(j), gradient.abs()),
                "{case:?}"
            );
            for i in [0, j, n - 1] {
                let hessian = row.hessian(i, j);
                assert!(same(objective.hessian(i, j), hessian), "{case:?}");
                assert!(
                    same(objective.hessian_bound(i, j), hessian.abs()),
                    "{case:?}"
                );
            }
        }
        let products = [
            (
                objective.hessian_vector_product(&vector),
                row.hessian_vector_product(&vector),
            ),
            (
                objective.hessian_vector_bound(&vector),
                row.hessian_vector_bound(&vector),
            ),
        ];
        for (actual, expected) in products {
            assert!(
                actual.into_iter().zip(expected).all(|(a, b)| same(a, b)),
                "{case:?}"
            );
        }
    }
}

/// Without options everything is what [`Row`] says, to the last bit.
#[test]
fn no_options_change_nothing() {
    fn check<T: Float>() {
        let tiers = tiers::bulk::<T>().into_iter().chain([tiers::odd()]);
        for case in tiers.flat_map(|tier| tier.cases).step_by(61) {
            if case.logits.len() <= 100 {
                assert_plain(&case);
            }
        }
    }
    check::<f32>();
    check::<f64>();
}

/// H v by the entries of H against H v by the formula, and a symmetric H.
#[test]
fn products_are_sums_of_entries() {
    for_each_row(|batch, row| {
        let objective = batch.objective(row);
        let n = batch.n_classes;
        let vector = batch.vector(row);
        let product = objective.hessian_vector_product(vector);
        let bound = objective.hessian_vector_bound(vector);
        for i in 0..n {
            let terms = vector.iter().enumerate();
            let sum: Wide = terms
                .clone()
                .map(|(j, &v)| objective.hessian(i, j) * v.into())
                .sum();
            let magnitude: Wide = terms
                .map(|(j, &v)| objective.hessian_bound(i, j) * Wide::from(v).abs())
                .sum();
            assert_sum("H v", sum, magnitude, product[i], n);
            assert_within("H v", product[i], bound[i], n);
            for j in 0..i {
                let (entry, bound) = (objective.hessian(i, j), objective.hessian_bound(i, j));
                assert_sum("symmetry", entry, bound, objective.hessian(j, i), 2);
                assert_within("entry", entry, bound, 2);
            }
        }
    });
}

/// A common change of all scores changes lse by as much and p not at all: g 1 = 2 r k lse / T and
/// H 1 = 2 r k p / T^2. A softcap does not let a common change of the logits through.
#[test]
fn a_common_change_is_seen_by_the_z_loss_alone() {
    for_each_row(|batch, row| {
        let Options {
            row_weight,
            z_loss,
            softcap: None,
            temperature,
            ..
        } = batch.options(row)
        else {
            return;
        };
        let objective = batch.objective(row);
        let n = batch.n_classes;
        let two_rk = (Wide::from(row_weight) * Wide::from(z_loss)).scale(1);
        let temperature = Wide::from(temperature);

        let sum: Wide = (0..n).map(|j| objective.gradient(j)).sum();
        let magnitude: Wide = (0..n).map(|j| objective.gradient_bound(j)).sum();
        let expected = two_rk * objective.log_sum_exp() / temperature;
        assert_sum("sum of the gradient", sum, magnitude, expected, n);

        let product = objective.hessian_vector_product(&vec![1.0; n]);
        for (i, &entry) in product.iter().enumerate() {
            let p = objective.softmax().probability(i);
            let expected = two_rk * p / (temperature * temperature);
            assert_sum("H 1", entry, expected, expected, n);
            let sum: Wide = (0..n).map(|j| objective.hessian(i, j)).sum();
            let magnitude = (0..n).map(|j| objective.hessian_bound(i, j)).sum();
            assert_sum("row of H", sum, magnitude, expected, n);
        }
    });
}

/// Every output, so that two rows can be compared.
fn outputs(objective: &Objective, vector: &[f64]) -> Vec<Wide> {
    let n = objective.n_classes();
    let mut outputs = vec![objective.loss()];
    outputs.extend((0..n).map(|j| objective.gradient(j)));
    outputs.extend((0..n * n).map(|k| objective.hessian(k / n, k % n)));
    outputs.extend(objective.hessian_vector_product(vector));
    outputs
}

/// What the options mean in terms of each other, to the last bit.
#[test]
fn options_agree_with_each_other() {
    for_each_row(|batch, row| {
        let (logits, options) = (batch.row(row), batch.options(row));
        let (n, vector) = (batch.n_classes, batch.vector(row));
        let of = |target: Target<'_>, options: &Options<'_>| {
            outputs(&Objective::new(logits, target, options), vector)
        };
        let expected = of(batch.target(row), &options);

        // A label is a one-hot target.
        if let Targets::Labels(labels) = &batch.targets {
            let mut one_hot = vec![0.0; n];
            one_hot[labels[row]] = 1.0;
            assert_eq!(of(Target::Probabilities(&one_hot), &options), expected);
        }
        // Twice the weight is twice the loss.
        let twice = Options {
            row_weight: 2.0 * options.row_weight,
            ..options
        };
        let half: Vec<Wide> = of(batch.target(row), &twice)
            .iter()
            .map(|x| x.scale(-1))
            .collect();
        assert_eq!(half, expected);
        // Twice the temperature is half the score.
        let warm = Options {
            temperature: 2.0 * options.temperature,
            ..options
        };
        let halves = |values: &[f64]| values.iter().map(|x| x / 2.0).collect::<Vec<_>>();
        let half_softcap = Options {
            softcap: options.softcap.map(|s| s / 2.0),
            ..options
        };
        let warm = Objective::new(logits, batch.target(row), &warm);
        let half = Objective::new(&halves(logits), batch.target(row), &half_softcap);
        assert_eq!(warm.loss(), half.loss());
        for j in 0..n {
            assert_eq!(warm.gradient(j), half.gradient(j).scale(-1));
            assert_eq!(warm.hessian(0, j), half.hessian(0, j).scale(-2));
        }
    });
}

/// ln 2 and ln 3 are rounded, so everything by hand is as wrong as a few doubles.
#[track_caller]
fn assert_near(actual: Wide, expected: f64) {
    let error = (actual.to_f64() - expected).abs();
    assert!(error < 1e-15, "{actual:?}, not {expected}");
}

#[test]
fn a_z_loss_by_hand() {
    // p = (1/2, 1/4, 1/4), lse = 0 = -ln 2 + ln 2, and targets that are p.
    let ln_2 = std::f64::consts::LN_2;
    let logits = [-ln_2, -2.0 * ln_2, -2.0 * ln_2];
    let options = Options {
        z_loss: 0.5,
        ..Options::default()
    };
    let target = Target::Probabilities(&[0.5, 0.25, 0.25]);
    let objective = Objective::new(&logits, target, &options);
    assert_near(objective.log_sum_exp(), 0.0);
    // The z-loss is 0, but k (ln 2 + ln 2)^2 in the bound.
    assert_near(objective.loss(), 1.5 * ln_2);
    assert_near(objective.loss_bound(), 1.5 * ln_2 + 2.0 * ln_2 * ln_2);
    // (1/2) (1 - 1/2) twice, and 2 k (2 ln 2) / 2.
    assert_near(objective.gradient(0), 0.0);
    assert_near(objective.gradient_bound(0), 0.5 + ln_2);
    // B = 1, in the bound 1 + 2 ln 2, times 1/4, and 2 k / 4.
    let b = 1.0 + 2.0 * ln_2;
    assert_near(objective.hessian(0, 0), 0.5);
    assert_near(objective.hessian_bound(0, 0), 0.25 * b + 0.25);
    // -1/8 and 1/8.
    assert_near(objective.hessian(0, 1), 0.0);
    assert_near(objective.hessian_bound(0, 1), 0.125 * b + 0.125);
    // v' = (0, 1, 5) of mean 1.5, v of mean 2.5: 1/4 of -1/2 and of 5/2.
    let vector = [1.0, 2.0, 6.0];
    assert_near(objective.hessian_vector_product(&vector)[1], 0.5);
    let bound = objective.hessian_vector_bound(&vector)[1];
    assert_near(bound, 0.25 * (b * 2.5 + 2.5));
}

#[test]
fn a_softcap_by_hand() {
    // tanh(ln 3 / 2) = 1/2: z = +-1, z' = 3/4, z'' = -+3/8.
    let ln_3 = 3.0_f64.ln();
    let options = Options {
        softcap: Some(2.0),
        z_loss: 0.5,
        ..Options::default()
    };
    // lse = z = -1, and the loss is half its square.
    let objective = Objective::new(&[-ln_3], Target::Label(0), &options);
    assert_near(objective.loss(), 0.5);
    assert_near(objective.gradient(0), -0.75);
    assert_near(objective.gradient_bound(0), 0.75);
    // (3/4)^2, and the gradient -1 times z'' = 3/8.
    assert_near(objective.hessian(0, 0), 0.5625 - 0.375);
    assert_near(objective.hessian_bound(0, 0), 0.5625 + 0.375);
    assert_near(objective.hessian_vector_product(&[2.0])[0], 0.375);
    assert_near(objective.hessian_vector_bound(&[2.0])[0], 1.875);

    let options = Options {
        z_loss: 0.0,
        ..options
    };
    let objective = Objective::new(&[ln_3, -ln_3], Target::Label(0), &options);
    let p = 1.0 / (1.0 + 2.0_f64.exp());
    assert_near(objective.gradient(1), 0.75 * p);
    // The scores change by 3/4 both: p z' times 0, and p z''; but the two 3/4 are rounded.
    assert_near(objective.hessian_vector_product(&[1.0; 2])[1], 0.375 * p);
    let bound = objective.hessian_vector_bound(&[1.0; 2])[1];
    assert_near(bound, 0.75 * p * (1.5 + 1.5 * p) + 0.375 * p);
}
