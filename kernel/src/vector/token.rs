//! Which vector instructions this processor has, as tokens: the one place that knows which
//! processors there are.

use super::{Fused, Unfused, portable::Portable};

/// Plain arithmetic.
#[inline(always)]
pub(crate) fn portable() -> Portable<Unfused> {
    Portable(Unfused)
}

/// Plain arithmetic and a multiply-add in software, where the feature is on.
#[inline(always)]
pub(crate) fn portable_fused() -> Option<Portable<Fused>> {
    cfg!(feature = "portable-fused").then_some(Portable(Fused))
}

/// One function a level, on every processor: it gives the token if this processor has the level.
/// On the processors that cannot have it, whose `fearless_simd` does not even name it, another
/// type of the class stands in for the token that is never given; so in unit tests, which have no
/// vectors.
macro_rules! tokens {
    ($(
        $(#[$doc:meta])*
        $name:ident: $class:ident, $token:ident in $module:ident through $as:ident, $processor:meta;
    )*) => {$(
        $(#[$doc])*
        #[cfg(all(not(test), $processor))]
        #[inline]
        pub(crate) fn $name() -> Option<super::simd::Level<fearless_simd::$module::$token, $class>> {
            super::simd::best().$as().map(|token| super::simd::Level::new(token, $class))
        }

        $(#[$doc])*
        #[cfg(any(test, not($processor)))]
        #[inline(always)]
        pub(crate) fn $name() -> Option<Portable<$class>> {
            None
        }
    )*};
}

tokens! {
    /// 128-bit vectors of x86.
    sse2: Unfused, Sse2 in x86 through as_sse2,
        any(target_arch = "x86", target_arch = "x86_64");
    /// 256-bit vectors of x86, with FMA.
    avx2: Fused, Avx2 in x86 through as_avx2,
        any(target_arch = "x86", target_arch = "x86_64");
    /// 512-bit vectors of x86: what Ice Lake has of AVX-512.
    avx512: Fused, Avx512 in x86 through as_avx512,
        any(target_arch = "x86", target_arch = "x86_64");
    /// 128-bit vectors of 64-bit ARM.
    neon: Fused, Neon in aarch64 through as_neon,
        target_arch = "aarch64";
    /// 128-bit vectors of WebAssembly.
    simd128: Unfused, WasmSimd128 in wasm32 through as_wasm_simd128,
        all(target_arch = "wasm32", target_feature = "simd128");
}
