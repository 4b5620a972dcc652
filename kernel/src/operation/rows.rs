//! Rows of a batch, finished together.

use core::{array, num::NonZeroUsize, ops::Range};

use crate::{
    door::{Batch, row_of},
    element::{Element, Float},
    label::Label,
    pair::Pair,
    row::{
        Row,
        finish::{Finished, Group},
        state::{State, to_lanes},
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
    (0..n_rows).step_by(len).map(move |first| first..(first + len).min(n_rows))
}

/// What the derivatives of every row are multiplied by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coefficients<'a, T> {
    upstream: Option<&'a [T]>,
    inverse_denominator: Option<Pair<T>>,
}

impl<'a, T: Element> Coefficients<'a, T> {
    /// Nothing.
    pub(super) const NONE: Self = Self { upstream: None, inverse_denominator: None };

    #[inline(always)]
    pub(super) fn new<A: Arch, L: Label>(
        arch: A,
        batch: &Batch<'_, L>,
        upstream: Option<&'a [T]>,
    ) -> Self {
        let inverse_denominator = batch.denominator().map(|denominator| {
            // An f64 in two parts of the element type; the second is zero for f64.
            let high = T::from_f64(denominator);
            let low = T::from_f64(denominator - high.into());
            let splat = |value| VectorOf::<T, A>::splat(arch, value);
            let inverse =
                Pair::from_one(arch, splat(T::ONE)).div(Pair::new(splat(high), splat(low)));
            let ([high, ..], [low, ..]) = (to_lanes(inverse.high), to_lanes(inverse.low));
            Pair { high, low }
        });
        Self { upstream, inverse_denominator }
    }

    #[inline(always)]
    fn of_row<A: Arch>(&self, arch: A, row: usize) -> Option<Pair<T>> {
        let Some(upstream) = self.upstream else { return self.inverse_denominator };
        let upstream = upstream.get(row).copied().unwrap_or(T::ONE);
        let Some(Pair { high, low }) = self.inverse_denominator else {
            return Some(Pair { high: upstream, low: T::ZERO });
        };
        let splat = |value| VectorOf::<T, A>::splat(arch, value);
        let product = Pair::from_one(arch, splat(upstream)).mul(Pair::new(splat(high), splat(low)));
        let ([high, ..], [low, ..]) = (to_lanes(product.high), to_lanes(product.low));
        Some(Pair { high, low })
    }
}

/// The rows of a range, at most as many as a vector has lanes; `None` for an ignored one.
#[inline(always)]
pub(super) fn finished<T: Element, A: Arch, L: Label>(
    arch: A,
    batch: &Batch<'_, L>,
    coefficients: &Coefficients<'_, T>,
    logits: &[T],
    rows: Range<usize>,
) -> [Option<Row<T>>; MAX_LANES] {
    let mut group = Group::EMPTY;
    let mut states = [None; MAX_LANES];
    for (lane, (row, state)) in rows.clone().zip(&mut states).enumerate() {
        let Some(label) = batch.class(row) else { continue };
        let logits = row_of(logits, batch.n_classes(), row);
        *state = Some((label, group.read::<VectorOf<T, A>>(arch, lane, logits, label)));
    }
    let finished: [Finished<T>; MAX_LANES] = group.finish::<VectorOf<T, A>>(arch).to_rows();
    array::from_fn(|lane| {
        let (label, State { max, argmax, .. }) = states[lane]?;
        let coefficient = coefficients.of_row(arch, rows.start + lane);
        Some(Row { label, argmax, max, finished: finished[lane], coefficient })
    })
}
