//! Arrays of an npz archive: a zip archive of npy files, stored or deflated.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
};

use flate2::{CrcReader, read::DeflateDecoder};
use zip::{CompressionMethod, ZipArchive, result::ZipError};

use super::{ContainerError, Data, Found, Layout, container::choose, npy};
use crate::array::Role;

/// Deflate makes no more of a byte.
const LARGEST_RATIO: u64 = 1032;

type Archive = ZipArchive<BufReader<File>>;

pub(super) fn open(
    file: File,
    file_length: u64,
    member: Option<&str>,
    role: Role,
) -> Result<Found, ContainerError> {
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(broken)?;
    if archive.has_duplicate_names() {
        return Err(ContainerError::broken(
            "npz",
            "two arrays have the same name",
        ));
    }
    let entries: Vec<_> = (0..archive.len())
        .filter_map(|index| Some((index, array_name(&archive, index)?)))
        .filter(|(_, name)| member.is_none_or(|member| member == name))
        .collect();
    let listing: Vec<_> = entries
        .iter()
        .map(|(index, name)| (name.clone(), layout(&mut archive, *index)))
        .collect();
    // Where none has the name, the message lists all there are.
    if let (Some(member), []) = (member, &listing[..]) {
        let all = (0..archive.len())
            .filter_map(|index| Some((array_name(&archive, index)?, layout(&mut archive, index))))
            .collect::<Vec<_>>();
        choose(&all, Some(member), role)?;
    }
    let (index, _) = entries[choose(&listing, member, role)?];
    data(archive, index, file_length)
}

/// The name of the array in an entry, `None` for an entry that is no npy file.
fn array_name(archive: &Archive, index: usize) -> Option<String> {
    let name = archive.name_for_index(index)?.ok()?;
    Some(name.strip_suffix(".npy")?.to_owned())
}

/// What is said of an entry, as far as it can be read: an array that cannot be may not be meant.
fn layout(archive: &mut Archive, index: usize) -> Layout {
    let layout = archive.by_index(index).ok().and_then(|mut entry| {
        let (layout, _) = npy::read_layout(&mut entry).ok()?;
        Some(layout)
    });
    layout.unwrap_or(Layout {
        type_name: "unreadable".to_owned(),
        numbers: None,
        fortran_order: false,
        shape: Vec::new(),
    })
}

/// The array of an entry. Its bytes are as many as the archive says, and it does not say what
/// cannot be.
fn data(mut archive: Archive, index: usize, file_length: u64) -> Result<Found, ContainerError> {
    let entry = archive.by_index_raw(index).map_err(broken)?;
    let (start, packed, size) = (entry.data_start(), entry.compressed_size(), entry.size());
    let (compression, crc32) = (entry.compression(), entry.crc32());
    if entry.encrypted() {
        return Err(ContainerError::unsupported("is encrypted"));
    }
    drop(entry);
    let start = start.filter(|start| {
        start
            .checked_add(packed)
            .is_some_and(|end| end <= file_length)
    });
    let start = start.ok_or_else(|| {
        ContainerError::broken("npz", "an array reaches beyond the end of the file")
    })?;
    let mut file = archive.into_inner();
    file.seek(SeekFrom::Start(start))?;
    let packed_bytes = file.take(packed);
    let is_stored = compression == CompressionMethod::Stored;
    let bytes: Box<dyn Read + Send> = match compression {
        CompressionMethod::Stored if size == packed => Box::new(packed_bytes),
        CompressionMethod::Deflated if size / LARGEST_RATIO <= packed => {
            Box::new(DeflateDecoder::new(packed_bytes))
        }
        CompressionMethod::Stored | CompressionMethod::Deflated => {
            let reason = format!("{packed} bytes cannot hold the {size} that they claim");
            return Err(ContainerError::broken("npz", &reason));
        }
        other => {
            return Err(ContainerError::unsupported(format!(
                "is compressed by {other}, only deflate is read"
            )));
        }
    };
    let mut reader = Checked {
        bytes: CrcReader::new(bytes),
        crc32,
    };
    let (layout, header) = npy::read_layout(&mut reader)
        .map_err(|error| ContainerError::broken("npz", &error.to_string()))?;
    Ok(Found {
        layout,
        data: Data {
            reader: Box::new(reader),
            length: Some(size.saturating_sub(header)),
            is_stored,
            file: None,
        },
    })
}

/// Bytes whose end is an error where they are not those that the archive was made of.
struct Checked {
    bytes: CrcReader<Box<dyn Read + Send>>,
    crc32: u32,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.read(buffer)?;
        if n == 0 && !buffer.is_empty() && self.bytes.crc().sum() != self.crc32 {
            let message = "the checksum of the npz archive is another";
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(n)
    }
}

fn broken(error: ZipError) -> ContainerError {
    match error {
        ZipError::Io(cause) if cause.kind() != io::ErrorKind::UnexpectedEof => cause.into(),
        error => ContainerError::broken("npz", &error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_no_fault_of_the_file() {
        let of = |kind: io::ErrorKind| broken(ZipError::Io(kind.into()));
        assert!(matches!(
            of(io::ErrorKind::PermissionDenied),
            ContainerError::Read(_)
        ));
        assert!(matches!(
            of(io::ErrorKind::UnexpectedEof),
            ContainerError::Broken { .. }
        ));
    }
}
