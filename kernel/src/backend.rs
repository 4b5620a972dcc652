//! Where the algorithm runs: one plain value for production, tests, benches and fuzzing.

use core::{fmt, str::FromStr};

use crate::vector::token;

/// How a backend rounds `a * b + c`. Within a class every backend gives the same bits; across
/// classes only the error budget is promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArithmeticClass {
    /// Once: the processor has a fused multiply-add.
    Fused,
    /// Twice: after the product and after the sum.
    Unfused,
}

/// An implementation of the vector operations that the algorithm is written over.
///
/// [`Backend::detect`] is the best one for this processor; [`CrossEntropy::backend`] forces
/// another.
///
/// [`CrossEntropy::backend`]: crate::CrossEntropy::backend
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// Plain arithmetic, on every processor. Unfused.
    Portable,
    /// Plain arithmetic and a correctly rounded multiply-add, in software.
    /// Fused: the bits of the vector backends on every processor, at a price. Needs the feature
    /// `portable-fused`.
    PortableFused,
    /// 128-bit vectors on x86-64, and on x86 processors with SSE2. Unfused.
    Sse2,
    /// 256-bit vectors on x86 and x86-64 processors with AVX2 and FMA. Fused.
    Avx2,
    /// 512-bit vectors on x86 and x86-64 processors with the AVX-512 of Ice Lake or later, or of
    /// Zen 4 or later. Fused.
    Avx512,
    /// 128-bit vectors on 64-bit ARM processors. Fused.
    Neon,
    /// 128-bit vectors of WebAssembly, where the compiler was told of them. Unfused.
    Simd128,
}

impl Backend {
    /// Every backend there is, on this processor or not; those of one processor stand from the
    /// plainest to the fastest.
    pub const ALL: [Self; 7] = [
        Self::Portable,
        Self::PortableFused,
        Self::Sse2,
        Self::Avx2,
        Self::Avx512,
        Self::Neon,
        Self::Simd128,
    ];

    /// The fastest backend of this processor. With the feature `std` it is looked up once and
    /// cached; without, it is the best one that the compiler was told about.
    pub fn detect() -> Self {
        Self::ALL
            .into_iter()
            .rfind(|&backend| backend != Self::PortableFused && backend.is_available())
            .unwrap_or(Self::Portable)
    }

    /// Whether this processor can run it.
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            Self::PortableFused => token::portable_fused().is_some(),
            Self::Sse2 => token::sse2().is_some(),
            Self::Avx2 => token::avx2().is_some(),
            Self::Avx512 => token::avx512().is_some(),
            Self::Neon => token::neon().is_some(),
            Self::Simd128 => token::simd128().is_some(),
        }
    }

    /// The backends that this processor can run.
    pub fn available() -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(|backend| backend.is_available())
    }

    /// How it rounds `a * b + c`.
    pub fn arithmetic_class(self) -> ArithmeticClass {
        match self {
            Self::Portable | Self::Sse2 | Self::Simd128 => ArithmeticClass::Unfused,
            Self::PortableFused | Self::Avx2 | Self::Avx512 | Self::Neon => ArithmeticClass::Fused,
        }
    }

    /// Its name in command lines and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::PortableFused => "portable-fused",
            Self::Sse2 => "sse2",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Neon => "neon",
            Self::Simd128 => "simd128",
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is not one of [`Backend::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownBackend;

impl fmt::Display for UnknownBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a backend; there are")?;
        Backend::ALL
            .iter()
            .try_for_each(|backend| write!(f, " {backend}"))
    }
}

impl core::error::Error for UnknownBackend {}

impl FromStr for Backend {
    type Err = UnknownBackend;

    fn from_str(name: &str) -> Result<Self, UnknownBackend> {
        Self::ALL
            .into_iter()
            .find(|backend| backend.name() == name)
            .ok_or(UnknownBackend)
    }
}
