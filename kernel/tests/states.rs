//! States of parts of rows: fixed blocks merged in order give the bits of the whole row, parts
//! cut anywhere the promised accuracy.

mod common;

use common::{Real, assert_same_bits, backends};
use surprisal::{Backend, CrossEntropy, RowState};
use surprisal_reference::{Row, error_measure::ulps};

/// Rows with a tie of the largest, masked classes, and several magnitudes.
fn logits<T: Real>(n_rows: usize, n_classes: usize) -> Vec<T> {
    let entry = |i: usize| match (i % n_classes) % 97 {
        13 => f64::NEG_INFINITY,
        29 | 31 => 9.0,
        _ => {
            let random = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            random as f64 / f64::from(1 << 20) - 8.0
        }
    };
    (0..n_rows * n_classes)
        .map(|i| T::round(entry(i)))
        .collect()
}

/// Columns `range` of a row-major matrix.
fn columns<T: Copy>(matrix: &[T], n_classes: usize, range: std::ops::Range<usize>) -> Vec<T> {
    let rows = matrix.chunks_exact(n_classes);
    rows.flat_map(|row| &row[range.clone()]).copied().collect()
}

/// States of rows from parts of them, which end at `ends`.
fn merged<T: Real>(
    loss: CrossEntropy<'_>,
    logits: &[T],
    n_classes: usize,
    ends: impl Iterator<Item = usize>,
) -> Vec<RowState<T>> {
    let mut states = vec![RowState::EMPTY; logits.len() / n_classes];
    let mut next = states.clone();
    let mut start = 0;
    for end in ends {
        let part = columns(logits, n_classes, start..end);
        loss.row_states(&part, end - start, &mut next).unwrap();
        loss.merge_row_states(&mut states, &next).unwrap();
        start = end;
    }
    assert_eq!(start, n_classes);
    states
}

fn blocks_have_the_bits_of_rows<T: Real>(backend: Backend) {
    let loss = CrossEntropy::new().backend(backend).ignore_label(-1);
    let block = RowState::<T>::BLOCK_LEN;
    let widths = [1, 2, 10, 32, 33, 100, block, block + 1, 2 * block + 77];
    let few = widths.map(|n_classes| (5, n_classes));
    // Of narrow rows more than stand side by side.
    let many = [1, 2, 10, 32, 33, 100].map(|n_classes| (37, n_classes));
    for (n_rows, n_classes) in few.into_iter().chain(many) {
        let logits = logits::<T>(n_rows, n_classes);
        let labels: Vec<i64> = (0..n_rows as i64)
            .map(|row| {
                if row == 3 {
                    -1
                } else {
                    row * 37 % n_classes as i64
                }
            })
            .collect();
        let ends = (1..=n_classes.div_ceil(block)).map(|i| n_classes.min(i * block));
        let states = merged(loss, &logits, n_classes, ends);
        let label_logits: Vec<T> = labels
            .iter()
            .enumerate()
            .map(|(row, &label)| logits[row * n_classes + label.max(0) as usize])
            .collect();

        let zeros = vec![T::round(0.0); logits.len()];
        let (mut losses, mut gradients) = (vec![T::round(0.0); n_rows], zeros.clone());
        loss.losses_and_gradients(
            &logits,
            n_classes,
            &labels,
            None,
            &mut losses,
            &mut gradients,
        )
        .unwrap();
        let mut of_states = vec![T::round(0.0); n_rows];
        loss.losses_of_states(&states, &label_logits, &mut of_states)
            .unwrap();
        // States know nothing of labels, nor that one is ignored.
        of_states[3] = T::round(0.0);
        let what = format!("losses of {n_classes} classes, {backend}");
        assert_same_bits(&what, &of_states, &losses);

        for cut in [n_classes / 3, n_classes] {
            for (start, end) in [(0, cut), (cut, n_classes)] {
                if start == end {
                    continue;
                }
                let part = columns(&logits, n_classes, start..end);
                let mut actual = zeros[..part.len()].to_vec();
                loss.gradients_of_states(
                    &states,
                    &part,
                    end - start,
                    start,
                    &labels,
                    None,
                    &mut actual,
                )
                .unwrap();
                let what = format!("gradients {start}..{end} of {n_classes} classes, {backend}");
                assert_same_bits(&what, &actual, &columns(&gradients, n_classes, start..end));
            }
        }
    }
}

#[test]
fn blocks_merged_in_order_have_the_bits_of_rows() {
    for backend in backends() {
        blocks_have_the_bits_of_rows::<f32>(backend);
        blocks_have_the_bits_of_rows::<f64>(backend);
    }
}

fn parts_are_as_accurate_as_rows<T: Real>(backend: Backend) {
    let loss = CrossEntropy::new().backend(backend);
    for shift in [0.0, 3e4, -3e4] {
        for n_classes in [2, 7, 40, 300] {
            let mut logits = logits::<T>(1, n_classes);
            for z in &mut logits {
                let value: f64 = (*z).into();
                *z = T::round(value + shift);
            }
            for cut in 1..n_classes {
                let states = merged(loss, &logits, n_classes, [cut, n_classes].into_iter());
                for label in [0, n_classes / 2, n_classes - 1] {
                    let mut actual = [T::round(0.0)];
                    loss.losses_of_states(&states, &logits[label..=label], &mut actual)
                        .unwrap();
                    let exact = Row::new(&logits).loss(label);
                    let error = ulps(actual[0], exact);
                    assert!(
                        error <= 2.0,
                        "{n_classes} classes cut at {cut}, {shift}, {backend}: {error} ulp"
                    );
                }
            }
        }
    }
}

