//! What has to hold of any fit.

use std::num::NonZeroUsize;

use rayon::ThreadPoolBuilder;
use surprisal_host::{Features, Fit, FitOptions, Objective, Outcome, Role, Smoothing, Weights};
use surprisal_reference::Row;

use crate::{
    LAST_STEP, close, close_all, digit_labels, digits, fit, options, plain, regression, row_weights,
};

/// Numbers in which no two rows or columns are alike, in multiples of 2^-10.
fn number(row: usize, column: usize) -> f64 {
    ((row * 7919 + column * 613 + row * column * 31) % 4093) as f64 / 1024.0 - 2.0
}

fn features(rows: &[usize], n_features: usize) -> Features {
    let values = rows
        .iter()
        .flat_map(|&row| (0..n_features).map(move |column| number(row, column)));
    Features::new(values.collect(), rows.len(), n_features).unwrap()
}

fn labels(rows: &[usize], n_classes: usize) -> Vec<i64> {
    let of_row = |&row: &usize| ((row * 31 + row / 7) % n_classes) as i64;
    rows.iter().map(of_row).collect()
}

/// A 2 x 2 table of weights, of which the odds are the fit: 5 to 3 where the feature is 0, and 1 to
/// 7 where it is 1.
#[test]
fn a_saturated_table() {
    let objective = Objective {
        row_weights: Some(row_weights(vec![5.0, 3.0, 1.0, 7.0])),
        ..plain()
    };
    let features = Features::new(vec![0.0, 0.0, 1.0, 1.0], 4, 1).unwrap();
    let fit = fit(features, vec![0, 1, 0, 1], objective, options(0.0));
    let (at_0, at_1) = (0.5 * (5.0_f64 / 3.0).ln(), 0.5 * (1.0_f64 / 7.0).ln());
    let expected = [at_1 - at_0, at_0, at_0 - at_1, -at_0];
    close_all(&fit.coefficients, &expected, LAST_STEP);
    let shares: [f64; 4] = [5.0 / 8.0, 3.0 / 8.0, 1.0 / 8.0, 7.0 / 8.0];
    let loss = |(weight, share): (f64, f64)| -weight * share.ln();
    let expected: f64 = [5.0, 3.0, 1.0, 7.0].into_iter().zip(shares).map(loss).sum();
    close("loss", fit.loss, expected, 1e-14);
    assert_eq!(fit.penalty, 0.0);
}

/// Without features the probabilities are the shares of the classes.
#[test]
fn no_features() {
    let features = Features::new(Vec::new(), 7, 0).unwrap();
    let fit = fit(features, vec![0, 0, 0, 0, 2, 2, 1], plain(), options(1.0));
    // ln 4, ln 1 and ln 2, less their mean.
    let ln_2 = std::f64::consts::LN_2;
    close_all(&fit.coefficients, &[ln_2, -ln_2, 0.0], LAST_STEP);
    assert_eq!(fit.accuracy, 4.0 / 7.0);
}

#[test]
fn nothing_to_choose() {
    let only_class = fit(features(&[0, 1, 2], 4), vec![0; 3], plain(), options(1.0));
    assert_eq!(only_class.coefficients, [0.0; 5]);
    assert_eq!((only_class.objective(), only_class.iterations), (0.0, 0));

    let alone = fit(features(&[0, 1, 2], 1), vec![2; 3], plain(), options(0.0));
    let masked = f64::NEG_INFINITY;
    assert_eq!(alone.coefficients, [0.0, masked, 0.0, masked, 0.0, 0.0]);

    let options = FitOptions {
        intercept: false,
        ..options(1.0)
    };
    let no_columns = Features::new(Vec::new(), 2, 0).unwrap();
    let no_columns = fit(no_columns, vec![0, 1], plain(), options);
    assert_eq!(no_columns.coefficients, [0.0; 2]);
    close("loss", no_columns.loss, 4.0_f64.ln(), 1e-15);
}

/// The objective of the coefficients that are handed out, by the reference in double-double.
#[test]
fn the_objective_is_that_of_the_coefficients() {
    let rows: Vec<usize> = (0..300).collect();
    let weights: Vec<f64> = rows.iter().map(|row| (row % 7) as f64 / 3.0).collect();
    let objective = Objective {
        row_weights: Some(row_weights(weights.clone())),
        ignored_labels: vec![2],
        label_smoothing: Some(Smoothing::OverAll(0.125)),
        ..plain()
    };
    let labels = labels(&rows, 6);
    let fit = fit(features(&rows, 5), labels.clone(), objective, options(0.25));

    let mut expected = 0.0;
    for ((&row, &label), &weight) in rows.iter().zip(&labels).zip(&weights) {
        if label == 2 {
            continue;
        }
        let logits: Vec<f64> = fit
            .coefficients
            .chunks_exact(6)
            .map(|of_class| {
                let products = (0..5).map(|column| of_class[column] * number(row, column));
                products.sum::<f64>() + of_class[5]
            })
            .collect();
        // Smoothing gives every class, that of label 2 included, an eighth of a sixth.
        let exact = Row::new(&logits);
        let loss = |class| exact.loss(class).to_f64();
        let of_all: f64 = (0..6).map(loss).sum();
        expected += weight * (0.875 * loss(label as usize) + 0.125 / 6.0 * of_all);
    }
    close("loss", fit.loss, expected, 1e-13);
    let of_features = fit
        .coefficients
        .chunks_exact(6)
        .flat_map(|of_class| &of_class[..5]);
    let squares: f64 = of_features.map(|entry| entry * entry).sum();
    close("penalty", fit.penalty, 0.125 * squares, 1e-13);
}

