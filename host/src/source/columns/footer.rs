//! What the footer of a Parquet file claims, before its package believes it: it recurses as deep as
//! columns are in each other, and makes room for as many things as are announced. A stack that
//! overflows and memory that is not there end the program, which no one can contain.
//!
//! The footer is a structure in Thrift's compact protocol. All of it is skipped but the numbers of
//! children of the elements of the schema, which are listed parents first. The package believes what
//! is seen here only where the fields have their types, which are checked with it.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
};

use super::{
    structures,
    thrift::{LIST, STRUCT, Thrift},
};
use crate::source::ContainerError;

/// More than any table needs.
const DEEPEST: usize = 64;

/// Refuses a footer that announces more than it has, fields of wrong types, or columns that are too
/// deep. A file without one is left for the package to say so.
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
        let broken = |reason| ContainerError::broken("Parquet", reason);
        let depth =
            depth(&footer).ok_or_else(|| broken("its footer announces what it does not have"))?;
        Thrift(&footer)
            .structure(structures::FILE)
            .ok_or_else(|| broken("a field of its footer has a wrong type"))?;
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
            let children = children(thrift, kind)?;
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

/// The number of children of an element of the schema.
fn children(thrift: &mut Thrift<'_>, kind: u8) -> Option<u64> {
    if kind != STRUCT {
        return None;
    }
    Some(thrift.i32_field(5)?.try_into().unwrap_or(0))
}
