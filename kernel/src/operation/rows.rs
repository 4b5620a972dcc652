//! Rows of a batch, finished together.

use core::{num::NonZeroUsize, ops::Range};

use crate::{
    door::{Batch, row_of},
    element::{Element, Float},
    pair::Pair,
    row::{
        Coefficient, Row,
        finish::Group,
        state::{State, first_lanes, pair_of},
    },
    vector::{Arch, MAX_LANES, Vector},
};

/// Bytes of logits whose states are finished together before their derivatives read them again:
/// they stay in the second-level cache.
const GROUP_BYTES: usize = 128 * 1024;

/// The vector of an element type on a backend.
pub(super) type VectorOf<T, A> = <T as Float>::Vector<A>;

/// Ranges of rows, none longer than a vector has lanes.
pub(super) fn groups<T: Element, A: Arch>(
    n_rows: usize,
    n_classes: NonZeroUsize,
) -> impl Iterator<Item = Range<usize>> {
    let row_bytes = n_classes.get().saturating_mul(size_of::<T>());
    let lanes = VectorOf::<T, A>::LANES;
    let len = (GROUP_BYTES / row_bytes).clamp(1, lanes);
    (0..n_rows)
        .step_by(len)
        .map(move |first| first..(first + len).min(n_rows))
}

/// What the derivatives of every row are multiplied by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coefficients<'a, T> {
    upstream: Option<&'a [T]>,
    inverse_denominator: Option<Pair<T>>,
}

impl<'a, T: Element> Coefficients<'a, T> {
    /// Nothing.
    pub(super) const NONE: Self = Self {
        upstream: None,
        inverse_denominator: None,
    };

    #[inline(always)]
    pub(super) fn new<A: Arch>(arch: A, batch: &Batch<'_>, upstream: Option<&'a [T]>) -> Self {
        let mut inverse_denominator = None;
        if let Some(denominator) = batch.denominator {
            // An f64 in two parts of the element type; the second is zero for f64.
            let high = T::from_f64(denominator);
            let low = T::from_f64(denominator - high.into());
            let denominator: Pair<VectorOf<T, A>> = pair_of(arch, Pair { high, low });
            let one = pair_of(
                arch,
                Pair {
                    high: T::ONE,
                    low: T::ZERO,
                },
            );
            inverse_denominator = Some(first_lanes(one.div(denominator)));
        }
        Self {
            upstream,
            inverse_denominator,
        }
    }

    #[inline(always)]
    fn of_row<A: Arch>(&self, arch: A, row: usize) -> Option<Coefficient<T>> {
        let Some(upstream) = self.upstream else {
            return self.inverse_denominator.map(Coefficient::new);
        };
        let high = upstream.get(row).copied().unwrap_or(T::ONE);
        let mut product = Pair { high, low: T::ZERO };
        if let Some(inverse) = self.inverse_denominator {
            let upstream: Pair<VectorOf<T, A>> = pair_of(arch, product);
            product = first_lanes(upstream.mul(pair_of(arch, inverse)));
        }
        Some(Coefficient::new(product))
    }
}

/// Classes and states of the rows of a group; `None` for an ignored one.
pub(super) type Counted<T> = [Option<(usize, State<T>)>; MAX_LANES];

/// Reads the counted rows of a range, at most as many as a vector has lanes.
#[inline(always)]
pub(super) fn read<T: Element, A: Arch>(
    arch: A,
    batch: &Batch<'_>,
    logits: &[T],
    rows: Range<usize>,
) -> (Group<T>, Counted<T>) {
    let mut group = Group::EMPTY;
    let mut counted = [None; MAX_LANES];
    let classes = batch.labels.classes(rows.clone());
    for (lane, ((row, class), counted)) in rows.zip(classes).zip(&mut counted).enumerate() {
        if let Some(label) = class {
            let logits = row_of(logits, batch.n_classes, row);
            let state = group.read::<VectorOf<T, A>>(arch, lane, logits, label);
            *counted = Some((label, state));
        }
    }
    (group, counted)
}

/// The rows of a range, at most as many as a vector has lanes; `None` for an ignored one.
#[inline(always)]
pub(super) fn finished<T: Element, A: Arch>(
    arch: A,
    batch: &Batch<'_>,
    coefficients: &Coefficients<'_, T>,
    logits: &[T],
    rows: Range<usize>,
) -> [Option<Row<T>>; MAX_LANES] {
    let (group, states) = read(arch, batch, logits, rows.clone());
    let all = group.finish::<VectorOf<T, A>>(arch).to_rows();
    let mut counted = [const { None }; MAX_LANES];
    for (row, ((to, state), finished)) in rows.zip(counted.iter_mut().zip(states).zip(all)) {
        if let Some((label, State { max, argmax, .. })) = state {
            let coefficient = coefficients.of_row(arch, row);
            *to = Some(Row {
                label,
                argmax,
                max,
                finished,
                coefficient,
            });
        }
    }
    counted
}
