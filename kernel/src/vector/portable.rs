//! Arrays and plain arithmetic: every processor, and the meaning of the other backends.

use core::{
    array,
    marker::PhantomData,
    ops::{Add, Div, Mul, Neg, Sub},
};

use super::{Arch, MultiplyAdd, Vector, two_product_fused, two_product_unfused};
use crate::element::{Element, Float};

/// The portable backend of an arithmetic class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Portable<M>(pub(crate) PhantomData<M>);

/// `N` lanes in an array.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lanes<T, M, const N: usize>([T; N], PhantomData<M>);

impl<M: MultiplyAdd> Arch for Portable<M> {
    type F32 = Lanes<f32, M, 16>;
    type F64 = Lanes<f64, M, 8>;

    const FUSED: bool = M::FUSED;

    #[inline(always)]
    fn run<R>(self, operation: impl FnOnce() -> R) -> R {
        operation()
    }
}

impl<T: Copy, M, const N: usize> Lanes<T, M, N> {
    /// Lane by lane; every index is below `N`, which the compiler sees.
    #[inline(always)]
    fn from_fn(lane: impl FnMut(usize) -> T) -> Self {
        Self(array::from_fn(lane), PhantomData)
    }
}

macro_rules! operators {
    ($($trait:ident $method:ident $operator:tt),*) => {$(
        impl<T: Element, M, const N: usize> $trait for Lanes<T, M, N> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self::from_fn(|i| self.0[i] $operator other.0[i])
            }
        }
    )*};
}

operators!(Add add +, Sub sub -, Mul mul *, Div div /);

impl<T: Element, M, const N: usize> Neg for Lanes<T, M, N> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self::from_fn(|i| -self.0[i])
    }
}

macro_rules! portable_vector {
    ($element:ident, $lanes:literal) => {
        impl<M: MultiplyAdd> Vector for Lanes<$element, M, $lanes> {
            type Element = $element;
            type Arch = Portable<M>;
            type Mask = [bool; $lanes];

            const LANES: usize = $lanes;

            #[inline(always)]
            fn splat(_: Portable<M>, value: $element) -> Self {
                Self([value; $lanes], PhantomData)
            }

            #[inline(always)]
            fn load(_: Portable<M>, slice: &[$element], fill: $element) -> Self {
                match slice.first_chunk() {
                    Some(lanes) => Self(*lanes, PhantomData),
                    None => Self::from_fn(|i| slice.get(i).copied().unwrap_or(fill)),
                }
            }

            #[inline(always)]
            fn store(self, slice: &mut [$element]) {
                match slice.first_chunk_mut() {
                    Some(lanes) => *lanes = self.0,
                    None => slice
                        .iter_mut()
                        .zip(self.0)
                        .for_each(|(to, from)| *to = from),
                }
            }

            #[inline(always)]
            fn mul_add(self, factor: Self, addend: Self) -> Self {
                Self::from_fn(|i| M::$element(self.0[i], factor.0[i], addend.0[i]))
            }

            #[inline(always)]
            fn two_product(self, factor: Self) -> (Self, Self) {
                if M::FUSED {
                    two_product_fused(self, factor)
                } else {
                    two_product_unfused(self, factor, Self::from_fn(|_| $element::SPLITTER))
                }
            }

            #[inline(always)]
            fn max(self, other: Self) -> Self {
                Self::from_fn(|i| {
                    if self.0[i] > other.0[i] {
                        self.0[i]
                    } else {
                        other.0[i]
                    }
                })
            }

            #[inline(always)]
            fn less_than(self, other: Self) -> Self::Mask {
                array::from_fn(|i| self.0[i] < other.0[i])
            }

            #[inline(always)]
            fn equal(self, other: Self) -> Self::Mask {
                array::from_fn(|i| self.0[i] == other.0[i])
            }

            #[inline(always)]
            fn any(mask: Self::Mask) -> bool {
                mask.iter().fold(false, |any, &lane| any | lane)
            }

            #[inline(always)]
            fn select(mask: Self::Mask, if_true: Self, if_false: Self) -> Self {
                Self::from_fn(|i| if mask[i] { if_true.0[i] } else { if_false.0[i] })
            }

            #[inline(always)]
            fn low_bits_to_exponent(self) -> Self {
                Self::from_fn(|i| $element::from_bits(self.0[i].to_bits() << $element::STORED_BITS))
            }

            #[inline(always)]
            fn split_exponent(self) -> (Self, Self, Self) {
                let shifted: [_; $lanes] = array::from_fn(|i| {
                    let above = self.0[i]
                        .to_bits()
                        .wrapping_sub($element::SQRT_HALF.to_bits());
                    above >> $element::STORED_BITS << $element::STORED_BITS
                });
                let significand = Self::from_fn(|i| {
                    $element::from_bits(self.0[i].to_bits().wrapping_sub(shifted[i]))
                });
                let scale = Self::from_fn(|i| {
                    $element::from_bits($element::ONE.to_bits().wrapping_sub(shifted[i]))
                });
                // An integer below 2^STORED_BITS in the low bits of 2^STORED_BITS.
                let exponent = Self::from_fn(|i| {
                    let integer = shifted[i] >> $element::STORED_BITS;
                    $element::from_bits($element::TWO_STORED_BITS.to_bits() | integer)
                        - $element::TWO_STORED_BITS
                });
                (significand, scale, exponent)
            }

            #[inline(always)]
            fn upper_part(self, level: u32) -> Self {
                Self::from_fn(|i| self.0[(i + ($lanes >> level)) % $lanes])
            }
        }
    };
}

portable_vector!(f32, 16);
portable_vector!(f64, 8);
