//! What the pages of a Parquet column claim to decompress to, before its package makes room for it.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    ops::Range,
};

use super::thrift::{I32, Thrift};
use crate::source::ContainerError;

/// Writers make pages of a megabyte, or of a row.
const LARGEST: i64 = 1 << 28;

/// More than the header of a page of numbers.
const MAX_HEADER: u64 = 1 << 14;

/// Refuses pages that claim to be larger than any is. `chunk` is where some of the pages are.
pub(super) fn check(mut file: &File, chunk: Range<u64>) -> Result<(), ContainerError> {
    let mut at = chunk.start;
    let mut bytes = Vec::new();
    while at < chunk.end {
        bytes.clear();
        file.seek(SeekFrom::Start(at))?;
        file.take(MAX_HEADER.min(chunk.end - at))
            .read_to_end(&mut bytes)?;
        let header = Header::read(&bytes)
            .ok_or_else(|| ContainerError::broken("Parquet", "a page has no sound header"))?;
        if header.size > LARGEST {
            return Err(ContainerError::unsupported(format!(
                "has a page that claims {} bytes, at most {LARGEST} are read",
                header.size
            )));
        }
        at = at
            .saturating_add(header.length)
            .saturating_add(header.packed_size);
    }
    Ok(())
}

struct Header {
    /// Bytes of the header itself.
    length: u64,
    size: i64,
    packed_size: u64,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        let (mut size, mut packed_size) = (None, None);
        let mut thrift = Thrift(bytes);
        thrift.fields(|thrift, id, kind| {
            match (id, kind) {
                (2, I32) => size = Some(thrift.signed()?),
                (3, I32) => packed_size = Some(thrift.signed()?),
                _ => thrift.skip(kind, 0)?,
            }
            Some(())
        })?;
        Some(Self {
            length: (bytes.len() - thrift.0.len()) as u64,
            size: size?,
            packed_size: packed_size?.try_into().ok()?,
        })
    }
}
