//! The vector operations that the algorithm asks for, and nothing else.
//!
//! The algorithm is written once, over [`Vector`]; a backend is one implementation of it. Sums
//! have the same number of logical lanes on every backend, 64 bytes of them, whatever the width
//! of a vector: lanes and their order decide how sums are rounded, so they are part of the
//! algorithm and not of the machine. A method is added here when the algorithm needs it.

use core::{
    marker::PhantomData,
    ops::{Add, Div, Mul, Neg, Sub},
};

use crate::{
    base::{Base, Bases},
    element::{Element, Float},
    half::{Bf16, F16},
};

pub(crate) mod portable;
// Unit tests are of one row's curvature, which has no backends: they are compiled without most of them.
#[cfg(all(
    not(test),
    any(
        target_arch = "x86",
        target_arch = "x86_64",
        target_arch = "aarch64",
        all(target_arch = "wasm32", target_feature = "simd128")
    )
))]
mod simd;
pub(crate) mod token;

/// A backend as a type: the proof that the processor can run it, and its vectors.
pub trait Arch: Copy {
    /// Vector of `f32`.
    type F32: Vector<Element = f32, Arch = Self>;
    /// Vector of `f64`.
    type F64: Vector<Element = f64, Arch = Self>;

    /// The same backend, on which a [`Pair`](crate::pair::Pair) is no more than its first part.
    type Single: Arch;

    /// The same backend, on which exponentials have another [base](crate::base) than e.
    type InBase: Arch;

    /// Whether [`Vector::mul_add`] rounds once.
    const FUSED: bool;

    /// Whether pairs have two parts.
    const IN_PAIRS: bool;

    /// Whether the base of exponentials is e.
    const IN_BASE_E: bool;

    /// The same proof.
    fn single(self) -> Self::Single;

    /// The same proof.
    fn in_base(self, bases: Bases) -> Self::InBase;

    /// The base of exponentials.
    fn base<T: Float>(self) -> Base<T>;

    /// Runs `operation`, which must be `#[inline(always)]` down to the vector operations, with
    /// the processor's instructions enabled.
    fn run<R>(self, operation: impl FnOnce() -> R) -> R;

    /// Asks for the memory at the beginning of a slice to be on its way to the second-level cache;
    /// changes nothing else.
    #[inline(always)]
    fn prefetch<T>(self, _: &[T]) {}

    /// The same, to the first-level cache.
    #[inline(always)]
    fn prefetch_near<T>(self, _: &[T]) {}
}

/// How many numbers stand behind rows that are turned to columns, at least: what is read at once may
/// begin at the last logit.
pub(crate) const BEHIND: usize = 16;

/// Columns come so many at a time, or some divisor of it.
pub(crate) const AT_ONCE: usize = 4;

