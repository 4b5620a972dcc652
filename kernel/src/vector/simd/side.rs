//! How many vectors narrow rows are handled in.

use crate::vector::{Vector, abreast::{Doubling, Two}};

/// A level of `fearless_simd` with its way to handle narrow rows.
pub(crate) trait Side {
    /// As many vectors together.
    type Abreast<V: Vector + Doubling>: Vector<Element = V::Element, Arch = V::Arch>;
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod x86 {
    use super::*;
    use fearless_simd::{Avx2, Avx512, Sse2};

    impl Side for Sse2 {
        type Abreast<V: Vector + Doubling> = V;
    }
    impl Side for Avx2 {
        type Abreast<V: Vector + Doubling> = V;
    }
    impl Side for Avx512 {
        type Abreast<V: Vector + Doubling> = Two<V>;
    }
}

#[cfg(target_arch = "aarch64")]
impl Side for fearless_simd::aarch64::Neon {
    type Abreast<V: Vector + Doubling> = V;
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
impl Side for fearless_simd::wasm32::WasmSimd128 {
    type Abreast<V: Vector + Doubling> = V;
}
