//! The vectors of `fearless_simd` as ours: sixteen `f32` or eight `f64`, of as many registers as they
//! take.

use core::{
    marker::PhantomData,
    ops::{Add, Div, Mul, Neg, Sub},
};

use fearless_simd::{
    Bytes, ExtractToken, Select, SimdBase, SimdFloat, SimdMask, f32x16, f64x8, u32x16, u64x8,
};

use super::{
    Level, columns,
    halves::{load_bf16, load_f16},
    processors::{Doubling, Processor},
};
use crate::{
    element::Float,
    half::{Bf16, F16},
    vector::{Arithmetic, Vector, two_product_fused, two_product_unfused},
};

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

macro_rules! operators {
    ($name:ident, $inline:meta, $($trait:ident $method:ident),*) => {$(
        impl<V: $trait<Output = V>, M> $trait for $name<V, M> {
            type Output = Self;

            #[$inline]
            fn $method(self, other: Self) -> Self {
                Self::new(self.0.$method(other.0))
            }
        }
    )*};
}

macro_rules! simd_vector {
    ($name:ident, $inline:meta, $element:ident, $vector:ident, $integers:ident, $lanes:literal,
        $twice:literal, { $($halves:item)* }) => {
        impl<S: Processor, M: Arithmetic> Doubling for $name<$vector<S>, M> {
            type PerLane<X: Copy> = [X; $twice];
        }

        impl<S: Processor, M: Arithmetic> Vector for $name<$vector<S>, M> {
            type Element = $element;
            type Arch = Level<S, M>;
            type Mask = <$vector<S> as SimdBase<S>>::Mask;
            type Abreast = S::Abreast<Self>;

            const LANES: usize = $lanes;
            type PerLane<X: Copy> = [X; $lanes];
            type PerPart<X: Copy> = [X; 1];

            #[$inline]
            fn splat(arch: Level<S, M>, value: $element) -> Self {
                Self::new($vector::splat(arch.0, value))
            }

            #[$inline]
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

            #[$inline]
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

            #[$inline]
            fn mul_add(self, factor: Self, addend: Self) -> Self {
                if M::FUSED {
                    Self::new(self.0.mul_add_precise(factor.0, addend.0))
                } else {
                    Self::new(self.0 * factor.0 + addend.0)
                }
            }

            #[$inline]
            fn two_product(self, factor: Self) -> (Self, Self) {
                if M::FUSED {
                    two_product_fused(self, factor)
                } else {
                    let splitter = $vector::splat(self.0.token(), $element::SPLITTER);
                    two_product_unfused(self, factor, Self::new(splitter))
                }
            }

            #[$inline]
            fn max(self, other: Self) -> Self {
                // The instruction of x86 is this very comparison. Those of other processors keep
                // a NaN of either side, and order the zeros.
                if cfg!(any(target_arch = "x86", target_arch = "x86_64")) {
                    Self::new(self.0.max(other.0))
                } else {
                    Self::new(self.0.simd_gt(other.0).select(self.0, other.0))
                }
            }

            #[$inline]
            fn min(self, other: Self) -> Self {
                if cfg!(any(target_arch = "x86", target_arch = "x86_64")) {
                    Self::new(self.0.min(other.0))
                } else {
                    Self::new(self.0.simd_lt(other.0).select(self.0, other.0))
                }
            }

            #[$inline]
            fn less_than(self, other: Self) -> Self::Mask {
                self.0.simd_lt(other.0)
            }

            #[$inline]
            fn equal(self, other: Self) -> Self::Mask {
                self.0.simd_eq(other.0)
            }

            #[$inline]
            fn any(mask: Self::Mask) -> bool {
                mask.any_true()
            }

            #[$inline]
            fn select(mask: Self::Mask, if_true: Self, if_false: Self) -> Self {
                Self::new(mask.select(if_true.0, if_false.0))
            }

            #[$inline]
            fn low_bits_to_exponent(self) -> Self {
                let bits: $integers<S> = self.0.bitcast();
                Self::new((bits << $element::STORED_BITS).bitcast())
            }

            #[$inline]
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

            #[$inline]
            fn unzip(self, other: Self) -> (Self, Self) {
                let (even, odd) = self.0.deinterleave(other.0);
                (Self::new(even), Self::new(odd))
            }
        }
    };
}

macro_rules! lanes {
    ($(#[$doc:meta])* $name:ident, $inline:meta) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name<V, M>(V, PhantomData<M>);

        impl<V, M> $name<V, M> {
            #[$inline]
            fn new(vector: V) -> Self {
                Self(vector, PhantomData)
            }
        }

        operators!($name, $inline, Add add, Sub sub, Mul mul, Div div);

        impl<V: Neg<Output = V>, M> Neg for $name<V, M> {
            type Output = Self;

            #[$inline]
            fn neg(self) -> Self {
                Self::new(-self.0)
            }
        }

        simd_vector!($name, $inline, f32, f32x16, u32x16, 16, 32, {
            #[$inline]
            fn load_bf16(arch: Level<S, M>, slice: &[Bf16]) -> Self {
                Self::new(load_bf16(arch.0, slice))
            }

            #[$inline]
            fn load_f16(arch: Level<S, M>, slice: &[F16]) -> Self {
                Self::new(load_f16(arch.0, slice))
            }
        });
        simd_vector!($name, $inline, f64, f64x8, u64x8, 8, 16, {});
    };
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
lanes!(
    /// A vector whose instructions some processors of the target have. Only in functions for those
    /// may compilers inline them, so all between has to be inlined there before it is optimised.
    Lanes,
    inline(always)
);

lanes!(
    /// A vector whose instructions all processors of the target have. Operations are optimised, then
    /// inlined like other functions: where a vector takes four registers, the kernel is compiled in a
    /// third of the time that it takes with all inlined before.
    BaselineLanes,
    inline
);
