//! Rows of row-major matrices that have passed the door. What lies beyond the end of a matrix is
//! empty, so that nothing can be out of range.

use core::{num::NonZeroUsize, ops::Range};

use crate::door::Batch;

/// One row of a matrix.
#[inline(always)]
pub(crate) fn row_of<T>(matrix: &[T], width: NonZeroUsize, row: usize) -> &[T] {
    rows_of(matrix, width, row..row + 1)
}

/// Consecutive rows of a matrix.
#[inline(always)]
pub(crate) fn rows_of<T>(matrix: &[T], width: NonZeroUsize, rows: Range<usize>) -> &[T] {
    let start = rows.start.wrapping_mul(width.get());
    let end = rows.end.wrapping_mul(width.get());
    matrix.get(start..end).unwrap_or_default()
}

/// All rows from one on.
#[inline(always)]
pub(crate) fn rows_from<T>(matrix: &[T], width: NonZeroUsize, row: usize) -> &[T] {
    matrix
        .get(row.wrapping_mul(width.get())..)
        .unwrap_or_default()
}

/// The last `n` of a slice; all where it has fewer.
#[inline(always)]
pub(crate) fn last<T>(slice: &[T], n: usize) -> &[T] {
    slice.get(slice.len().wrapping_sub(n)..).unwrap_or(slice)
}

/// The same of a slice to be written.
#[inline(always)]
pub(crate) fn last_mut<T>(slice: &mut [T], n: usize) -> &mut [T] {
    let start = slice.len().saturating_sub(n);
    slice.get_mut(start..).unwrap_or_default()
}

/// Writes a slice `n` items at a time, from those at the same places of another one as long. What is
/// left over at the end is written with items before it once more; all at once where there are fewer.
#[inline(always)]
pub(crate) fn write_by<A, B>(
    n: usize,
    from: &[A],
    to: &mut [B],
    mut write: impl FnMut(&[A], &mut [B]),
) {
    for (from, to) in from.chunks_exact(n).zip(to.chunks_exact_mut(n)) {
        write(from, to);
    }
    if !to.len().is_multiple_of(n) {
        write(last(from, n), last_mut(to, n));
    }
}

/// The logits of a row of a batch, without the padding.
#[inline(always)]
pub(crate) fn logits_of<'a, T>(logits: &'a [T], batch: &Batch<'_>, row: usize) -> &'a [T] {
    let padded = row_of(logits, batch.stride, row);
    padded.get(..batch.n_classes.get()).unwrap_or_default()
}

/// The same for a matrix to be written.
#[inline(always)]
pub(crate) fn row_of_mut<T>(matrix: &mut [T], width: NonZeroUsize, row: usize) -> &mut [T] {
    rows_of_mut(matrix, width, row..row + 1)
}

/// Consecutive rows of a matrix to be written.
#[inline(always)]
pub(crate) fn rows_of_mut<T>(
    matrix: &mut [T],
    width: NonZeroUsize,
    rows: Range<usize>,
) -> &mut [T] {
    let start = rows.start.wrapping_mul(width.get());
    let end = rows.end.wrapping_mul(width.get());
    matrix.get_mut(start..end).unwrap_or_default()
}
