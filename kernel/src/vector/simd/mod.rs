//! The vector instructions of a processor, through `fearless_simd`, whose tokens are the proof
//! that the processor has them. One adaptor serves all of its levels.

mod abreast;
mod columns;
mod halves;
mod prefetch;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod two;

use core::{
    marker::PhantomData,
    ops::{Add, Div, Mul, Neg, Sub},
};

use fearless_simd::{
    Bytes, ExtractToken, Select, Simd, SimdBase, SimdFloat, SimdMask, f32x16, f64x8, u32x16, u64x8,
};

use super::{Arch, MultiplyAdd, Single, Vector, two_product_fused, two_product_unfused};
use crate::{
    element::Float,
    half::{Bf16, F16},
};
use abreast::{Abreast, Doubling};
use columns::Transpose;
use halves::{Halves, load_bf16, load_f16};
use prefetch::Prefetch;

/// A level of `fearless_simd` with its own way to do some things.
pub(crate) trait Processor: Halves + Prefetch + Transpose + Abreast {}

impl<S: Halves + Prefetch + Transpose + Abreast> Processor for S {}

/// A level of the processor, in an arithmetic class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Level<S, M>(S, PhantomData<M>);

impl<S: Simd, M> Level<S, M> {
    /// With the token of the level.
    #[inline(always)]
    pub(super) fn new(token: S) -> Self {
        Self(token, PhantomData)
    }
}

/// The best level of this processor; without run-time detection, the best one that the compiler
/// was told about.
#[inline]
pub(super) fn best() -> fearless_simd::Level {
    fearless_simd::Level::try_detect().unwrap_or(fearless_simd::Level::baseline())
}

impl<S: Processor, M: MultiplyAdd> Arch for Level<S, M> {
    type F32 = Lanes<f32x16<S>, M>;
    type F64 = Lanes<f64x8<S>, M>;

    type Single = Level<S, Single<M>>;

    const FUSED: bool = M::FUSED;
    const IN_PAIRS: bool = M::IN_PAIRS;

    #[inline(always)]
    fn single(self) -> Self::Single {
        Level(self.0, PhantomData)
    }

    #[inline(always)]
    fn run<R>(self, operation: impl FnOnce() -> R) -> R {
        self.0.vectorize(operation)
    }

    #[inline(always)]
    fn prefetch<T>(self, slice: &[T]) {
        self.0.prefetch(slice.as_ptr().cast());
    }

    #[inline(always)]
    fn prefetch_near<T>(self, slice: &[T]) {
        self.0.prefetch_near(slice.as_ptr().cast());
    }
}

/// A vector of `fearless_simd`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lanes<V, M>(V, PhantomData<M>);

impl<V, M> Lanes<V, M> {
    #[inline(always)]
    fn new(vector: V) -> Self {
        Self(vector, PhantomData)
    }
}

macro_rules! operators {
    ($($trait:ident $method:ident),*) => {$(
        impl<V: $trait<Output = V>, M> $trait for Lanes<V, M> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self::new(self.0.$method(other.0))
            }
        }
    )*};
}

operators!(Add add, Sub sub, Mul mul, Div div);

impl<V: Neg<Output = V>, M> Neg for Lanes<V, M> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self::new(-self.0)
    }
}

/// Copies as many elements as both slices have, fewer than 16, in chunks whose lengths are known: a
/// loop would become a call of a function, which takes longer.
#[inline(always)]
fn copy<T: Copy>(from: &[T], to: &mut [T]) {
    #[inline(always)]
    fn chunk<const N: usize, T: Copy>(from: &[T], to: &mut [T], start: usize) -> usize {
        let end = start + N;
        match (to.get_mut(start..end), from.get(start..end)) {
            (Some(to), Some(from)) => {
                to.copy_from_slice(from);
                end
            }
            _ => start,
        }
    }
    let start = chunk::<8, T>(from, to, 0);
    let start = chunk::<4, T>(from, to, start);
    let start = chunk::<2, T>(from, to, start);
    chunk::<1, T>(from, to, start);
}

/// A function of its own. Vectors without a fused multiply-add have 128 bits, four to one of ours: a
/// product and its error are a hundred instructions, and compilers take a third longer where they
/// are inlined. A call shows in Hessian products alone, by 6 %. The processors' baseline has
/// these vectors, so it needs no [`Arch::run`].
#[inline(never)]
fn two_product_by_call<V: Vector>(a: V, b: V, splitter: V) -> (V, V) {
    two_product_unfused(a, b, splitter)
}

