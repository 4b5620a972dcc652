//! Half-precision and bfloat16 numbers widened to `f32`, sixteen at once.

use fearless_simd::{
    Bytes, Select, Simd, SimdBase, SimdCombine, SimdWiden, f32x16, u16x16, u32x16,
};

use crate::half::{Bf16, F16};

/// A level of `fearless_simd` with its way to widen half-precision numbers.
pub(crate) trait Halves: Simd {
    /// The numbers with these bit patterns, exactly, infinities and NaN included.
    #[inline(always)]
    fn f16(self, bits: u16x16<Self>) -> f32x16<Self> {
        let bits = widened(bits);
        let magnitude = (bits & 0x7fff) << 13;
        // Exponent and significand where those of an f32 are; 2^112 makes up for the bias, and
        // for that of subnormal numbers, whose f32 is one as well.
        let number: f32x16<Self> = magnitude.bitcast();
        let scaled = number * f32::from_bits((127 + 112) << 23);
        let special = magnitude.simd_ge(u32x16::splat(self, 0x7c00 << 13));
        let unsigned = special.select(magnitude | 0x7f80_0000, scaled.bitcast());
        (unsigned | ((bits & 0x8000) << 16)).bitcast()
    }
}

/// The numbers that begin a slice; minus infinity beyond its end.
#[inline(always)]
pub(crate) fn load_f16<S: Halves>(token: S, slice: &[F16]) -> f32x16<S> {
    token.f16(load(
        token,
        slice,
        F16::from_f32(f32::NEG_INFINITY),
        F16::to_bits,
    ))
}

/// The same of bfloat16, the upper halves of `f32`.
#[inline(always)]
pub(crate) fn load_bf16<S: Simd>(token: S, slice: &[Bf16]) -> f32x16<S> {
    let masked = Bf16::from_f32(f32::NEG_INFINITY);
    (widened(load(token, slice, masked, Bf16::to_bits)) << 16).bitcast()
}

#[inline(always)]
fn load<S: Simd, H: Copy>(token: S, slice: &[H], fill: H, to_bits: impl Fn(H) -> u16) -> u16x16<S> {
    let mut bits = [to_bits(fill); 16];
    match slice.first_chunk::<16>() {
        Some(halves) => {
            for (bits, &half) in bits.iter_mut().zip(halves) {
                *bits = to_bits(half);
            }
        }
        None => {
            for (bits, &half) in bits.iter_mut().zip(slice) {
                *bits = to_bits(half);
            }
        }
    }
    u16x16::load_array(token, bits)
}

#[inline(always)]
fn widened<S: Simd>(bits: u16x16<S>) -> u32x16<S> {
    let (first, second) = bits.widen();
    first.combine(second)
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod x86 {
    #[cfg(target_arch = "x86")]
    use core::arch::x86::{__m128i, __m256, _mm256_cvtph_ps, _mm512_cvtph_ps};
    #[cfg(target_arch = "x86_64")]
    use core::arch::x86_64::{__m128i, __m256, _mm256_cvtph_ps, _mm512_cvtph_ps};

    use fearless_simd::{
        Avx2, Avx512, SimdCombine, SimdInto, SimdSplit, Sse2, f32x8, f32x16, u16x16,
    };

    use super::Halves;

    impl Halves for Sse2 {}

    fearless_simd::kernel!(
        #[inline(always)]
        fn widen_eight(token: Avx2, bits: __m128i) -> __m256 {
            let _ = token;
            _mm256_cvtph_ps(bits)
        }
    );

    impl Halves for Avx2 {
        #[inline(always)]
        fn f16(self, bits: u16x16<Self>) -> f32x16<Self> {
            let (first, second) = bits.split();
            let first: f32x8<Self> = widen_eight(self, first.into()).simd_into(self);
            let second: f32x8<Self> = widen_eight(self, second.into()).simd_into(self);
            first.combine(second)
        }
    }

    fearless_simd::kernel!(
        #[inline(always)]
        fn widen_sixteen(token: Avx512, bits: u16x16<Avx512>) -> f32x16<Avx512> {
            _mm512_cvtph_ps(bits.into()).simd_into(token)
        }
    );

    impl Halves for Avx512 {
        #[inline(always)]
        fn f16(self, bits: u16x16<Self>) -> f32x16<Self> {
            widen_sixteen(self, bits)
        }
    }
}

#[cfg(target_arch = "aarch64")]
impl Halves for fearless_simd::aarch64::Neon {}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
impl Halves for fearless_simd::wasm32::WasmSimd128 {}
