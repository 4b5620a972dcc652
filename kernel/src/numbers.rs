//! Arrays of any type of logits as numbers in `f64`.

use core::{array, ops::Range};

use crate::{
    element::Float,
    half::{Bf16, F16},
    logit::Stored,
    vector::Vector,
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
            /// Replaces those of a range, a vector at a time, by what is made of them, rounded, given
            /// how many there are before in the range.
            #[inline(always)]
            pub(crate) fn update<V: Vector<Element = f64>>(
                self,
                arch: V::Arch,
                range: Range<usize>,
                f: impl FnMut(usize, V) -> V,
            ) {
                match self {
                    $(Self::$variant(numbers) => {
                        update(arch, numbers.get_mut(range).unwrap_or_default(), f);
                    })*
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

/// Lanes of the vectors of most processors.
const LANES: usize = <f64 as Float>::LANES;

#[inline(always)]
fn read<Z: Stored>(numbers: &[Z], start: usize, out: &mut [f64]) {
    let numbers = numbers.get(start..).unwrap_or_default();
    for (out, number) in out.iter_mut().zip(numbers) {
        *out = number.widen().into();
    }
}

/// The first numbers of a slice, one a lane; `beyond` in the lanes that it does not reach. Not by way of
/// memory: what is read in larger pieces than it was written in has to be waited for.
#[inline(always)]
pub(crate) fn load<A: Copy, V: Vector<Element = f64>>(
    arch: V::Arch,
    numbers: &[A],
    beyond: f64,
    widen: impl Fn(A) -> f64,
) -> V {
    match numbers.first_chunk::<LANES>() {
        Some(whole) if V::LANES == LANES => {
            let mut lanes = [beyond; LANES];
            for (lane, &number) in lanes.iter_mut().zip(whole) {
                *lane = widen(number);
            }
            V::load(arch, &lanes, beyond)
        }
        _ => {
            let lanes: [f64; LANES] = array::from_fn(
                #[inline(always)]
                |lane| match numbers.get(lane) {
                    Some(&number) => widen(number),
                    None => beyond,
                },
            );
            V::load(arch, &lanes, beyond)
        }
    }
}

#[inline(always)]
fn update<Z: Stored, V: Vector<Element = f64>>(
    arch: V::Arch,
    numbers: &mut [Z],
    mut f: impl FnMut(usize, V) -> V,
) {
    let firsts = (0..).step_by(V::LANES);
    for (first, numbers) in firsts.zip(numbers.chunks_mut(V::LANES)) {
        let vector = load(
            arch,
            numbers,
            0.0,
            #[inline(always)]
            |number: Z| number.widen().into(),
        );
        let mut lanes = [0.0; LANES];
        f(first, vector).store(&mut lanes);
        match numbers.first_chunk_mut::<LANES>() {
            Some(whole) if V::LANES == LANES => narrow(&lanes, whole),
            _ => narrow(&lanes, numbers),
        }
    }
}

fn write<Z: Stored>(numbers: &mut [Z], start: usize, values: &[f64]) {
    narrow(values, numbers.get_mut(start..).unwrap_or_default());
}

/// Writes numbers, rounded, as many as there are and `out` takes.
#[inline(always)]
fn narrow<Z: Stored>(numbers: &[f64], out: &mut [Z]) {
    for (out, &number) in out.iter_mut().zip(numbers) {
        *out = Z::narrow(Z::Element::from_f64(number));
    }
}
