//! The numbers of a column, batch after batch.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    vec,
};

use super::{
    batches::{Batch, Codec, Section},
    fields::{Column, Lists},
};
use crate::source::{ContainerError, columns::ragged, container::one_line};

pub(super) struct Numbers {
    file: File,
    name: String,
    lists: Lists,
    width: u64,
    /// Bytes of a number.
    size: u64,
    batches: vec::IntoIter<Batch>,
    /// Rows of the batches before.
    n_rows: u64,
    bytes: Box<dyn Read + Send>,
    left: u64,
}

impl Numbers {
    /// The numbers of all batches. The first row tells how long lists of any length are.
    pub(super) fn new(
        file: File,
        column: &Column,
        batches: Vec<Batch>,
    ) -> Result<Self, ContainerError> {
        let size = column.number.map_or(1, |number| number.size() as u64);
        let mut numbers = Self {
            file,
            name: column.name.clone(),
            lists: column.lists,
            width: match column.lists {
                Lists::None => 1,
                Lists::Fixed(width) => width,
                Lists::Offsets(_) => 0,
            },
            size,
            batches: Vec::new().into_iter(),
            n_rows: 0,
            bytes: Box::new(io::empty()),
            left: 0,
        };
        if let Lists::Offsets(bytes) = column.lists
            && let Some(batch) = batches.iter().find(|batch| batch.n_rows > 0)
            && let Some(section) = batch.offsets
        {
            let mut offsets = numbers.open(section, batch.codec)?;
            let (start, end) = (offset(&mut offsets, bytes)?, offset(&mut offsets, bytes)?);
            numbers.width = end.saturating_sub(start);
        }
        numbers.batches = batches.into_iter();
        Ok(numbers)
    }

    /// Numbers of a row.
    pub(super) fn width(&self) -> u64 {
        self.width
    }

    /// The bytes of a buffer, decompressed.
    fn open(&self, section: Section, codec: Option<Codec>) -> io::Result<Box<dyn Read + Send>> {
        // A copy of the handle has the position of the original: one buffer is read at a time.
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(section.start))?;
        let mut bytes = file.take(section.length);
        let Some(codec) = codec.filter(|_| section.length > 0) else {
            return Ok(Box::new(bytes));
        };
        // The length is followed by the bytes as they are where it says -1; otherwise the caller
        // knows it better.
        let mut length = [0; 8];
        bytes.read_exact(&mut length)?;
        Ok(match codec {
            _ if length == [0xff; 8] => Box::new(bytes),
            Codec::Lz4 => Box::new(lz4_flex::frame::FrameDecoder::new(bytes)),
            Codec::Zstd => Box::new(zstd::Decoder::new(bytes).map_err(|cause| undone(&cause))?),
        })
    }

    /// Goes to the next batch; there may be none.
    fn next_batch(&mut self) -> io::Result<bool> {
        let Some(batch) = self.batches.next() else {
            return Ok(false);
        };
        let too_large = || invalid("its batches have more numbers than can be counted");
        let start = match (self.lists, batch.offsets) {
            (Lists::Offsets(bytes), Some(offsets)) if batch.n_rows > 0 => {
                self.check_offsets(offsets, &batch, bytes)?
            }
            _ => 0,
        };
        let n_bytes = |numbers: u64| numbers.checked_mul(self.size).ok_or_else(too_large);
        let row = n_bytes(self.width)?;
        self.left = batch.n_rows.checked_mul(row).ok_or_else(too_large)?;
        let mut bytes = self.open(batch.values, batch.codec)?;
        io::copy(&mut (&mut bytes).take(n_bytes(start)?), &mut io::sink())
            .map_err(|cause| undone(&cause))?;
        self.bytes = bytes;
        self.n_rows += batch.n_rows;
        Ok(true)
    }

    /// Makes sure that all lists are as long as the first of all; tells where the numbers start.
    fn check_offsets(&self, section: Section, batch: &Batch, bytes: usize) -> io::Result<u64> {
        let mut offsets = io::BufReader::new(self.open(section, batch.codec)?);
        let start = offset(&mut offsets, bytes)?;
        let mut before = start;
        for row in 0..batch.n_rows {
            let end = offset(&mut offsets, bytes)?;
            let length = end.wrapping_sub(before);
            if length != self.width {
                return Err(invalid(&ragged(
                    &self.name,
                    self.n_rows + row,
                    length,
                    self.width,
                )));
            }
            before = end;
        }
        Ok(start)
    }
}

impl Read for Numbers {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.left == 0 {
            if !self.next_batch()? {
                return Ok(0);
            }
        }
        let some = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let n = self
            .bytes
            .read(&mut buffer[..some])
            .map_err(|cause| undone(&cause))?;
        if n == 0 && some > 0 {
            return Err(invalid("a record batch ends before its numbers do"));
        }
        self.left -= n as u64;
        Ok(n)
    }
}

fn offset(offsets: &mut impl Read, bytes: usize) -> io::Result<u64> {
    let mut offset = [0; 8];
    match offsets.read_exact(&mut offset[..bytes]) {
        Ok(()) => Ok(u64::from_le_bytes(offset)),
        Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => {
            Err(invalid("a record batch ends before its lists do"))
        }
        Err(cause) => Err(undone(&cause)),
    }
}

/// What a decompression says of bytes that are none of its own.
fn undone(cause: &io::Error) -> io::Error {
    invalid(&format!("a record batch cannot be read: {cause}"))
}

fn invalid(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, one_line(reason))
}
