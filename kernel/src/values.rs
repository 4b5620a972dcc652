//! Numbers of either precision that options borrow.

use core::ops::Range;

use crate::pair::{Pair, two_sum};

/// Numbers of either precision, whatever the precision of the logits: weights and target
/// probabilities.
///
/// Made `From` slices and arrays of `f32` or `f64`, so that one is passed as it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Values<'a> {
    /// In single precision.
    F32(&'a [f32]),
    /// In double precision.
    F64(&'a [f64]),
}

impl Values<'_> {
    /// How many there are.
    pub const fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
        }
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them.
    pub(crate) fn get(&self, index: usize) -> Option<f64> {
        match self {
            Self::F32(values) => values.get(index).copied().map(f64::from),
            Self::F64(values) => values.get(index).copied(),
        }
    }

    /// Whether all of a range are as they should be, which is found without stopping at the first that
    /// is not.
    pub(crate) fn all(&self, range: Range<usize>, is_right: impl Fn(f64) -> bool) -> bool {
        fn all<T: Copy + Into<f64>>(values: Option<&[T]>, is_right: impl Fn(f64) -> bool) -> bool {
            values.is_some_and(|values| {
                values
                    .iter()
                    .fold(true, |all, &value| all & is_right(value.into()))
            })
        }
        match self {
            Self::F32(values) => all(values.get(range), is_right),
            Self::F64(values) => all(values.get(range), is_right),
        }
    }

    /// Adds those of a range to sums in turn.
    pub(crate) fn add_to<const N: usize>(&self, range: Range<usize>, sums: &mut [Pair<f64>; N]) {
        fn add<T: Copy + Into<f64>>(values: Option<&[T]>, sums: &mut [Pair<f64>]) {
            for values in values.unwrap_or_default().chunks(sums.len()) {
                for (sum, &value) in sums.iter_mut().zip(values) {
                    let added = two_sum(sum.high, value.into());
                    *sum = Pair {
                        high: added.high,
                        low: sum.low + added.low,
                    };
                }
            }
        }
        match self {
            Self::F32(values) => add(values.get(range), sums),
            Self::F64(values) => add(values.get(range), sums),
        }
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = f64> {
        (0..self.len()).map_while(|index| self.get(index))
    }
}

macro_rules! from_slices {
    ($($number:ident $variant:ident),*) => {$(
        impl<'a> From<&'a [$number]> for Values<'a> {
            fn from(values: &'a [$number]) -> Self {
                Self::$variant(values)
            }
        }

        impl<'a, const N: usize> From<&'a [$number; N]> for Values<'a> {
            fn from(values: &'a [$number; N]) -> Self {
                Self::$variant(values)
            }
        }
    )*};
}

from_slices!(f32 F32, f64 F64);