/// All classes can be given the same more: none is.
#[test]
fn coefficients_sum_to_zero_over_the_classes() {
    for (l2, intercept) in [(1.0, true), (1.0, false), (0.0, true)] {
        let rows: Vec<usize> = (0..400).collect();
        let options = FitOptions {
            intercept,
            ..options(l2)
        };
        let fit = fit(features(&rows, 3), labels(&rows, 5), plain(), options);
        for column in 0..4 {
            let sum: f64 = fit.coefficients.iter().skip(column).step_by(4).sum();
            assert!(sum.abs() < 1e-14, "{sum:e} in column {column}");
        }
    }
}

/// Rows that weigh nothing are as good as none, wherever they lie.
#[test]
fn rows_of_weight_zero_are_no_rows() {
    let all: Vec<usize> = (0..500).collect();
    let some: Vec<usize> = all.iter().copied().filter(|row| row % 3 != 1).collect();
    let weight = |row: &usize| if row % 3 == 1 { 0.0 } else { 1.0 };
    let weighted = Objective {
        row_weights: Some(row_weights(all.iter().map(weight).collect())),
        ..plain()
    };
    // A class of rows without weight is one that never occurs.
    let mut labels_of_all = labels(&all, 4);
    labels_of_all[1] = 4;
    for l2 in [0.0, 2.0] {
        let with = fit(
            features(&all, 6),
            labels_of_all.clone(),
            weighted.clone(),
            options(l2),
        );
        let without = fit(features(&some, 6), labels(&some, 4), plain(), options(l2));
        close("objective", with.objective(), without.objective(), 1e-13);
        close_all(&with.coefficients[..28], &without.coefficients, LAST_STEP);
        assert_eq!(with.masked_classes, [4]);
        assert_eq!(with.rows_counted, without.rows_counted);
        assert_eq!(with.accuracy, without.accuracy);
    }
}

/// Intercepts make up for what is added to a feature, however large.
#[test]
fn an_offset_of_features_changes_no_fit() {
    let rows: Vec<usize> = (0..300).collect();
    let shifted = rows.iter().flat_map(|&row| {
        let offsets = [0.0, 2000.0, -1e6];
        (0..3).map(move |column| number(row, column) + offsets[column])
    });
    let shifted = Features::new(shifted.collect(), rows.len(), 3).unwrap();
    let [near, far] = [features(&rows, 3), shifted]
        .map(|features| fit(features, labels(&rows, 3), plain(), options(1.0)));
    close("objective", far.objective(), near.objective(), 1e-13);
    assert_eq!(far.iterations, near.iterations);
    for (far, near) in far.coefficients.chunks(4).zip(near.coefficients.chunks(4)) {
        close_all(&far[..3], &near[..3], LAST_STEP);
    }
}

/// Of the classes without weight, only those that nothing is spread over are masked.
#[test]
fn smoothing_gives_weight_to_classes() {
    let rows: Vec<usize> = (0..200).collect();
    let with = |weight| {
        let weights = vec![1.0, weight, 1.0, 2.0];
        let objective = Objective {
            label_smoothing: Some(Smoothing::OverAll(0.25)),
            class_weights: Some(Weights::new(Role::ClassWeights, weights)),
            ..plain()
        };
        let options = FitOptions {
            n_classes: NonZeroUsize::new(4),
            ..options(1.0)
        };
        fit(features(&rows, 2), labels(&rows, 3), objective, options)
    };
    assert!(with(1.0).masked_classes.is_empty());
    let without = with(0.0);
    assert_eq!(without.masked_classes, [1]);
    // Rows of label 1 still have what is spread over the others.
    assert_eq!(without.rows_counted, 200);
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let weights = (0..1797)
        .map(|row| (f64::from(row % 13) - 6.0).exp())
        .collect();
    let objective = Objective {
        row_weights: Some(row_weights(weights)),
        ..plain()
    };
    let regression = regression(digits(), digit_labels(), objective, options(1.0));
    let bits = |fit: &Fit| {
        let numbers = [fit.loss, fit.penalty, fit.gradient_norm];
        let all = fit.coefficients.iter().chain(&numbers);
        all.map(|number| number.to_bits()).collect::<Vec<_>>()
    };
    let fits: Vec<Fit> = [1, 2, 3]
        .map(|threads| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap().install(|| regression.fit(|_| ())).unwrap()
        })
        .into();
    for fit in &fits {
        assert_eq!(fit.outcome, Outcome::Converged);
        assert!(bits(fit) == bits(&fits[0]));
        assert_eq!(
            (fit.iterations, fit.products),
            (fits[0].iterations, fits[0].products)
        );
    }
}

#[test]
fn progress_is_told_of_every_iteration() {
    let mut seen = Vec::new();
    let regression = regression(digits(), digit_labels(), plain(), options(1.0));
    let fit = regression.fit(|progress| seen.push(*progress)).unwrap();
    assert_eq!(seen.len(), fit.iterations);
    assert!(seen.is_sorted_by(|a, b| a.iterations + 1 == b.iterations));
    assert!(seen.is_sorted_by(|a, b| a.products < b.products));
    assert!(seen.is_sorted_by(|a, b| a.objective >= b.objective));
    let last = seen.last().unwrap();
    assert_eq!(last.products, fit.products);
    assert_eq!(last.objective, fit.objective());
    assert_eq!(last.gradient_norm, fit.gradient_norm);
}
