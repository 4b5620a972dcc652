//! Fixed blocks of rows: the unit of work of a thread and the unit of summation.

use std::ops::Range;

/// Numbers of a block: 64 KiB of `f32`, which stays in the cache nearest to a core.
pub(crate) const BLOCK_NUMBERS: usize = 1 << 14;

/// Rows `0..n_rows` cut into blocks. Where the cuts are depends on the length of a row only,
/// never on the number of threads: that is why sums have the same bits with any of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blocks {
    n_rows: usize,
    rows_per_block: usize,
}

impl Blocks {
    /// Blocks of rows of which each takes `row_length` numbers.
    pub(crate) fn new(n_rows: usize, row_length: usize) -> Self {
        Self {
            n_rows,
            rows_per_block: (BLOCK_NUMBERS / row_length.max(1)).max(1),
        }
    }

    /// The same, with at least so many rows in a block that is not the last.
    pub(crate) fn of_at_least(rows: usize, n_rows: usize, row_length: usize) -> Self {
        let blocks = Self::new(n_rows, row_length);
        Self {
            rows_per_block: blocks.rows_per_block.max(rows),
            ..blocks
        }
    }

    /// Number of blocks.
    pub(crate) fn len(self) -> usize {
        self.n_rows.div_ceil(self.rows_per_block)
    }

    pub(crate) fn rows_per_block(self) -> usize {
        self.rows_per_block
    }

    /// The rows of every block, in order.
    pub(crate) fn iter(self) -> impl Iterator<Item = Range<usize>> {
        (0..self.len()).map(move |block| self.rows(block))
    }

    /// The rows of a block; the last block may be short.
    pub(crate) fn rows(self, block: usize) -> Range<usize> {
        let start = block * self.rows_per_block;
        start..self.n_rows.min(start + self.rows_per_block)
    }
}
