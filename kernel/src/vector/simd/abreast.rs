//! How many vectors narrow rows are handled in.

use crate::vector::{Array, Vector};

/// Vectors that can be handled two by two.
pub(crate) trait Doubling: Vector {
    /// An item for every lane of two.
    type PerLane<X: Copy>: Array<X>;
}

/// A level of `fearless_simd` with its way to handle narrow rows.
///
/// The algorithm keeps some twenty vectors at hand: two abreast fit into the 32 registers of
/// AVX-512. Elsewhere a vector of the algorithm takes two registers or more already, and two of
/// them are no faster.
pub(crate) trait Abreast {
    /// As many vectors together.
    type Of<V: Doubling>: Vector<Element = V::Element, Arch = V::Arch>;
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod x86 {
    use fearless_simd::{Avx2, Avx512, Sse2};

    use super::{super::two::Two, Abreast, Doubling};

    impl Abreast for Sse2 {
        type Of<V: Doubling> = V;
    }

    impl Abreast for Avx2 {
        type Of<V: Doubling> = V;
    }

    impl Abreast for Avx512 {
        type Of<V: Doubling> = Two<V>;
    }
}

#[cfg(target_arch = "aarch64")]
impl Abreast for fearless_simd::aarch64::Neon {
    type Of<V: Doubling> = V;
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
impl Abreast for fearless_simd::wasm32::WasmSimd128 {
    type Of<V: Doubling> = V;
}
