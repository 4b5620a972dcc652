//! The header of NumPy's `.npy` format, versions 1 to 3.
//!
//! A magic string, the version, the length of what follows, and a Python dictionary:
//! `{'descr': '<f4', 'fortran_order': False, 'shape': (1797, 10), }`.

use std::io::{self, Read};

use thiserror::Error;

use super::{
    Layout,
    dict::{self, DictError},
};
use crate::number::{Endian, NumberType};

/// What every `.npy` file starts with.
pub(crate) const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// Longer than any header of numbers, which NumPy pads to 128 bytes as a rule.
const MAX_HEADER: u32 = 1 << 16;

/// Why the start of a file is not the header of an array.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// The system cannot read it.
    #[error("{0}")]
    Read(io::Error),
    /// The file is empty.
    #[error("is empty, not an npy file")]
    Empty,
    /// The magic string is not there.
    #[error("is not an npy file: it starts with \"{}\"", start.escape_ascii())]
    NotNpy {
        /// The first bytes.
        start: Vec<u8>,
    },
    /// A version of the format that does not exist yet.
    #[error("is npy version {major}.{minor}, versions 1.0, 2.0 and 3.0 are known")]
    Version {
        /// First number.
        major: u8,
        /// Second number.
        minor: u8,
    },
    /// The file ends inside its header.
    #[error("ends inside its npy header")]
    Truncated,
    /// The header claims a length that no header has.
    #[error("claims an npy header of {length} bytes, at most {MAX_HEADER} are read")]
    TooLong {
        /// The length claimed.
        length: u32,
    },
    /// The header's dictionary cannot be understood.
    #[error("has an npy header that {0}")]
    Dict(DictError),
}

/// Reads the header, up to the first number, and counts its bytes.
pub(super) fn read_layout(reader: &mut impl Read) -> Result<(Layout, u64), HeaderError> {
    let mut start = Vec::new();
    reader
        .take(MAGIC.len() as u64)
        .read_to_end(&mut start)
        .map_err(HeaderError::Read)?;
    if start.is_empty() {
        return Err(HeaderError::Empty);
    }
    if start != MAGIC {
        return Err(HeaderError::NotNpy { start });
    }

    let [major, minor] = read_array(reader)?;
    let (length, length_size) = match (major, minor) {
        (1, 0) => (u32::from(u16::from_le_bytes(read_array(reader)?)), 2),
        (2 | 3, 0) => (u32::from_le_bytes(read_array(reader)?), 4),
        _ => return Err(HeaderError::Version { major, minor }),
    };
    if length > MAX_HEADER {
        return Err(HeaderError::TooLong { length });
    }
    let mut text = vec![0; length as usize];
    read_exact(reader, &mut text)?;

    let dict = dict::parse(&text).map_err(HeaderError::Dict)?;
    let layout = Layout {
        numbers: number_type(&dict.descr),
        type_name: dict.descr,
        fortran_order: dict.fortran_order,
        shape: dict.shape,
    };
    let header = MAGIC.len() as u64 + 2 + length_size + u64::from(length);
    Ok((layout, header))
}

/// A type string such as `<f4`: the byte order, then the code of the type.
fn number_type(descr: &str) -> Option<(NumberType, Endian)> {
    let (order, code) = descr.split_at_checked(1)?;
    let number = NumberType::from_code(code)?;
    let endian = match order {
        "<" => Endian::Little,
        ">" => Endian::Big,
        "|" if number.size() == 1 => Endian::Little,
        // NumPy sees bytes without an order; they are in that of nearly all processors.
        "|" if number == NumberType::BFloat16 => Endian::Little,
        _ => return None,
    };
    Some((number, endian))
}

fn read_array<const N: usize>(reader: &mut impl Read) -> Result<[u8; N], HeaderError> {
    let mut bytes = [0; N];
    read_exact(reader, &mut bytes)?;
    Ok(bytes)
}

fn read_exact(reader: &mut impl Read, bytes: &mut [u8]) -> Result<(), HeaderError> {
    reader
        .read_exact(bytes)
        .map_err(|cause| match cause.kind() {
            io::ErrorKind::UnexpectedEof => HeaderError::Truncated,
            _ => HeaderError::Read(cause),
        })
}

