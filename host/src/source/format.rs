//! Which format a file has, by its first bytes, and by its name where these tell nothing.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
};

#[cfg(feature = "arrow")]
use super::columns;
use super::{ContainerError, Data, Found, HeaderError, csv, npy, npz, place::Place, safetensors};
use crate::{array::ArrayName, error::Error};

/// Opens the file and finds the array in it. Nothing that it says has been checked.
pub(super) fn open(place: &Place, name: &ArrayName) -> Result<Found, Error> {
    if place.is_standard_input() {
        return npy_without_name(BufReader::new(io::stdin()), place, name, None);
    }
    let read_error = |cause| Error::Read {
        array: name.clone(),
        cause,
    };
    // Asked before opening: opening a pipe would wait for its writer.
    if !place.path.metadata().map_err(read_error)?.is_file() {
        return Err(Error::NotAFile {
            array: name.clone(),
        });
    }
    let mut file = File::open(&place.path).map_err(read_error)?;
    let length = file.metadata().map_err(read_error)?.len();
    let mut start = Vec::new();
    let mut reader = (&mut file).take(9);
    reader.read_to_end(&mut start).map_err(read_error)?;
    file.seek(SeekFrom::Start(0)).map_err(read_error)?;

    let (member, role) = (place.member.as_deref(), name.role());
    let of_container = |found: Result<Found, ContainerError>| {
        found.map_err(|cause| match cause {
            ContainerError::Read(cause) => read_error(cause),
            cause => Error::Container {
                array: name.clone(),
                cause,
            },
        })
    };
    match Format::of(&start, place) {
        Format::Npy => {
            let again = file.try_clone().map_err(read_error)?;
            npy_without_name(BufReader::new(file), place, name, Some((again, length)))
        }
        Format::Npz => of_container(npz::open(file, length, member, role)),
        Format::Safetensors => of_container(safetensors::open(file, length, member, role)),
        Format::Csv => of_container(csv::open(file, place, role)),
        #[cfg(feature = "arrow")]
        Format::Parquet => of_container(columns::parquet::open(file, member, role)),
        #[cfg(feature = "arrow")]
        Format::Arrow => of_container(columns::ipc::open(file, length, member, role)),
        #[cfg(not(feature = "arrow"))]
        Format::Parquet | Format::Arrow => of_container(Err(ContainerError::unsupported(
            "is a Parquet or Arrow file, which a build without the feature 'arrow' does not read",
        ))),
    }
}

#[derive(Clone, Copy)]
enum Format {
    Npy,
    Npz,
    Safetensors,
    Csv,
    Parquet,
    Arrow,
}

impl Format {
    fn of(start: &[u8], place: &Place) -> Self {
        let ending = place.path.extension().unwrap_or_default();
        let ends_in = |endings: &[&str]| {
            let ending = ending.to_ascii_lowercase();
            endings.iter().any(|&known| ending == known)
        };
        if start.starts_with(npy::MAGIC) {
            Self::Npy
        } else if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
            Self::Npz
        } else if start.starts_with(b"PAR1") {
            Self::Parquet
        } else if start.starts_with(b"ARROW1") {
            Self::Arrow
        } else if ends_in(&["safetensors"]) || start.get(8) == Some(&b'{') {
            Self::Safetensors
        } else if start.starts_with(&[0xff; 4]) {
            // An Arrow stream.
            Self::Arrow
        } else if ends_in(&["csv", "tsv"]) {
            Self::Csv
        } else {
            Self::Npy
        }
    }
}

fn npy_without_name(
    mut reader: impl Read + Send + 'static,
    place: &Place,
    name: &ArrayName,
    file: Option<(File, u64)>,
) -> Result<Found, Error> {
    let (layout, header) = npy::read_layout(&mut reader).map_err(|cause| match cause {
        HeaderError::Read(cause) => Error::Read {
            array: name.clone(),
            cause,
        },
        cause => Error::Header {
            array: name.clone(),
            cause,
        },
    })?;
    if let Some(member) = &place.member {
        return Err(Error::Container {
            array: name.clone(),
            cause: ContainerError::NoNames(super::container::one_line(member)),
        });
    }
    Ok(Found {
        layout,
        data: Data {
            length: file
                .as_ref()
                .map(|(_, length)| length.saturating_sub(header)),
            is_stored: file.is_some(),
            reader: Box::new(reader),
            file: file.map(|(file, _)| (file, header)),
        },
    })
}
