//! Plain arithmetic, a number at a time: every processor, and the meaning of the other backends.

use core::{
    marker::PhantomData,
    ops::{Add, Div, Mul, Neg, Sub},
};

use super::{Arch, Arithmetic, InBase, Single, Vector, two_product_fused, two_product_unfused};
use crate::{
    base::{Base, Bases},
    element::{Element, Float},
};

/// The portable backend of an arithmetic class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Portable<M>(pub(crate) M);

/// One number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scalar<T, M>(T, PhantomData<M>);

impl<M: Arithmetic> Arch for Portable<M> {
    type F32 = Scalar<f32, M>;
    type F64 = Scalar<f64, M>;

    type Single = Portable<Single<M>>;
    type InBase = Portable<InBase<M>>;

    const FUSED: bool = M::FUSED;
    const IN_PAIRS: bool = M::IN_PAIRS;
    const IN_BASE_E: bool = M::IN_BASE_E;

    #[inline(always)]
    fn single(self) -> Self::Single {
        Portable(Single(self.0))
    }

    #[inline(always)]
    fn in_base(self, bases: Bases) -> Self::InBase {
        Portable(InBase::new(self.0, bases))
    }

    #[inline(always)]
    fn base<T: Float>(self) -> Base<T> {
        self.0.base()
    }

    #[inline(always)]
    fn run<R>(self, operation: impl FnOnce() -> R) -> R {
        operation()
    }
}

impl<T, M> Scalar<T, M> {
    #[inline(always)]
    fn new(number: T) -> Self {
        Self(number, PhantomData)
    }
}

macro_rules! operators {
    ($($trait:ident $method:ident),*) => {$(
        impl<T: Element, M> $trait for Scalar<T, M> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self::new(self.0.$method(other.0))
            }
        }
    )*};
}

operators!(Add add, Sub sub, Mul mul, Div div);

impl<T: Element, M> Neg for Scalar<T, M> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self::new(-self.0)
    }
}

macro_rules! scalar {
    ($($element:ident),*) => {$(
        impl<M: Arithmetic> Vector for Scalar<$element, M> {
            type Element = $element;
            type Arch = Portable<M>;
            type Mask = bool;
            type Abreast = Self;

            const LANES: usize = 1;
            type PerLane<X: Copy> = [X; 1];
            type PerPart<X: Copy> = [X; <$element as Float>::LANES];

            #[inline(always)]
            fn splat(_: Portable<M>, value: $element) -> Self {
                Self::new(value)
            }

            #[inline(always)]
            fn load(_: Portable<M>, slice: &[$element], fill: $element) -> Self {
                Self::new(slice.first().copied().unwrap_or(fill))
            }

            #[inline(always)]
            fn load_columns<const N: usize, C>(
                _: Portable<M>,
                row: &[$element; N],
                start: usize,
                width: usize,
                columns: &mut [C],
                place: impl Fn(&mut C) -> &mut Self,
            ) {
                for (column, &entry) in columns.iter_mut().zip(row.iter().skip(start)).take(width) {
                    *place(column) = Self::new(entry);
                }
            }

            #[inline(always)]
            fn store_columns(
                _: Portable<M>,
                width: usize,
                column: impl Fn(usize) -> Self,
                row: &mut [$element],
            ) {
                for (entry, index) in row.iter_mut().zip(0..width) {
                    *entry = column(index).0;
                }
            }

            #[inline(always)]
            fn store(self, slice: &mut [$element]) {
                if let Some(first) = slice.first_mut() {
                    *first = self.0;
                }
            }

            #[inline(always)]
            fn mul_add(self, factor: Self, addend: Self) -> Self {
                Self::new(M::$element(self.0, factor.0, addend.0))
            }

            #[inline(always)]
            fn two_product(self, factor: Self) -> (Self, Self) {
                if M::FUSED {
                    two_product_fused(self, factor)
                } else {
                    two_product_unfused(self, factor, Self::new($element::SPLITTER))
                }
            }

            #[inline(always)]
            fn max(self, other: Self) -> Self {
                if self.0 > other.0 { self } else { other }
            }

            #[inline(always)]
            fn min(self, other: Self) -> Self {
                if self.0 < other.0 { self } else { other }
            }

            #[inline(always)]
            fn less_than(self, other: Self) -> bool {
                self.0 < other.0
            }

            #[inline(always)]
            fn equal(self, other: Self) -> bool {
                self.0 == other.0
            }

            #[inline(always)]
            fn any(mask: bool) -> bool {
                mask
            }

            #[inline(always)]
            fn select(mask: bool, if_true: Self, if_false: Self) -> Self {
                if mask { if_true } else { if_false }
            }

            #[inline(always)]
            fn low_bits_to_exponent(self) -> Self {
                Self::new($element::from_bits(self.0.to_bits() << $element::STORED_BITS))
            }

            #[inline(always)]
            fn is_between_bits(self, above: Self, below: Self) -> bool {
                // What is not above wraps to a large integer.
                let first = above.0.to_bits().wrapping_add(1);
                self.0.to_bits().wrapping_sub(first) < below.0.to_bits().wrapping_sub(first)
            }

            #[inline(always)]
            fn split_exponent(self) -> (Self, Self, Self) {
                let bits = self.0.to_bits();
                let above = bits.wrapping_sub($element::SQRT_HALF.to_bits());
                let exponent = above >> $element::STORED_BITS;
                let shifted = exponent << $element::STORED_BITS;
                let scale = $element::ONE.to_bits().wrapping_sub(shifted);
                // An integer below 2^STORED_BITS in the low bits of 2^STORED_BITS.
                let two_stored = $element::TWO_STORED_BITS;
                let integer = $element::from_bits(two_stored.to_bits() | exponent);
                (
                    Self::new($element::from_bits(bits.wrapping_sub(shifted))),
                    Self::new($element::from_bits(scale)),
                    Self::new(integer - two_stored),
                )
            }

            #[inline(always)]
            fn unzip(self, other: Self) -> (Self, Self) {
                (self, other)
            }
        }
    )*};
}

scalar!(f32, f64);
