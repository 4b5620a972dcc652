//! Integer labels of any type.

/// An integer type that can label a row: `u8` to `u64`, `usize`, `i8` to `i64`, `isize`.
///
/// Sealed; it only asks a label for its value and its class.
pub trait Label: Copy + sealed::Sealed {
    /// The label as a number, for comparison with ignored labels and for error messages.
    fn value(self) -> i128;

    /// The class the label names, if it is one of `0..n_classes`.
    fn class(self, n_classes: usize) -> Option<usize>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! labels {
    ($($integer:ty),*) => {$(
        impl sealed::Sealed for $integer {}

        impl Label for $integer {
            #[inline(always)]
            #[allow(clippy::cast_lossless, reason = "`usize` has no `From` into `i128`")]
            fn value(self) -> i128 {
                self as i128
            }

            #[inline(always)]
            fn class(self, n_classes: usize) -> Option<usize> {
                usize::try_from(self).ok().filter(|&class| class < n_classes)
            }
        }
    )*};
}

labels!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);
