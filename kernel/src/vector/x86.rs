//! x86 and x86-64: the vector levels of `fearless_simd`, where a processor with the instructions
//! is the proof that they may run.

use core::ops::{Add, Div, Mul, Neg, Sub};

use fearless_simd::{
    Avx2, Bytes, ExtractToken, Level, Select, Simd, SimdBase, SimdFloat, SimdMask, f32x16, f64x8, u32x16, u64x8,
};

use super::{Arch, Vector, two_product_fused};
use crate::element::Float;

/// A level that has a fused multiply-add.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fused<S>(S);

/// The token of AVX2 with FMA, if this processor has them.
#[inline]
pub(crate) fn avx2() -> Option<Fused<Avx2>> {
    // Without run-time detection the level is what the compiler was told.
    let level = Level::try_detect().unwrap_or(Level::baseline());
    level.as_avx2().map(Fused)
}

impl<S: Simd> Arch for Fused<S> {
    type F32 = Lanes<f32x16<S>>;
    type F64 = Lanes<f64x8<S>>;

    const FUSED: bool = true;

    #[inline(always)]
    fn run<R>(self, operation: impl FnOnce() -> R) -> R {
        self.0.vectorize(operation)
    }
}

/// A vector of `fearless_simd`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lanes<V>(V);

macro_rules! operators {
    ($($trait:ident $method:ident),*) => {$(
        impl<V: $trait<Output = V>> $trait for Lanes<V> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(self.0.$method(other.0))
            }
        }
    )*};
}

operators!(Add add, Sub sub, Mul mul, Div div);

impl<V: Neg<Output = V>> Neg for Lanes<V> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

macro_rules! simd_vector {
    ($element:ident, $vector:ident, $integers:ident, $lanes:literal) => {
        impl<S: Simd> Vector for Lanes<$vector<S>> {
            type Element = $element;
            type Arch = Fused<S>;
            type Mask = <$vector<S> as SimdBase<S>>::Mask;

            const LANES: usize = $lanes;

            #[inline(always)]
            fn splat(arch: Fused<S>, value: $element) -> Self {
                Self($vector::splat(arch.0, value))
            }

            #[inline(always)]
            fn load(arch: Fused<S>, slice: &[$element], fill: $element) -> Self {
                match slice.first_chunk() {
                    Some(lanes) => Self($vector::load_array_ref(arch.0, lanes)),
                    None => {
                        let mut lanes = [fill; $lanes];
                        lanes.iter_mut().zip(slice).for_each(|(to, from)| *to = *from);
                        Self($vector::load_array(arch.0, lanes))
                    }
                }
            }

            #[inline(always)]
            fn store(self, slice: &mut [$element]) {
                match slice.first_chunk_mut() {
                    Some(lanes) => self.0.store_array(lanes),
                    None => {
                        let lanes = self.0.to_array();
                        slice.iter_mut().zip(lanes).for_each(|(to, from)| *to = from);
                    }
                }
            }

            #[inline(always)]
            fn mul_add(self, factor: Self, addend: Self) -> Self {
                Self(self.0.mul_add_precise(factor.0, addend.0))
            }

            #[inline(always)]
            fn two_product(self, factor: Self) -> (Self, Self) {
                two_product_fused(self, factor)
            }

            #[inline(always)]
            fn max(self, other: Self) -> Self {
                Self(self.0.max(other.0))
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
                Self(mask.select(if_true.0, if_false.0))
            }

            #[inline(always)]
            fn low_bits_to_exponent(self) -> Self {
                let bits: $integers<S> = self.0.bitcast();
                Self((bits << $element::STORED_BITS).bitcast())
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
                (Self((bits - shifted).bitcast()), Self(scale.bitcast()), Self(integer - two_stored))
            }

            #[inline(always)]
            fn upper_part(self, level: u32) -> Self {
                Self(match $lanes >> level {
                    8 => self.0.slide::<8>(self.0),
                    4 => self.0.slide::<4>(self.0),
                    2 => self.0.slide::<2>(self.0),
                    _ => self.0.slide::<1>(self.0),
                })
            }
        }
    };
}

simd_vector!(f32, f32x16, u32x16, 16);
simd_vector!(f64, f64x8, u64x8, 8);