/// A vector of [`Element`]s.
///
/// Arithmetic is IEEE 754, rounded to nearest, lane by lane.
pub trait Vector:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// What the lanes hold.
    type Element: Element;
    /// The backend.
    type Arch: Arch;
    /// One truth value a lane.
    type Mask: Copy;

    /// As many vectors together as narrow rows are handled in, a row in every lane.
    type Abreast: Vector<Element = Self::Element, Arch = Self::Arch>;

    /// Number of lanes: 1, or the number of logical lanes of the element, or of vectors abreast a
    /// multiple of that.
    const LANES: usize;
    /// Whether there is one lane. A constant of its own, in plain conditions: what only the other
    /// kind of vector takes is then not compiled for this one.
    const IS_SCALAR: bool = Self::LANES == 1;
    /// An item for every lane.
    type PerLane<X: Copy>: Array<X>;
    /// An item for every vector that the logical lanes of a sum take.
    type PerPart<X: Copy>: Array<X>;

    /// The same value in every lane.
    fn splat(arch: Self::Arch, value: Self::Element) -> Self;

    /// The first `LANES` elements of the slice; lanes beyond its end hold `fill`.
    fn load(arch: Self::Arch, slice: &[Self::Element], fill: Self::Element) -> Self;

    /// The same of bfloat16 numbers; lanes beyond its end hold minus infinity.
    #[inline(always)]
    fn load_bf16(arch: Self::Arch, slice: &[Bf16]) -> Self {
        load_half(arch, slice, Bf16::to_f32)
    }

    /// The same of half-precision numbers.
    #[inline(always)]
    fn load_f16(arch: Self::Arch, slice: &[F16]) -> Self {
        load_half(arch, slice, F16::to_f32)
    }

    /// The columns of rows of `width` columns each, from an index on, a row in every lane. A column is
    /// written where `place` says, and anything to as many places as make their number one of
    /// [`AT_ONCE`].
    ///
    /// The rows end [`BEHIND`] places before the end of the array, whose other places are a power of
    /// two, or earlier.
    fn load_columns<const N: usize, C>(
        arch: Self::Arch,
        rows: &[Self::Element; N],
        start: usize,
        width: usize,
        columns: &mut [C],
        place: impl Fn(&mut C) -> &mut Self,
    );

    /// Writes columns, given by their index, over the rows of a row-major matrix of `width`
    /// columns.
    fn store_columns(
        arch: Self::Arch,
        width: usize,
        column: impl Fn(usize) -> Self,
        rows: &mut [Self::Element],
    );

    /// Writes the first lanes over the slice, as many as it takes.
    fn store(self, slice: &mut [Self::Element]);

    /// `self * factor + addend`: rounded once in the fused class, twice in the unfused one.
    fn mul_add(self, factor: Self, addend: Self) -> Self;

    /// The product and its rounding error: `self * factor == high + low` exactly, as long as
    /// `low` does not underflow and no factor exceeds 2^115 (2^996 for `f64`).
    fn two_product(self, factor: Self) -> (Self, Self);

    /// `if self > other { self } else { other }`: gives `other` where one is NaN.
    fn max(self, other: Self) -> Self;

    /// `if self < other { self } else { other }`: gives `other` where one is NaN.
    fn min(self, other: Self) -> Self;

    /// Where `self < other`.
    fn less_than(self, other: Self) -> Self::Mask;

    /// Where `self == other`.
    fn equal(self, other: Self) -> Self::Mask;

    /// Whether any lane is true.
    fn any(mask: Self::Mask) -> bool;

    /// `if_true` where the mask is true, else `if_false`.
    fn select(mask: Self::Mask, if_true: Self, if_false: Self) -> Self;

    /// The number whose bit pattern is this one's, shifted left by the length of the stored
    /// significand: an integer kept in the low bits becomes a biased exponent, hence a power of
    /// two.
    fn low_bits_to_exponent(self) -> Self;

    /// Of one lane: whether its bit pattern, as an integer, lies between those of the others. Never
    /// asked of more lanes.
    #[inline(always)]
    fn is_between_bits(self, _above: Self, _below: Self) -> bool {
        false
    }

    /// Splits a number of at least 1 into `significand * 2^exponent` with a significand in
    /// `[sqrt(1/2), sqrt(2))`; gives `(significand, 2^-exponent, exponent)`.
    fn split_exponent(self) -> (Self, Self, Self);

    /// The lanes of even and those of odd index, of `self` followed by `other`.
    fn unzip(self, other: Self) -> (Self, Self);

    /// The lanes as an array.
    #[inline(always)]
    fn to_lanes(self) -> Self::PerLane<Self::Element> {
        let mut lanes = Self::PerLane::filled(Self::Element::ZERO);
        self.store(lanes.as_mut());
        lanes
    }

    /// Lane 0.
    #[inline(always)]
    fn first_lane(self) -> Self::Element {
        let [mut first] = [Self::Element::ZERO];
        self.store(core::slice::from_mut(&mut first));
        first
    }
}

/// Without the sign.
#[inline(always)]
pub(crate) fn magnitude<V: Vector>(x: V) -> V {
    x.max(-x)
}

/// Where a number is infinite, of either sign.
#[inline(always)]
pub(crate) fn is_infinite<V: Vector>(arch: V::Arch, x: V) -> V::Mask {
    magnitude(x).equal(V::splat(arch, V::Element::INFINITY))
}

/// Number by number.
#[inline(always)]
fn load_half<V: Vector, H: Copy>(arch: V::Arch, slice: &[H], to_f32: impl Fn(H) -> f32) -> V {
    let mut lanes = V::PerLane::filled(V::Element::NEG_INFINITY);
    for (lane, &half) in lanes.as_mut().iter_mut().zip(slice) {
        *lane = V::Element::from_f32(to_f32(half));
    }
    V::load(arch, lanes.as_ref(), V::Element::NEG_INFINITY)
}

/// An array of some length.
pub trait Array<X>: Copy + AsRef<[X]> + AsMut<[X]> + IntoIterator<Item = X> {
    /// The same item everywhere.
    fn filled(item: X) -> Self;
}

impl<X: Copy, const N: usize> Array<X> for [X; N] {
    #[inline(always)]
    fn filled(item: X) -> Self {
        [item; N]
    }
}

