//! Two vectors as one, whose operations are independent of each other: while one waits for its
//! last result, the other computes.

use core::ops::{Add, Div, Mul, Neg, Sub};

use super::processors::Doubling;
use crate::{
    half::{Bf16, F16},
    vector::Vector,
};

/// The lanes of the first, then those of the second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Two<V>(V, V);

macro_rules! operators {
    ($($trait:ident $method:ident),*) => {$(
        impl<V: Vector> $trait for Two<V> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(self.0.$method(other.0), self.1.$method(other.1))
            }
        }
    )*};
}

operators!(Add add, Sub sub, Mul mul, Div div);

impl<V: Vector> Neg for Two<V> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self(-self.0, -self.1)
    }
}

impl<V: Doubling> Vector for Two<V> {
    type Element = V::Element;
    type Arch = V::Arch;
    type Mask = (V::Mask, V::Mask);
    type Abreast = Self;

    const LANES: usize = 2 * V::LANES;
    type PerLane<X: Copy> = <V as Doubling>::PerLane<X>;
    type PerPart<X: Copy> = V::PerPart<X>;

    #[inline(always)]
    fn splat(arch: V::Arch, value: V::Element) -> Self {
        let lanes = V::splat(arch, value);
        Self(lanes, lanes)
    }

    #[inline(always)]
    fn load(arch: V::Arch, slice: &[V::Element], fill: V::Element) -> Self {
        let (first, second) = halves::<V, _>(slice);
        Self(V::load(arch, first, fill), V::load(arch, second, fill))
    }

    #[inline(always)]
    fn load_bf16(arch: V::Arch, slice: &[Bf16]) -> Self {
        let (first, second) = halves::<V, _>(slice);
        Self(V::load_bf16(arch, first), V::load_bf16(arch, second))
    }

    #[inline(always)]
    fn load_f16(arch: V::Arch, slice: &[F16]) -> Self {
        let (first, second) = halves::<V, _>(slice);
        Self(V::load_f16(arch, first), V::load_f16(arch, second))
    }

    #[inline(always)]
    fn load_columns<const N: usize, C>(
        arch: V::Arch,
        rows: &[V::Element; N],
        start: usize,
        width: usize,
        columns: &mut [C],
        place: impl Fn(&mut C) -> &mut Self,
    ) {
        V::load_columns(
            arch,
            rows,
            start,
            width,
            columns,
            #[inline(always)]
            |column| &mut place(column).0,
        );
        V::load_columns(
            arch,
            rows,
            start + V::LANES * width,
            width,
            columns,
            #[inline(always)]
            |column| &mut place(column).1,
        );
    }

    #[inline(always)]
    fn store_columns(
        arch: V::Arch,
        width: usize,
        column: impl Fn(usize) -> Self,
        rows: &mut [V::Element],
    ) {
        // What is written beyond the end of the first rows is written again by the others.
        V::store_columns(
            arch,
            width,
            #[inline(always)]
            |index| column(index).0,
            rows,
        );
        let rows = rows.get_mut(V::LANES * width..).unwrap_or_default();
        V::store_columns(
            arch,
            width,
            #[inline(always)]
            |index| column(index).1,
            rows,
        );
    }

    #[inline(always)]
    fn store(self, slice: &mut [V::Element]) {
        let (first, second) = slice.split_at_mut(slice.len().min(V::LANES));
        self.0.store(first);
        self.1.store(second);
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        Self(
            self.0.mul_add(factor.0, addend.0),
            self.1.mul_add(factor.1, addend.1),
        )
    }

    #[inline(always)]
    fn two_product(self, factor: Self) -> (Self, Self) {
        let (first, first_low) = self.0.two_product(factor.0);
        let (second, second_low) = self.1.two_product(factor.1);
        (Self(first, second), Self(first_low, second_low))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(self.0.max(other.0), self.1.max(other.1))
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(self.0.min(other.0), self.1.min(other.1))
    }

    #[inline(always)]
    fn less_than(self, other: Self) -> Self::Mask {
        (self.0.less_than(other.0), self.1.less_than(other.1))
    }

    #[inline(always)]
    fn equal(self, other: Self) -> Self::Mask {
        (self.0.equal(other.0), self.1.equal(other.1))
    }

    #[inline(always)]
    fn any(mask: Self::Mask) -> bool {
        V::any(mask.0) | V::any(mask.1)
    }

    #[inline(always)]
    fn select(mask: Self::Mask, if_true: Self, if_false: Self) -> Self {
        Self(
            V::select(mask.0, if_true.0, if_false.0),
            V::select(mask.1, if_true.1, if_false.1),
        )
    }

    #[inline(always)]
    fn low_bits_to_exponent(self) -> Self {
        Self(self.0.low_bits_to_exponent(), self.1.low_bits_to_exponent())
    }

    #[inline(always)]
    fn split_exponent(self) -> (Self, Self, Self) {
        let (first, first_scale, first_exponent) = self.0.split_exponent();
        let (second, second_scale, second_exponent) = self.1.split_exponent();
        (
            Self(first, second),
            Self(first_scale, second_scale),
            Self(first_exponent, second_exponent),
        )
    }

    #[inline(always)]
    fn unzip(self, other: Self) -> (Self, Self) {
        let (even, odd) = self.0.unzip(self.1);
        let (other_even, other_odd) = other.0.unzip(other.1);
        (Self(even, other_even), Self(odd, other_odd))
    }
}

/// The part of the first vector, and of the second.
#[inline(always)]
fn halves<V: Vector, X>(slice: &[X]) -> (&[X], &[X]) {
    slice.split_at_checked(V::LANES).unwrap_or((slice, &[]))
}
