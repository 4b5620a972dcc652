//! Memory asked for ahead of time.

use fearless_simd::Simd;

/// A level of `fearless_simd` with its way to ask for the cache line of an address, any address: it
/// is a hint. Nothing where there is no stable intrinsic for it.
pub(crate) trait Prefetch: Simd {
    /// To the second-level cache.
    #[inline(always)]
    fn prefetch(self, _: *const i8) {}

    /// To the first-level cache.
    #[inline(always)]
    fn prefetch_near(self, _: *const i8) {}
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod x86 {
    #[cfg(target_arch = "x86")]
    use core::arch::x86::{_MM_HINT_T0, _MM_HINT_T1, _mm_prefetch};
    #[cfg(target_arch = "x86_64")]
    use core::arch::x86_64::{_MM_HINT_T0, _MM_HINT_T1, _mm_prefetch};

    use fearless_simd::{Avx2, Avx512, Sse2};

    use super::Prefetch;

    macro_rules! prefetch {
        ($($token:ident $far:ident $near:ident),*) => {$(
            fearless_simd::kernel!(
                #[inline(always)]
                fn $far(token: $token, address: *const i8) {
                    let _ = token;
                    _mm_prefetch::<_MM_HINT_T1>(address);
                }
            );

            fearless_simd::kernel!(
                #[inline(always)]
                fn $near(token: $token, address: *const i8) {
                    let _ = token;
                    _mm_prefetch::<_MM_HINT_T0>(address);
                }
            );

            impl Prefetch for $token {
                #[inline(always)]
                fn prefetch(self, address: *const i8) {
                    $far(self, address);
                }

                #[inline(always)]
                fn prefetch_near(self, address: *const i8) {
                    $near(self, address);
                }
            }
        )*};
    }

    prefetch!(Sse2 far_sse2 near_sse2, Avx2 far_avx2 near_avx2, Avx512 far_avx512 near_avx512);
}

#[cfg(target_arch = "aarch64")]
impl Prefetch for fearless_simd::aarch64::Neon {}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
impl Prefetch for fearless_simd::wasm32::WasmSimd128 {}
