//! Numbers that are hard on the algorithm, out of few bytes.

use std::{f64::consts::LN_2, fmt};

use surprisal::Element;
use surprisal_reference::{Float, budget::ElementType};

use crate::bytes::Bytes;

/// An element type as the kernel and the reference see it.
pub trait Real: Element + Float {
    const ELEMENT: ElementType;

    /// Its value.
    fn value(self) -> f64 {
        self.into()
    }

    /// The number `ulps` above this one, or below; from the ends of the type it wraps.
    fn step(self, ulps: i8) -> Self;
}

impl Real for f32 {
    const ELEMENT: ElementType = ElementType::F32;

    fn step(self, ulps: i8) -> Self {
        Self::from_bits(self.to_bits().wrapping_add_signed(ulps.into()))
    }
}

impl Real for f64 {
    const ELEMENT: ElementType = ElementType::F64;

    fn step(self, ulps: i8) -> Self {
        Self::from_bits(self.to_bits().wrapping_add_signed(ulps.into()))
    }
}

/// Equal bits, or NaN on both sides.
pub fn same_bits<T: Real>(a: T, b: T) -> bool {
    let (a, b) = (a.value(), b.value());
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

/// Numbers, printed in one line with equal neighbours as `value x count`.
#[derive(Clone)]
pub struct Numbers<T>(pub Vec<T>);

impl<T: Real> fmt::Debug for Numbers<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} numbers [", self.0.len())?;
        for (i, run) in self.0.chunk_by(|&a, &b| same_bits(a, b)).enumerate() {
            let separator = if i == 0 { "" } else { ", " };
            write!(f, "{separator}{:?}", run[0])?;
            if run.len() > 1 {
                write!(f, " x {}", run.len())?;
            }
        }
        f.write_str("]")
    }
}

/// The longest pattern that is read from the bytes; longer arrays repeat it.
pub const LONGEST_PATTERN: usize = 80;

impl<T: Real> Numbers<T> {
    /// `len` numbers: a pattern, repeated, with a few entries replaced. The first byte is one less
    /// than the length of the pattern; the two after it say how many are replaced, and whether a
    /// common offset is added.
    pub fn read(bytes: &mut Bytes<'_>, len: usize) -> Self {
        if len == 0 {
            return Self(Vec::new());
        }
        let mut pattern = Vec::new();
        let mut previous = T::round(0.0);
        for _ in 0..=bytes.byte() as usize % LONGEST_PATTERN.min(len) {
            previous = number(bytes, previous);
            pattern.push(previous);
        }
        let mut numbers: Vec<T> = pattern.into_iter().cycle().take(len).collect();
        for _ in 0..bytes.byte() % 4 {
            let place = bytes.below(len);
            numbers[place] = number(bytes, numbers[place]);
        }
        if bytes.once_in(8) {
            let offset = number(bytes, previous).value();
            for number in &mut numbers {
                *number = T::round(number.value() + offset);
            }
        }
        Self(numbers)
    }

    /// The same with zeros in the place of numbers that are not of a kind.
    pub fn zero_unless(mut self, is_of_kind: fn(f64) -> bool) -> Self {
        for number in &mut self.0 {
            if !is_of_kind(number.value()) {
                *number = T::round(0.0);
            }
        }
        self
    }
}

/// One number.
pub fn number<T: Real>(bytes: &mut Bytes<'_>, previous: T) -> T {
    match bytes.byte() % 10 {
        // Ordinary.
        0 => T::round(f64::from(bytes.byte() as i8) / 16.0),
        1 => T::round(f64::from(i16::from_le_bytes(bytes.array())) / 64.0),
        2 => T::round(f64::from(i32::from_le_bytes(bytes.array())) / 16777216.0),
        // Ties and near ties.
        3 => previous,
        4 => previous.step(bytes.byte() as i8),
        // Ratios that are powers of two or roots of them, where the range reduction of the
        // exponential turns over.
        5 => {
            let half = T::round(f64::from(bytes.byte() as i8) * LN_2 / 2.0);
            half.step(bytes.choose(&[0, 1, -1, 2, -2]))
        }
        // Masked.
        6 => T::round(f64::NEG_INFINITY),
        // Powers of two over the whole range, of either sign.
        7 => {
            let least = T::E_MIN - T::PRECISION + 1;
            let exponent = least + bytes.below((T::E_MAX - least + 1) as usize) as i64;
            let sign = if bytes.once_in(2) { -1.0 } else { 1.0 };
            T::round(sign * 2.0_f64.powi(exponent as i32))
        }
        8 => T::round(bytes.choose(&SPECIAL)),
        // Any bits at all.
        _ => T::from_low_bits(bytes.long()),
    }
}

/// The byte before the bits of any number.
pub const ANY_BITS: u8 = 9;

/// Ends of the number formats, and both sides of where e^x leaves their normal numbers and then
/// all of them, and of where the algorithm changes its way.
const SPECIAL: [f64; 24] = [
    0.0,
    -0.0,
    f64::INFINITY,
    f64::NAN,
    f64::MAX,
    f64::MIN,
    f32::MAX as f64,
    f32::MIN as f64,
    1e30,
    -1e30,
    4096.0,
    -4096.0,
    17.0,
    -37.0,
    -87.3,
    -88.0,
    -103.9,
    -104.1,
    -150.0,
    -708.4,
    -709.8,
    -745.1,
    -745.2,
    -1330.0,
];
