//! The number types of arrays, and their way from and to bytes.

use std::fmt;

pub(crate) use sealed::Endian;
use surprisal::{Bf16, Element, F16, GradientOf};

/// A type of number that arrays hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberType {
    /// `i8`
    Int8,
    /// `i16`
    Int16,
    /// `i32`
    Int32,
    /// `i64`
    Int64,
    /// `u8`
    UInt8,
    /// `u16`
    UInt16,
    /// `u32`
    UInt32,
    /// `u64`
    UInt64,
    /// [`F16`]
    Float16,
    /// [`Bf16`]
    BFloat16,
    /// `f32`
    Float32,
    /// `f64`
    Float64,
}

impl NumberType {
    const ALL: [Self; 12] = [
        Self::Int8,
        Self::Int16,
        Self::Int32,
        Self::Int64,
        Self::UInt8,
        Self::UInt16,
        Self::UInt32,
        Self::UInt64,
        Self::Float16,
        Self::BFloat16,
        Self::Float32,
        Self::Float64,
    ];

    /// Its name in NumPy, or in the package ml_dtypes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::UInt8 => "uint8",
            Self::UInt16 => "uint16",
            Self::UInt32 => "uint32",
            Self::UInt64 => "uint64",
            Self::Float16 => "float16",
            Self::BFloat16 => "bfloat16",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
        }
    }

    /// Its code in NumPy's type strings, without the byte order. NumPy has no bfloat16: to it
    /// that of ml_dtypes is some type of two bytes, `V2`, and this is what npy files say.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Int8 => "i1",
            Self::Int16 => "i2",
            Self::Int32 => "i4",
            Self::Int64 => "i8",
            Self::UInt8 => "u1",
            Self::UInt16 => "u2",
            Self::UInt32 => "u4",
            Self::UInt64 => "u8",
            Self::Float16 => "f2",
            Self::BFloat16 => "V2",
            Self::Float32 => "f4",
            Self::Float64 => "f8",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|number| number.code() == code)
    }

    /// Bytes of one number.
    pub fn size(self) -> usize {
        match self {
            Self::Int8 | Self::UInt8 => 1,
            Self::Int16 | Self::UInt16 | Self::Float16 | Self::BFloat16 => 2,
            Self::Int32 | Self::UInt32 | Self::Float32 => 4,
            Self::Int64 | Self::UInt64 | Self::Float64 => 8,
        }
    }

    /// Whether it is a floating-point type.
    pub fn is_float(self) -> bool {
        self.is_half() || matches!(self, Self::Float32 | Self::Float64)
    }

    /// Whether it is a floating-point type of 16 bits.
    pub fn is_half(self) -> bool {
        matches!(self, Self::Float16 | Self::BFloat16)
    }
}

impl fmt::Display for NumberType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A number that arrays hold. Sealed.
pub trait Number: Copy + Send + Sync + 'static + sealed::Bytes {
    /// Which one it is.
    const TYPE: NumberType;
}

/// A type of logits: `f32`, `f64`, [`F16`] or [`Bf16`], a [`Number`] that the kernel reads. Its
/// `Element` is the [`Float`] that it is computed in, `f32` for the types of 16 bits. Sealed.
pub trait Logit: Number + surprisal::Logit<Element: Float + GradientOf<Self>> {
    /// The same number in the type that it is computed in.
    fn to_element(self) -> Self::Element;
}

/// The type that logits are computed in and that outputs have: `f32` or `f64`. Sealed.
pub trait Float: Number + Element + Default + Into<f64> {
    /// The nearest number of the type.
    fn nearest(value: f64) -> Self;
}

impl Float for f32 {
    fn nearest(value: f64) -> Self {
        value as Self
    }
}

impl Float for f64 {
    fn nearest(value: f64) -> Self {
        value
    }
}

pub(crate) mod sealed {
    /// The order of the bytes of a number.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Endian {
        Little,
        Big,
    }

    pub trait Bytes: Sized {
        /// Appends the numbers that `bytes` holds, each turned into a `U`; a rest shorter than a
        /// number is left out.
        fn decode<U: From<Self>>(bytes: &[u8], endian: Endian, numbers: &mut Vec<U>);
        /// Appends the little-endian bytes of `numbers`.
        fn encode(numbers: &[Self], bytes: &mut Vec<u8>);
    }
}

macro_rules! numbers {
    ($($number:ty: $variant:ident),*) => {$(
        impl Number for $number {
            const TYPE: NumberType = NumberType::$variant;
        }

        impl sealed::Bytes for $number {
            fn decode<U: From<Self>>(bytes: &[u8], endian: Endian, numbers: &mut Vec<U>) {
                let words = bytes.as_chunks().0.iter();
                match endian {
                    Endian::Little => {
                        numbers.extend(words.map(|&word| U::from(Self::from_le_bytes(word))));
                    }
                    Endian::Big => {
                        numbers.extend(words.map(|&word| U::from(Self::from_be_bytes(word))));
                    }
                }
            }

            fn encode(numbers: &[Self], bytes: &mut Vec<u8>) {
                for number in numbers {
                    bytes.extend_from_slice(&number.to_le_bytes());
                }
            }
        }
    )*};
}

numbers!(
    i8: Int8, i16: Int16, i32: Int32, i64: Int64,
    u8: UInt8, u16: UInt16, u32: UInt32, u64: UInt64,
    f32: Float32, f64: Float64
);

macro_rules! halves {
    ($($half:ty: $variant:ident),*) => {$(
        impl Number for $half {
            const TYPE: NumberType = NumberType::$variant;
        }

        impl sealed::Bytes for $half {
            fn decode<U: From<Self>>(bytes: &[u8], endian: Endian, numbers: &mut Vec<U>) {
                let words = bytes.as_chunks().0.iter();
                let of_bits = |bits| U::from(Self::from_bits(bits));
                match endian {
                    Endian::Little => {
                        numbers.extend(words.map(|&word| of_bits(u16::from_le_bytes(word))));
                    }
                    Endian::Big => {
                        numbers.extend(words.map(|&word| of_bits(u16::from_be_bytes(word))));
                    }
                }
            }

            fn encode(numbers: &[Self], bytes: &mut Vec<u8>) {
                for number in numbers {
                    bytes.extend_from_slice(&number.to_bits().to_le_bytes());
                }
            }
        }
    )*};
}

halves!(F16: Float16, Bf16: BFloat16);

macro_rules! logits {
    ($($logit:ty),*) => {$(
        impl Logit for $logit {
            fn to_element(self) -> Self::Element {
                self.into()
            }
        }
    )*};
}

logits!(f32, f64, F16, Bf16);
