//! Logits of 16 bits: bit patterns in types of their own, which no integer is taken for.
//!
//! They are widened to `f32`, exactly, as they are read, and everything is computed in `f32`.

use core::fmt;

/// A number in bfloat16, the upper half of an `f32`, as its bit pattern.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Bf16(u16);

/// A number in half precision, IEEE 754 binary16, as its bit pattern.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct F16(u16);

macro_rules! bit_pattern {
    ($type:ident) => {
        impl $type {
            /// The number with this bit pattern.
            #[inline]
            pub const fn from_bits(bits: u16) -> Self {
                Self(bits)
            }

            /// The bit pattern.
            #[inline]
            pub const fn to_bits(self) -> u16 {
                self.0
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.to_f32(), f)
            }
        }

        impl From<$type> for f32 {
            #[inline]
            fn from(half: $type) -> Self {
                half.to_f32()
            }
        }

        impl From<$type> for f64 {
            #[inline]
            fn from(half: $type) -> Self {
                half.to_f32().into()
            }
        }
    };
}

bit_pattern!(Bf16);
bit_pattern!(F16);

/// Shifts right, rounding to nearest, ties to even; by 1 to 31 bits.
#[inline]
const fn shift_rounded(bits: u32, by: u32) -> u32 {
    let half = 1 << (by - 1);
    let odd = (bits >> by) & 1;
    // Less than half is added below a tie at an even number: nothing carries.
    (bits + (half - 1) + odd) >> by
}

impl Bf16 {
    /// The nearest number, ties to even; NaN stays NaN.
    #[inline]
    pub const fn from_f32(value: f32) -> Self {
        let bits = value.to_bits();
        if value.is_nan() {
            // The upper half alone might be infinity: a quiet NaN of the same sign.
            return Self((bits >> 16) as u16 | 0x0040);
        }
        Self(shift_rounded(bits, 16) as u16)
    }

    /// The same number.
    #[inline]
    pub const fn to_f32(self) -> f32 {
        f32::from_bits((self.0 as u32) << 16)
    }
}

impl F16 {
    /// The nearest number, ties to even; infinite from 65520 on; NaN stays NaN.
    #[inline]
    pub const fn from_f32(value: f32) -> Self {
        let bits = value.to_bits();
        let sign = (bits >> 16) & 0x8000;
        let magnitude = bits & 0x7fff_ffff;
        let half = if value.is_nan() {
            0x7e00
        } else if magnitude >= 0x477f_f000 {
            // 65520, from where on infinity is the nearest.
            0x7c00
        } else if magnitude >= 0x3880_0000 {
            // Normal, from 2^-14: the exponent's bias goes from 127 to 15.
            shift_rounded(magnitude - ((127 - 15) << 23), 13)
        } else {
            // A multiple of 2^-24: the significand, of 2^-23 of its power of two, is shifted.
            let exponent = magnitude >> 23;
            let significand = (magnitude & 0x007f_ffff) | 0x0080_0000;
            // Below 2^-26 everything is shifted out.
            if exponent < 127 - 26 {
                0
            } else {
                shift_rounded(significand, 126 - exponent)
            }
        };
        Self((sign | half) as u16)
    }

    /// The same number.
    #[inline]
    pub const fn to_f32(self) -> f32 {
        let sign = ((self.0 & 0x8000) as u32) << 16;
        let magnitude = ((self.0 & 0x7fff) as u32) << 13;
        // Exponent and significand where those of an f32 are; 2^112 makes up for the bias, and
        // for that of subnormal numbers, whose f32 is one as well.
        let scaled = f32::from_bits(magnitude) * f32::from_bits((127 + 112) << 23);
        let bits = if magnitude >= 0x7c00 << 13 {
            magnitude | 0x7f80_0000
        } else {
            scaled.to_bits()
        };
        f32::from_bits(sign | bits)
    }
}
