//! Numbers of either precision that options borrow.

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

    /// Those from `start` on, as many as there are and `out` takes.
    pub(crate) fn read(&self, start: usize, out: &mut [f64]) {
        fn copy<T: Copy + Into<f64>>(values: &[T], start: usize, out: &mut [f64]) {
            let values = values.get(start..).unwrap_or_default();
            for (out, &value) in out.iter_mut().zip(values) {
                *out = value.into();
            }
        }
        match self {
            Self::F32(values) => copy(values, start, out),
            Self::F64(values) => copy(values, start, out),
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
