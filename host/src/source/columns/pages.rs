//! What the pages of a Parquet column claim to decompress to and their dictionaries to hold, before its
//! package makes room for it.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    ops::Range,
};

use parquet::{basic::Type, schema::types::ColumnDescriptor};

use super::{structures, thrift::Thrift};
use crate::source::ContainerError;

/// Writers make pages of a megabyte, or of a row.
const LARGEST: u64 = 1 << 28;

/// More than the header of a page of numbers.
const MAX_HEADER: u64 = 1 << 14;

/// A type of pages that no writer makes. In a column of lists the package does not skip what is in
/// them, but reads it as more pages.
const INDEX: i32 = 1;

/// Refuses pages that claim to be larger than any is, and dictionaries that claim more values than
/// their pages have room for. `chunk` is where some of the pages of a column are.
pub(super) fn check(
    mut file: &File,
    column: &ColumnDescriptor,
    chunk: Range<u64>,
) -> Result<(), ContainerError> {
    let mut at = chunk.start;
    let mut bytes = Vec::new();
    while at < chunk.end {
        bytes.clear();
        file.seek(SeekFrom::Start(at))?;
        file.take(MAX_HEADER.min(chunk.end - at))
            .read_to_end(&mut bytes)?;
        let header = Header::read(&bytes)
            .ok_or_else(|| ContainerError::broken("Parquet", "a page has no sound header"))?;
        if header.page_type == INDEX {
            return Err(ContainerError::unsupported("has a page that is an index"));
        }
        if header.size > LARGEST {
            return Err(ContainerError::unsupported(format!(
                "has a page that claims {} bytes, at most {LARGEST} are read",
                header.size
            )));
        }
        if header.in_dictionary.saturating_mul(width(column)) > header.size {
            return Err(ContainerError::broken(
                "Parquet",
                "a dictionary announces more values than it has",
            ));
        }
        at = at
            .saturating_add(header.length)
            .saturating_add(header.packed_size);
    }
    Ok(())
}

/// Bytes that a value of a dictionary takes, at least.
fn width(column: &ColumnDescriptor) -> u64 {
    match column.physical_type() {
        Type::BOOLEAN => 1,
        Type::INT32 | Type::FLOAT | Type::BYTE_ARRAY => 4,
        Type::INT64 | Type::DOUBLE => 8,
        Type::INT96 => 12,
        Type::FIXED_LEN_BYTE_ARRAY => column.type_length().try_into().unwrap_or(1),
    }
}

struct Header {
    /// Bytes of the header itself.
    length: u64,
    page_type: i32,
    size: u64,
    packed_size: u64,
    /// Values of a dictionary; none in other pages.
    in_dictionary: u64,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = Thrift(bytes);
        rest.structure(structures::PAGE)?;
        let (mut page_type, mut size, mut packed_size, mut in_dictionary) = (None, None, None, 0);
        Thrift(bytes).fields(|thrift, id, kind| {
            match id {
                1 => page_type = Some(thrift.i32()?),
                2 => size = Some(thrift.i32()?),
                3 => packed_size = Some(thrift.i32()?),
                7 => in_dictionary = thrift.i32_field(1)?,
                _ => thrift.skip(kind, 0)?,
            }
            Some(())
        })?;
        Some(Self {
            length: (bytes.len() - rest.0.len()) as u64,
            page_type: page_type?,
            size: size?.try_into().ok()?,
            packed_size: packed_size?.try_into().ok()?,
            in_dictionary: in_dictionary.try_into().ok()?,
        })
    }
}