/// The header of a C-order, little-endian array, version 1.0, with the padding that NumPy asks
/// for: the data start at a multiple of 64.
pub(crate) fn header(number: NumberType, shape: &[usize]) -> Vec<u8> {
    const ALIGNMENT: usize = 64;
    const LENGTH_END: usize = 10;

    let order = if number.size() == 1 { '|' } else { '<' };
    let code = number.code();
    // Python tells a tuple of one from a number in parentheses by its comma.
    let comma = if shape.len() == 1 { "," } else { "" };
    let shape = shape
        .iter()
        .map(usize::to_string)
        .collect::<Vec<_>>()
        .join(", ")
        + comma;
    let mut text =
        format!("{{'descr': '{order}{code}', 'fortran_order': False, 'shape': ({shape}), }}");
    let end = (LENGTH_END + text.len() + 1).next_multiple_of(ALIGNMENT);
    text.extend(std::iter::repeat_n(' ', end - LENGTH_END - text.len() - 1));
    text.push('\n');

    let length = u16::try_from(text.len()).expect("a shape of at most three dimensions");
    let mut bytes = MAGIC.to_vec();
    bytes.extend([1, 0]);
    bytes.extend(length.to_le_bytes());
    bytes.extend(text.into_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_header_is_read_back() {
        // The last two fill 64 bytes but for one, and wholly.
        const LONG: usize = 10_000_000_000_000_000_000;
        for (shape, length) in [
            (&[3][..], 128),
            (&[3, 2], 128),
            (&[4, 5, 6], 128),
            (&[0, 7], 128),
            (&[LONG, LONG, LONG / 100], 128),
            (&[LONG, LONG, LONG / 10], 192),
        ] {
            let bytes = header(NumberType::Float64, shape);
            assert_eq!(bytes.len(), length);
            let (layout, header) = read_layout(&mut &bytes[..]).unwrap();
            assert_eq!(layout.numbers, Some((NumberType::Float64, Endian::Little)));
            assert_eq!(
                layout.shape,
                shape.iter().map(|&n| n as u64).collect::<Vec<_>>()
            );
            assert_eq!(header, bytes.len() as u64);
            assert!(!layout.fortran_order);
        }
    }

    #[test]
    fn the_header_is_byte_for_byte_that_of_numpy() {
        // numpy.save of zeros([3], "f4") and zeros([3, 2], "f8").
        let one = header(NumberType::Float32, &[3]);
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }";
        assert_eq!(
            one,
            [
                &b"\x93NUMPY\x01\x00\x76\x00"[..],
                format!("{text:117}\n").as_bytes()
            ]
            .concat()
        );
        let two = header(NumberType::Float64, &[3, 2]);
        let text = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }";
        assert_eq!(
            two,
            [
                &b"\x93NUMPY\x01\x00\x76\x00"[..],
                format!("{text:117}\n").as_bytes()
            ]
            .concat()
        );
    }

    #[test]
    fn type_strings() {
        assert_eq!(number_type(">i2"), Some((NumberType::Int16, Endian::Big)));
        assert_eq!(
            number_type("|u1"),
            Some((NumberType::UInt8, Endian::Little))
        );
        for (descr, endian) in [("<f2", Endian::Little), (">f2", Endian::Big)] {
            assert_eq!(
                number_type(descr),
                Some((NumberType::Float16, endian)),
                "{descr}"
            );
        }
        for (descr, endian) in [
            ("<V2", Endian::Little),
            ("|V2", Endian::Little),
            (">V2", Endian::Big),
        ] {
            assert_eq!(
                number_type(descr),
                Some((NumberType::BFloat16, endian)),
                "{descr}"
            );
        }
        for unknown in [
            "", "<", "|f4", "=f4", "f4", "|f2", "<f16", "<V1", "<V4", "=V2", "V2", "|b1", "é4",
        ] {
            assert_eq!(number_type(unknown), None, "{unknown}");
        }
    }
}