/// What results depend on beside the order of operations.
pub(crate) trait Arithmetic: Copy + 'static {
    /// Whether `a * b + c` is rounded once.
    const FUSED: bool;
    /// Whether pairs have two parts.
    const IN_PAIRS: bool = true;
    /// Whether the base of exponentials is e.
    const IN_BASE_E: bool = true;

    /// The base of exponentials.
    #[inline(always)]
    fn base<T: Float>(self) -> Base<T> {
        Base::E
    }

    /// `a * b + c` of `f32`.
    fn f32(a: f32, b: f32, c: f32) -> f32;
    /// The same of `f64`.
    fn f64(a: f64, b: f64, c: f64) -> f64;
}

/// Two roundings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unfused;

/// One rounding, by libm, in software where it knows no instruction for it. A Cortex-M4F has one,
/// `vfma.f32`, but `core` no stable multiply-add.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fused;

/// The same with pairs of one part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Single<M>(pub(crate) M);

/// Rounds as `M` does.
macro_rules! rounding_of {
    ($m:ident) => {
        const FUSED: bool = $m::FUSED;

        #[inline(always)]
        fn f32(a: f32, b: f32, c: f32) -> f32 {
            $m::f32(a, b, c)
        }

        #[inline(always)]
        fn f64(a: f64, b: f64, c: f64) -> f64 {
            $m::f64(a, b, c)
        }
    };
}

impl<M: Arithmetic> Arithmetic for Single<M> {
    rounding_of!(M);

    const IN_PAIRS: bool = false;
    const IN_BASE_E: bool = M::IN_BASE_E;

    #[inline(always)]
    fn base<T: Float>(self) -> Base<T> {
        self.0.base()
    }
}

/// The same with exponentials of another base than e.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InBase<M>(Bases, PhantomData<M>);

impl<M> InBase<M> {
    #[inline(always)]
    fn new(_: M, bases: Bases) -> Self {
        Self(bases, PhantomData)
    }
}

impl<M: Arithmetic> Arithmetic for InBase<M> {
    rounding_of!(M);

    const IN_PAIRS: bool = M::IN_PAIRS;
    const IN_BASE_E: bool = false;

    #[inline(always)]
    fn base<T: Float>(self) -> Base<T> {
        T::base_of(&self.0)
    }
}

impl Arithmetic for Unfused {
    const FUSED: bool = false;

    #[inline(always)]
    fn f32(a: f32, b: f32, c: f32) -> f32 {
        a * b + c
    }

    #[inline(always)]
    fn f64(a: f64, b: f64, c: f64) -> f64 {
        a * b + c
    }
}

impl Arithmetic for Fused {
    const FUSED: bool = true;

    #[inline(always)]
    fn f32(a: f32, b: f32, c: f32) -> f32 {
        libm::fmaf(a, b, c)
    }

    #[inline(always)]
    fn f64(a: f64, b: f64, c: f64) -> f64 {
        libm::fma(a, b, c)
    }
}

/// The product and its error through a fused multiply-add.
#[inline(always)]
pub(crate) fn two_product_fused<V: Vector>(a: V, b: V) -> (V, V) {
    let high = a * b;
    (high, a.mul_add(b, -high))
}

/// Dekker's product of two splits after Veltkamp; `splitter` is 2^s + 1 for a significand of 2 s
/// or 2 s - 1 bits (T. J. Dekker, Numer. Math. 18 (1971) 224).
#[inline(always)]
pub(crate) fn two_product_unfused<V: Vector>(a: V, b: V, splitter: V) -> (V, V) {
    #[inline(always)]
    fn split<V: Vector>(x: V, splitter: V) -> (V, V) {
        let big = x * splitter;
        let upper = big - (big - x);
        (upper, x - upper)
    }
    let high = a * b;
    let ((a1, a2), (b1, b2)) = (split(a, splitter), split(b, splitter));
    (high, ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 - (1 + u)(1 - u) is u^2, which is lost where products are rounded first.
    fn roundings<M: Arithmetic>() -> [f64; 2] {
        let (u, v) = (f32::EPSILON, f64::EPSILON);
        let in_f32 = M::f32(-(1.0 + u), 1.0 - u, 1.0);
        let in_f64 = M::f64(-(1.0 + v), 1.0 - v, 1.0);
        [f64::from(in_f32 / (u * u)), in_f64 / (v * v)]
    }

    #[test]
    fn one_rounding_or_two() {
        assert_eq!(roundings::<Fused>(), [1.0; 2]);
        assert_eq!(roundings::<Single<Fused>>(), [1.0; 2]);
        assert_eq!(roundings::<Unfused>(), [0.0; 2]);
        assert_eq!(roundings::<Single<Unfused>>(), [0.0; 2]);
    }
}