#[test]
fn parts_cut_anywhere_keep_the_promise() {
    for backend in backends() {
        parts_are_as_accurate_as_rows::<f32>(backend);
        parts_are_as_accurate_as_rows::<f64>(backend);
    }
}

/// What a difference of maxima is rounded by may itself be beyond what e^x can be computed of.
#[test]
fn parts_of_any_magnitudes_merge() {
    fn merge<T: Real>(logits: [f64; 2]) {
        let logits = logits.map(T::round);
        for backend in backends() {
            let loss = CrossEntropy::new().backend(backend);
            for order in [logits, [logits[1], logits[0]]] {
                let states = merged(loss, &order, 2, [1, 2].into_iter());
                let mut losses = [T::round(0.0); 2];
                loss.losses_of_states(&[states[0]; 2], &order, &mut losses)
                    .unwrap();
                let exact = [0, 1].map(|label| Row::new(&order).loss(label));
                for (actual, exact) in losses.into_iter().zip(exact) {
                    let error = ulps(actual, exact);
                    assert!(error <= 2.0, "{order:?} on {backend}: {losses:?}");
                }
            }
        }
    }
    merge::<f32>([1.5e30, 1e22]);
    merge::<f32>([1e38, -1e31]);
    merge::<f64>([1.1949172487562852e59, 1e30]);
    merge::<f64>([1e300, 1e284]);
    merge::<f64>([-1e300, -1.5e308]);
}

#[test]
fn states_survive_as_numbers_and_empty_ones_change_nothing() {
    let loss = CrossEntropy::new();
    let mut states = [RowState::EMPTY; 3];
    let masked = f32::NEG_INFINITY;
    let logits = [1.0, 2.0, masked, masked, f32::NAN, 0.0];
    loss.row_states(&logits, 2, &mut states).unwrap();
    let [a, b, _] = states;
    assert_eq!(RowState::from_parts(a.to_parts()), a);
    // Masked logits only: as if there were none.
    assert_eq!(b, RowState::EMPTY);
    for other in [RowState::EMPTY, b] {
        let mut merged = [a];
        loss.merge_row_states(&mut merged, &[other]).unwrap();
        assert_eq!(merged, [a]);
        let mut merged = [other];
        loss.merge_row_states(&mut merged, &[a]).unwrap();
        assert_eq!(merged, [a]);
    }
    // A row without a class left has no loss, nor one with a NaN, whatever is merged into it.
    let mut losses = [0.0; 2];
    loss.losses_of_states(&[b, states[2]], &[masked, 0.0], &mut losses)
        .unwrap();
    assert!(losses.iter().all(|loss| loss.is_nan()));
    let mut merged = [a];
    loss.merge_row_states(&mut merged, &states[2..]).unwrap();
    loss.losses_of_states(&merged, &[1.0], &mut losses[..1])
        .unwrap();
    assert!(losses[0].is_nan());
}

/// Which of 0 and -0 is the larger is the processor's business, not that of states.
#[test]
fn states_of_both_zeros_have_the_bits_of_one() {
    fn check<T: Real>() {
        for n_classes in [1, 2, 9, 40, 300] {
            for of_period in 1..=3 {
                let zero = |i: usize| if i % 3 < of_period { -0.0 } else { 0.0 };
                let row: Vec<T> = (0..n_classes).map(|i| T::round(zero(i))).collect();
                for backend in backends() {
                    let loss = CrossEntropy::new().backend(backend);
                    let mut states = [RowState::EMPTY];
                    loss.row_states(&row, n_classes, &mut states).unwrap();
                    let [max, ..] = states[0].to_parts();
                    let max: f64 = max.into();
                    assert_eq!(max.to_bits(), 0, "{n_classes} classes on {backend}");
                }
            }
        }
    }
    check::<f32>();
    check::<f64>();
}

/// What is summed beside plus infinity depends on the backend, and is not to be seen.
#[test]
fn states_of_rows_with_infinity_or_nan_are_nan() {
    fn check<T: Real>() {
        for n_classes in [1, 2, 9, 17, 40, 300, RowState::<T>::BLOCK_LEN + 1] {
            for odd in [f64::INFINITY, f64::NAN] {
                for place in [0, n_classes / 2, n_classes - 1] {
                    let mut row = logits::<T>(1, n_classes);
                    row[place] = T::round(odd);
                    for backend in backends() {
                        let mut states = [RowState::EMPTY];
                        CrossEntropy::new()
                            .backend(backend)
                            .row_states(&row, n_classes, &mut states)
                            .unwrap();
                        let parts = states[0].to_parts().map(Into::<f64>::into);
                        assert!(
                            parts.iter().all(|part| part.is_nan()),
                            "{odd} as class {place} of {n_classes} on {backend}: {parts:?}"
                        );
                    }
                }
            }
        }
    }
    check::<f32>();
    check::<f64>();
}
