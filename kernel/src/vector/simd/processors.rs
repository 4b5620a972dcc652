//! What the levels of `fearless_simd` differ in.

use fearless_simd::{f32x16, f64x8};

use super::{Level, columns::Transpose, halves::Halves, lanes::BaselineLanes, prefetch::Prefetch};
use crate::vector::{Arithmetic, Array, Vector};

/// Vectors that can be handled two by two.
pub(crate) trait Doubling: Vector {
    /// An item for every lane of two.
    type PerLane<X: Copy>: Array<X>;
}

/// A level of `fearless_simd` with its vectors, and its own way to do some things.
pub(crate) trait Processor: Halves + Prefetch + Transpose {
    /// Its vector of `f32`.
    type F32<M: Arithmetic>: Vector<Element = f32, Arch = Level<Self, M>>;
    /// Its vector of `f64`.
    type F64<M: Arithmetic>: Vector<Element = f64, Arch = Level<Self, M>>;

    /// As many vectors together as narrow rows are handled in.
    ///
    /// The algorithm keeps some twenty vectors at hand: two abreast fit into the 32 registers of
    /// AVX-512. Elsewhere a vector of the algorithm takes two registers or more already, and two of
    /// them are no faster.
    type Abreast<V: Doubling>: Vector<Element = V::Element, Arch = V::Arch>;
}

macro_rules! processor {
    ($token:ty, $lanes:ident, $v:ident abreast as $abreast:ty) => {
        impl Processor for $token {
            type F32<M: Arithmetic> = $lanes<f32x16<Self>, M>;
            type F64<M: Arithmetic> = $lanes<f64x8<Self>, M>;
            type Abreast<$v: Doubling> = $abreast;
        }
    };
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod x86 {
    use fearless_simd::{Avx2, Avx512, Sse2};

    use super::{
        super::{lanes::Lanes, two::Two},
        Arithmetic, BaselineLanes, Doubling, Processor, f32x16, f64x8,
    };

    processor!(Sse2, BaselineLanes, V abreast as V);
    processor!(Avx2, Lanes, V abreast as V);
    processor!(Avx512, Lanes, V abreast as Two<V>);
}

#[cfg(target_arch = "aarch64")]
processor!(fearless_simd::aarch64::Neon, BaselineLanes, V abreast as V);

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
processor!(fearless_simd::wasm32::WasmSimd128, BaselineLanes, V abreast as V);
