//! Arrays of any type of logits as numbers in `f64`.

use crate::{
    element::Float,
    half::{Bf16, F16},
    logit::Stored,
};

macro_rules! numbers {
    ($($type:ident $variant:ident),*) => {
        /// An array of some type of logits.
        #[derive(Clone, Copy, Debug)]
        pub enum Numbers<'a> {
            $(
                #[doc = stringify!($type)]
                $variant(&'a [$type]),
            )*
        }

        /// The same to be written.
        #[derive(Debug)]
        pub enum NumbersMut<'a> {
            $(
                #[doc = stringify!($type)]
                $variant(&'a mut [$type]),
            )*
        }

        impl Numbers<'_> {
            /// Reads numbers from an index on, as many as there are and `out` takes.
            #[inline(always)]
            pub(crate) fn read(self, start: usize, out: &mut [f64]) {
                match self {
                    $(Self::$variant(numbers) => read(numbers, start, out),)*
                }
            }
        }

        impl NumbersMut<'_> {
            /// Reads numbers from an index on.
            #[inline(always)]
            pub(crate) fn read_back(self, start: usize, out: &mut [f64]) {
                match self {
                    $(Self::$variant(numbers) => read(numbers, start, out),)*
                }
            }

            /// Writes numbers, rounded, from an index on.
            pub(crate) fn write(self, start: usize, values: &[f64]) {
                match self {
                    $(Self::$variant(numbers) => write(numbers, start, values),)*
                }
            }
        }

        $(
            impl AsNumbers for $type {
                fn numbers(array: &[Self]) -> Numbers<'_> {
                    Numbers::$variant(array)
                }

                fn numbers_mut(array: &mut [Self]) -> NumbersMut<'_> {
                    NumbersMut::$variant(array)
                }
            }
        )*
    };
}

/// A type whose arrays are [`Numbers`].
pub trait AsNumbers: Sized {
    #[doc(hidden)]
    fn numbers(array: &[Self]) -> Numbers<'_>;
    #[doc(hidden)]
    fn numbers_mut(array: &mut [Self]) -> NumbersMut<'_>;
}

numbers!(f32 F32, f64 F64, Bf16 Bf16, F16 F16);

#[inline(always)]
fn read<Z: Stored>(numbers: &[Z], start: usize, out: &mut [f64]) {
    let numbers = numbers.get(start..).unwrap_or_default();
    for (out, number) in out.iter_mut().zip(numbers) {
        *out = number.widen().into();
    }
}

fn write<Z: Stored>(numbers: &mut [Z], start: usize, values: &[f64]) {
    let numbers = numbers.get_mut(start..).unwrap_or_default();
    for (number, &value) in numbers.iter_mut().zip(values) {
        *number = Z::narrow(Z::Element::from_f64(value));
    }
}
