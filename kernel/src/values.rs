//! Numbers of either precision that options borrow.

use core::ops::Range;

use crate::{
    numbers::load,
    pair::{Pair, two_sum},
    vector::Vector,
};

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
    /// Those of a range; none where there are not as many.
    #[inline(always)]
    pub(crate) fn range(self, range: Range<usize>) -> Self {
        match self {
            Self::F32(values) => Self::F32(values.get(range).unwrap_or_default()),
            Self::F64(values) => Self::F64(values.get(range).unwrap_or_default()),
        }
    }

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

    /// Whether all of a range are from 0 to a number, which is found without stopping at the first that is
    /// not.
    pub(crate) fn all_are_within(&self, range: Range<usize>, largest: f64) -> bool {
        fn all<T: Copy + PartialOrd>(values: Option<&[T]>, least: T, largest: T) -> bool {
            values.is_some_and(|values| {
                let each = values.iter();
                each.fold(true, |all, &value| all & (least..=largest).contains(&value))
            })
        }
        match self {
            Self::F32(values) => {
                let nearest = largest as f32;
                let is_above = f64::from(nearest) > largest;
                let largest = if is_above {
                    nearest.next_down()
                } else {
                    nearest
                };
                all(values.get(range), 0.0, largest)
            }
            Self::F64(values) => all(values.get(range), 0.0, largest),
        }
    }

    /// Values from an index on, one a lane; zero where there are no more.
    #[inline(always)]
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "by its name it would be called without the processor's instructions"
    )]
    pub(crate) fn load<V: Vector<Element = f64>>(&self, arch: V::Arch, start: usize) -> V {
        match self {
            Self::F32(values) => load(
                arch,
                values.get(start..).unwrap_or_default(),
                0.0,
                #[inline(always)]
                |value| value.into(),
            ),
            Self::F64(values) => V::load(arch, values.get(start..).unwrap_or_default(), 0.0),
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
