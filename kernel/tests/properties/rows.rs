//! What may be done to a row without changing its exact values.

use proptest::prelude::*;
use surprisal::{ArithmeticClass, CrossEntropy, RowState};
use surprisal_reference::{Row, budget::PROMISE, error_measure::ulps};

use crate::{
    common::{Outputs, Real, assert_same_bits, backends, some_vector},
    config, grid, width,
};

/// The logits of a grid, each moved by `shift` steps.
fn on_grid<T: Real>((integers, exponent): &(Vec<i32>, i32), shift: i32) -> Vec<T> {
    let step = f64::from(*exponent).exp2();
    let logit = |&k: &i32| T::round(f64::from(k + shift) * step);
    integers.iter().map(logit).collect()
}

/// Holds every output of a row against the exact values of another one, whose class `places[j]` is
/// the class j of this one.
fn hold<T: Real>(logits: &[T], label: usize, exact: &Row, places: &[usize]) {
    let n = logits.len();
    for backend in backends() {
        let loss = CrossEntropy::new().backend(backend);
        let outputs = Outputs::of(loss, logits, n, &[label], &some_vector::<T>(n));
        let check = |what: &str, actual: T, exact| {
            let error = ulps(actual, exact);
            assert!(error <= PROMISE, "{what}, {backend}: {error} ulp");
        };
        check("loss", outputs.losses[0], exact.loss(places[label]));
        for (j, &place) in places.iter().enumerate() {
            check(
                "gradient",
                outputs.gradients[j],
                exact.gradient(places[label], place),
            );
            check(
                "probability",
                outputs.probabilities[j],
                exact.probability(place),
            );
            check(
                "diagonal",
                outputs.diagonals[j],
                exact.hessian(place, place),
            );
            for (i, &other) in places.iter().enumerate().take(outputs.hessians.len() / n) {
                check(
                    "Hessian",
                    outputs.hessians[i * n + j],
                    exact.hessian(other, place),
                );
            }
        }
    }
}

/// The loss of a row from the states of parts of it, merged from the left or from the right.
fn of_parts<T: Real>(loss: CrossEntropy<'_>, row: &[T], cuts: &[usize], from_left: bool) -> [T; 2] {
    let ends = cuts.iter().copied().chain([row.len()]);
    let mut start = 0;
    let states = ends.map(|end| {
        let mut state = [RowState::EMPTY];
        if end > start {
            loss.row_states(&row[start..end], end - start, &mut state)
                .unwrap();
        }
        start = end;
        state
    });
    let states: Vec<_> = states.collect();
    let merge = |mut first: [RowState<T>; 1], next: [RowState<T>; 1]| {
        loss.merge_row_states(&mut first, &next).unwrap();
        first
    };
    let whole = if from_left {
        states.into_iter().reduce(merge)
    } else {
        let turned = |next, first| merge(first, next);
        states.into_iter().rev().reduce(turned)
    };
    let (first, last) = (row[0], row[row.len() - 1]);
    let whole = [whole.unwrap_or([RowState::EMPTY])[0]; 2];
    let mut losses = [T::round(0.0); 2];
    loss.losses_of_states(&whole, &[first, last], &mut losses)
        .unwrap();
    losses
}

fn parts_hold<T: Real>(row: &[T], cuts: &[usize], from_left: bool) {
    let exact = Row::new(row);
    for backend in backends() {
        let loss = CrossEntropy::new().backend(backend);
        let losses = of_parts(loss, row, cuts, from_left);
        for (actual, label) in losses.into_iter().zip([0, row.len() - 1]) {
            let error = ulps(actual, exact.loss(label));
            assert!(error <= PROMISE, "{backend}: {error} ulp");
        }
    }
}

/// Backends of a class agree.
fn agree<T: Real>(logits: &[T], n_classes: usize) {
    let labels: Vec<usize> = (0..logits.len() / n_classes)
        .map(|row| row * 7 % n_classes)
        .collect();
    let vectors = some_vector::<T>(logits.len());
    let mut first: [Option<Outputs<T>>; 2] = [None, None];
    for backend in backends() {
        let loss = CrossEntropy::new().backend(backend);
        let outputs = Outputs::of(loss, logits, n_classes, &labels, &vectors);
        let fused = backend.arithmetic_class() == ArithmeticClass::Fused;
        let same = first[usize::from(fused)].get_or_insert_with(|| outputs.clone());
        for ((name, actual), (_, expected)) in outputs.list().iter().zip(same.list()) {
            assert_same_bits(&format!("{name}, {backend}"), actual, expected);
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_shift_changes_no_exact_value(
        row in (1..=70_usize).prop_flat_map(grid),
        shift in prop_oneof![-0x10000..0x10000, -0x7f_0000..0x7f_0000],
        label in any::<prop::sample::Index>(),
    ) {
        let n = row.0.len();
        let (label, places) = (label.index(n), (0..n).collect::<Vec<_>>());
        hold(&on_grid::<f32>(&row, shift), label, &Row::new(&on_grid::<f32>(&row, 0)), &places);
        hold(&on_grid::<f64>(&row, shift), label, &Row::new(&on_grid::<f64>(&row, 0)), &places);
    }

    #[test]
    fn a_permutation_permutes(
        (row, places) in (1..=70_usize)
            .prop_flat_map(|n| (grid(n), Just((0..n).collect::<Vec<_>>()).prop_shuffle())),
        label in any::<prop::sample::Index>(),
    ) {
        let row = on_grid::<f64>(&row, 0);
        let label = label.index(row.len());
        let permuted: Vec<f64> = places.iter().map(|&place| row[place]).collect();
        hold(&permuted, label, &Row::new(&row), &places);
        let narrow = |row: &[f64]| row.iter().map(|&z| z as f32).collect::<Vec<_>>();
        hold(&narrow(&permuted), label, &Row::new(&narrow(&row)), &places);
    }

    #[test]
    fn parts_merge_to_the_row(
        row in width().prop_flat_map(grid),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..=6),
        from_left in any::<bool>(),
    ) {
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(row.0.len() + 1)).collect();
        cuts.sort_unstable();
        parts_hold(&on_grid::<f32>(&row, 0), &cuts, from_left);
        parts_hold(&on_grid::<f64>(&row, 0), &cuts, from_left);
    }

    /// In place or not, beside losses or not, whatever the bits are.
    #[test]
    fn backends_of_a_class_agree_on_any_bits(
        n_classes in width(),
        n_rows in 1..=20_usize,
        bits in prop::collection::vec(any::<u32>(), 1..=200),
        ordinary in any::<bool>(),
    ) {
        let n_rows = if n_classes > 70 { 1 } else { n_rows };
        let number = |i: usize| {
            let bits = bits[i % bits.len()];
            // Ordinary numbers are those of about 2^-7 to 2^8.
            let exponent = if ordinary { 0x3c00_0000 + (bits & 0x780_0000) } else { bits & 0x7f80_0000 };
            f32::from_bits(bits & 0x807f_ffff | exponent)
        };
        let logits: Vec<f32> = (0..n_rows * n_classes).map(number).collect();
        agree(&logits, n_classes);
        let wide: Vec<f64> = logits.into_iter().map(f64::from).collect();
        agree(&wide, n_classes);
    }
}
