//! What the footer of a Parquet file claims, before its package believes it: it recurses as deep as
//! columns are in each other, and makes room for as many things as are announced. A stack that
//! overflows and memory that is not there end the program, which no one can contain.
//!
//! The footer is a structure in Thrift's compact protocol. All of it is skipped but the numbers of
//! children of the elements of the schema, which are listed parents first.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
};

use crate::source::ContainerError;

/// More than any table needs.
const DEEPEST: usize = 64;

/// Types of fields.
const I32: u8 = 5;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// Refuses a footer that announces more than it has, or columns that are too deep. A file without
/// one is left for the package to say so.
pub(super) fn check(mut file: &File) -> Result<(), ContainerError> {
    const END: u64 = 8;
    let length = file.seek(SeekFrom::End(0))?;
    let mut end = [0; END as usize];
    if length >= END {
        file.seek(SeekFrom::Start(length - END))?;
        file.read_exact(&mut end)?;
    }
    let ([a, b, c, d, magic @ ..], mut footer) = (end, Vec::new());
    let footer_length = u64::from(u32::from_le_bytes([a, b, c, d]));
    let start = length.checked_sub(END + footer_length);
    if let Some(start) = start.filter(|_| magic == *b"PAR1") {
        file.seek(SeekFrom::Start(start))?;
        file.take(footer_length).read_to_end(&mut footer)?;
        let depth = depth(&footer).ok_or_else(|| {
            ContainerError::broken("Parquet", "its footer announces what it does not have")
        })?;
        if depth > DEEPEST {
            let reason = format!("has columns that are more than {DEEPEST} deep in each other");
            return Err(ContainerError::unsupported(reason));
        }
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(())
}

/// The depth of the schema; `None` for what is no footer.
fn depth(footer: &[u8]) -> Option<usize> {
    let mut deepest = 0;
    Thrift(footer).fields(|thrift, id, kind| {
        if (id, kind) != (2, LIST) {
            return thrift.skip(kind, 0);
        }
        let (n, kind) = thrift.list()?;
        // How many children the elements that are open still wait for.
        let mut open: Vec<u64> = Vec::new();
        for element in 0..n {
            let children = thrift.children(kind)?;
            // All of them follow.
            if children >= n - element {
                return None;
            }
            while open.last() == Some(&0) {
                open.pop();
            }
            if let Some(left) = open.last_mut() {
                *left -= 1;
            }
            if children > 0 {
                open.push(children);
            }
            deepest = deepest.max(open.len());
        }
        Some(())
    })?;
    Some(deepest)
}

/// What has not been read. Everything is `None` where it ends too early.
struct Thrift<'a>(&'a [u8]);

impl Thrift<'_> {
    /// The number of children of an element of the schema.
    fn children(&mut self, kind: u8) -> Option<u64> {
        if kind != STRUCT {
            return None;
        }
        let mut children = 0;
        self.fields(|thrift, id, kind| {
            if (id, kind) != (5, I32) {
                return thrift.skip(kind, 0);
            }
            // Signed numbers alternate: what is odd is negative.
            let number = thrift.number()?;
            children = if number % 2 == 0 { number / 2 } else { 0 };
            Some(())
        })?;
        Some(children)
    }

    /// Hands on the fields of a structure, with their numbers and types.
    fn fields(&mut self, mut field: impl FnMut(&mut Self, u64, u8) -> Option<()>) -> Option<()> {
        let mut id = 0_u64;
        loop {
            let byte = self.byte()?;
            if byte == 0 {
                return Some(());
            }
            id = match byte >> 4 {
                0 => self.number()? / 2,
                step => id.wrapping_add(step.into()),
            };
            field(self, id, byte & 15)?;
        }
    }

    fn skip(&mut self, kind: u8, nesting: usize) -> Option<()> {
        // The footer has structures in structures a few deep.
        if nesting > 16 {
            return None;
        }
        match kind {
            1 | 2 => Some(()),
            3 => self.byte().map(drop),
            4..=6 => self.number().map(drop),
            7 => self.bytes(8),
            8 => {
                let length = self.number()?;
                self.bytes(length)
            }
            LIST | 10 => {
                let (n, kind) = self.list()?;
                // A truth value in a list is a byte.
                let kind = if kind <= 2 { 3 } else { kind };
                (0..n).try_for_each(|_| self.skip(kind, nesting + 1))
            }
            STRUCT => self.fields(|thrift, _, kind| thrift.skip(kind, nesting + 1)),
            _ => None,
        }
    }

    /// The length of a list and the type of what is in it, of which each takes a byte or more.
    fn list(&mut self) -> Option<(u64, u8)> {
        let byte = self.byte()?;
        let n = match byte >> 4 {
            15 => self.number()?,
            n => n.into(),
        };
        (n <= self.0.len() as u64).then_some((n, byte & 15))
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Some(number);
            }
        }
        None
    }

    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    fn bytes(&mut self, length: u64) -> Option<()> {
        self.0 = self.0.get(usize::try_from(length).ok()?..)?;
        Some(())
    }
}
