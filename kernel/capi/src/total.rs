//! The total of a batch.

use surprisal::Total;

/// `surprisal_total`.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct CTotal {
    pub(crate) sum: f64,
    pub(crate) weight: f64,
    pub(crate) rows_counted: usize,
    pub(crate) rows_ignored: usize,
    pub(crate) rows_non_finite: usize,
}

impl From<Total> for CTotal {
    fn from(total: Total) -> Self {
        Self {
            sum: total.sum,
            weight: total.weight,
            rows_counted: total.rows_counted,
            rows_ignored: total.rows_ignored,
            rows_non_finite: total.rows_non_finite,
        }
    }
}