macro_rules! simd_vector {
    ($element:ident, $vector:ident, $integers:ident, $lanes:literal, $twice:literal, { $($halves:item)* }) => {
        impl<S: Processor, M: MultiplyAdd> Doubling for Lanes<$vector<S>, M> {
            type PerLane<X: Copy> = [X; $twice];
        }

        impl<S: Processor, M: MultiplyAdd> Vector for Lanes<$vector<S>, M> {
            type Element = $element;
            type Arch = Level<S, M>;
            type Mask = <$vector<S> as SimdBase<S>>::Mask;
            type Abreast = S::Of<Self>;

            const LANES: usize = $lanes;
            type PerLane<X: Copy> = [X; $lanes];
            type PerPart<X: Copy> = [X; 1];

            #[inline(always)]
            fn splat(arch: Level<S, M>, value: $element) -> Self {
                Self::new($vector::splat(arch.0, value))
            }

            #[inline(always)]
            fn load(arch: Level<S, M>, slice: &[$element], fill: $element) -> Self {
                match slice.first_chunk() {
                    Some(lanes) => Self::new($vector::load_array_ref(arch.0, lanes)),
                    None => {
                        let mut lanes = [fill; $lanes];
                        copy(slice, &mut lanes);
                        Self::new($vector::load_array(arch.0, lanes))
                    }
                }
            }

            $($halves)*

            #[inline(always)]
            fn store(self, slice: &mut [$element]) {
                match slice.first_chunk_mut() {
                    Some(lanes) => self.0.store_array(lanes),
                    None => copy(&self.0.to_array(), slice),
                }
            }

            #[inline(always)]
            fn load_columns<const N: usize, C>(
                arch: Level<S, M>,
                rows: &[$element; N],
                start: usize,
                width: usize,
                columns: &mut [C],
                place: impl Fn(&mut C) -> &mut Self,
            ) {
                columns::load(
                    arch.0,
                    rows,
                    start,
                    width,
                    columns,
                    #[inline(always)]
                    |column| &mut place(column).0,
                );
            }

            #[inline(always)]
            fn store_columns(
                arch: Level<S, M>,
                width: usize,
                column: impl Fn(usize) -> Self,
                rows: &mut [$element],
            ) {
                columns::store(
                    arch.0,
                    width,
                    #[inline(always)]
                    |index| column(index).0,
                    rows,
                );
            }

            #[inline(always)]
            fn mul_add(self, factor: Self, addend: Self) -> Self {
                if M::FUSED {
                    Self::new(self.0.mul_add_precise(factor.0, addend.0))
                } else {
                    Self::new(self.0 * factor.0 + addend.0)
                }
            }

            #[inline(always)]
            fn two_product(self, factor: Self) -> (Self, Self) {
                if M::FUSED {
                    two_product_fused(self, factor)
                } else {
                    let splitter = $vector::splat(self.0.token(), $element::SPLITTER);
                    two_product_by_call(self, factor, Self::new(splitter))
                }
            }

            #[inline(always)]
            fn max(self, other: Self) -> Self {
                // The instruction of x86 is this very comparison. Those of other processors keep
                // a NaN of either side, and order the zeros.
                if cfg!(any(target_arch = "x86", target_arch = "x86_64")) {
                    Self::new(self.0.max(other.0))
                } else {
                    Self::new(self.0.simd_gt(other.0).select(self.0, other.0))
                }
            }

            #[inline(always)]
            fn min(self, other: Self) -> Self {
                if cfg!(any(target_arch = "x86", target_arch = "x86_64")) {
                    Self::new(self.0.min(other.0))
                } else {
                    Self::new(self.0.simd_lt(other.0).select(self.0, other.0))
                }
            }

            #[inline(always)]
            fn less_than(self, other: Self) -> Self::Mask {
                self.0.simd_lt(other.0)
            }

            #[inline(always)]
            fn equal(self, other: Self) -> Self::Mask {
                self.0.simd_eq(other.0)
            }

            #[inline(always)]
            fn any(mask: Self::Mask) -> bool {
                mask.any_true()
            }

            #[inline(always)]
            fn select(mask: Self::Mask, if_true: Self, if_false: Self) -> Self {
                Self::new(mask.select(if_true.0, if_false.0))
            }

            #[inline(always)]
            fn low_bits_to_exponent(self) -> Self {
                let bits: $integers<S> = self.0.bitcast();
                Self::new((bits << $element::STORED_BITS).bitcast())
            }

            #[inline(always)]
            fn split_exponent(self) -> (Self, Self, Self) {
                let bits: $integers<S> = self.0.bitcast();
                let exponent = (bits - $element::SQRT_HALF.to_bits()) >> $element::STORED_BITS;
                let shifted = exponent << $element::STORED_BITS;
                let scale = $integers::splat(self.0.token(), $element::ONE.to_bits()) - shifted;
                let two_stored = $element::TWO_STORED_BITS;
                // An integer below 2^STORED_BITS in the low bits of 2^STORED_BITS.
                let integer: $vector<S> = (exponent | two_stored.to_bits()).bitcast();
                (
                    Self::new((bits - shifted).bitcast()),
                    Self::new(scale.bitcast()),
                    Self::new(integer - two_stored),
                )
            }

            #[inline(always)]
            fn unzip(self, other: Self) -> (Self, Self) {
                let (even, odd) = self.0.deinterleave(other.0);
                (Self::new(even), Self::new(odd))
            }
        }
    };
}

simd_vector!(f32, f32x16, u32x16, 16, 32, {
    #[inline(always)]
    fn load_bf16(arch: Level<S, M>, slice: &[Bf16]) -> Self {
        Self::new(load_bf16(arch.0, slice))
    }

    #[inline(always)]
    fn load_f16(arch: Level<S, M>, slice: &[F16]) -> Self {
        Self::new(load_f16(arch.0, slice))
    }
});
simd_vector!(f64, f64x8, u64x8, 8, 16, {});
