//! The types that logits come in.

use core::fmt::Debug;

use crate::{
    element::{Element, Float},
    half::{Bf16, F16},
    numbers::AsNumbers,
    operation::{Operations, gradients::Buffers},
    vector::Vector,
};

/// A type of logits: `f32`, `f64`, [`Bf16`] or [`F16`]. Sealed.
pub trait Logit: Stored + Operations {}

/// How logits are read, and results of the same type written.
pub trait Stored: AsNumbers + Copy + Debug + Send + Sync + 'static {
    /// What they are computed in, and losses are.
    type Element: Element;

    /// Minus infinity, the logit of a masked class.
    const MASKED: Self;

    /// The number in the type that it is computed in.
    fn widen(self) -> Self::Element;

    /// The nearest number of this type.
    fn narrow(element: Self::Element) -> Self;

    /// The first logits of a slice, as many as a vector has lanes; masked ones beyond its end.
    fn load<V: Vector<Element = Self::Element>>(arch: V::Arch, slice: &[Self]) -> V;

    /// The same numbers in the type that they are computed in, if that is this one.
    fn as_elements(_: &[Self]) -> Option<&[Self::Element]> {
        None
    }

    /// Writes lanes over the slice, as many as it takes.
    fn store<V: Vector<Element = Self::Element>>(vector: V, slice: &mut [Self]);

    /// Writes columns over the rows of a row-major matrix as wide as there are columns.
    fn store_columns<V: Vector<Element = Self::Element>>(
        arch: V::Arch,
        columns: &[V],
        rows: &mut [Self],
    );
}

/// The vector on a backend of what logits are computed in.
pub(crate) type VectorOf<Z, A> = <<Z as Stored>::Element as Float>::Vector<A>;

macro_rules! element {
    ($($type:ident),*) => {$(
        impl Logit for $type {}

        impl Stored for $type {
            type Element = Self;

            const MASKED: Self = Self::NEG_INFINITY;

            #[inline(always)]
            fn widen(self) -> Self {
                self
            }

            #[inline(always)]
            fn narrow(element: Self) -> Self {
                element
            }

            #[inline(always)]
            fn load<V: Vector<Element = Self>>(arch: V::Arch, slice: &[Self]) -> V {
                V::load(arch, slice, Self::NEG_INFINITY)
            }

            #[inline(always)]
            fn as_elements(logits: &[Self]) -> Option<&[Self]> {
                Some(logits)
            }

            #[inline(always)]
            fn store<V: Vector<Element = Self>>(vector: V, slice: &mut [Self]) {
                vector.store(slice);
            }

            #[inline(always)]
            fn store_columns<V: Vector<Element = Self>>(
                arch: V::Arch,
                columns: &[V],
                rows: &mut [Self],
            ) {
                let none = V::splat(arch, Self::ZERO);
                V::store_columns(
                    arch,
                    columns.len(),
                    #[inline(always)]
                    |index| columns.get(index).copied().unwrap_or(none),
                    rows,
                );
            }
        }
    )*};
}

element!(f32, f64);

macro_rules! half {
    ($($type:ident $load:ident),*) => {$(
        impl Logit for $type {}

        impl Stored for $type {
            type Element = f32;

            const MASKED: Self = Self::from_f32(f32::NEG_INFINITY);

            #[inline(always)]
            fn widen(self) -> f32 {
                self.to_f32()
            }

            #[inline(always)]
            fn narrow(element: f32) -> Self {
                Self::from_f32(element)
            }

            #[inline(always)]
            fn load<V: Vector<Element = f32>>(arch: V::Arch, slice: &[Self]) -> V {
                V::$load(arch, slice)
            }

            #[inline(always)]
            fn store<V: Vector<Element = f32>>(vector: V, slice: &mut [Self]) {
                for (to, from) in slice.iter_mut().zip(vector.to_lanes()) {
                    *to = Self::from_f32(from);
                }
            }

            #[inline(always)]
            fn store_columns<V: Vector<Element = f32>>(
                _: V::Arch,
                columns: &[V],
                rows: &mut [Self],
            ) {
                for (i, column) in columns.iter().enumerate() {
                    let rows = rows.chunks_exact_mut(columns.len().max(1));
                    for (row, lane) in rows.zip(column.to_lanes()) {
                        if let Some(entry) = row.get_mut(i) {
                            *entry = Self::from_f32(lane);
                        }
                    }
                }
            }
        }
    )*};
}

half!(Bf16 load_bf16, F16 load_f16);

/// A type that gradients with respect to logits `Z` can be written in: the one that they are
/// computed in, or, rounded once more, that of the logits. Sealed.
pub trait GradientOf<Z: Logit>: Sized {
    #[doc(hidden)]
    fn beside<'a>(logits: &'a [Z], gradients: &'a mut [Self]) -> Buffers<'a, Z>;
}

macro_rules! gradient_of {
    ($($logit:ident in $gradient:ident: $buffers:ident),*) => {$(
        impl GradientOf<$logit> for $gradient {
            fn beside<'a>(logits: &'a [$logit], gradients: &'a mut [Self]) -> Buffers<'a, $logit> {
                Buffers::$buffers { logits, gradients }
            }
        }
    )*};
}

gradient_of!(
    f32 in f32: Separate,
    f64 in f64: Separate,
    Bf16 in f32: Separate,
    Bf16 in Bf16: Alike,
    F16 in f32: Separate,
    F16 in F16: Alike
);
