//! Tensors of a safetensors file: a header in JSON, checked by the format's own package, and bytes.

use std::{
    collections::HashSet,
    fmt,
    fs::File,
    io::{Read, Seek, SeekFrom},
};

use safetensors::{Dtype, tensor::Metadata};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, MapAccess, Visitor},
};

use super::{ContainerError, Data, Found, Layout, container::choose};
use crate::{
    array::Role,
    number::{Endian, NumberType},
};

/// Longer than the header of any model: some 100 bytes a tensor.
const MAX_HEADER: u64 = 1 << 25;

pub(super) fn open(
    mut file: File,
    file_length: u64,
    member: Option<&str>,
    role: Role,
) -> Result<Found, ContainerError> {
    let (metadata, data_start) = header(&mut file, file_length)?;
    let mut tensors: Vec<_> = metadata.tensors().into_iter().collect();
    tensors.sort_by_key(|(_, tensor)| tensor.data_offsets);
    let listing: Vec<_> = tensors
        .iter()
        .map(|(name, tensor)| (name.clone(), layout(tensor.dtype, &tensor.shape)))
        .collect();
    let chosen = choose(&listing, member, role)?;
    let (start, end) = tensors[chosen].1.data_offsets;
    let (start, length) = (start as u64, (end - start) as u64);
    file.seek(SeekFrom::Start(data_start + start))?;
    let layout = listing.into_iter().nth(chosen).map(|(_, layout)| layout);
    Ok(Found {
        layout: layout.expect("one of the listing was chosen"),
        data: Data {
            file: Some((file.try_clone()?, data_start + start)),
            reader: Box::new(file.take(length)),
            length: Some(length),
            is_stored: true,
        },
    })
}

/// The tensors, whose bytes follow each other without a gap up to the end of the file, and where
/// the first one starts.
fn header(file: &mut File, file_length: u64) -> Result<(Metadata, u64), ContainerError> {
    let mut length = [0; 8];
    if file_length < length.len() as u64 {
        return Err(broken("it ends inside the length of its header"));
    }
    file.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > MAX_HEADER {
        let reason = format!("it claims a header of {length} bytes, at most {MAX_HEADER} are read");
        return Err(broken(&reason));
    }
    let data_start = 8 + length;
    if data_start > file_length {
        return Err(broken("it ends inside its header"));
    }
    let mut text = vec![0; length as usize];
    file.read_exact(&mut text)?;
    serde_json::from_slice::<UniqueNames>(&text).map_err(|error| broken(&error.to_string()))?;
    let metadata: Metadata =
        serde_json::from_slice(&text).map_err(|error| broken(&error.to_string()))?;
    let (needed, found) = (metadata.data_len() as u64, file_length - data_start);
    if needed != found {
        let reason = format!("its tensors need {needed} bytes of data, there are {found}");
        return Err(broken(&reason));
    }
    Ok((metadata, data_start))
}

fn layout(dtype: Dtype, shape: &[usize]) -> Layout {
    use NumberType as N;
    let number = match dtype {
        Dtype::I8 => Some(N::Int8),
        Dtype::I16 => Some(N::Int16),
        Dtype::I32 => Some(N::Int32),
        Dtype::I64 => Some(N::Int64),
        Dtype::U8 => Some(N::UInt8),
        Dtype::U16 => Some(N::UInt16),
        Dtype::U32 => Some(N::UInt32),
        Dtype::U64 => Some(N::UInt64),
        Dtype::F16 => Some(N::Float16),
        Dtype::BF16 => Some(N::BFloat16),
        Dtype::F32 => Some(N::Float32),
        Dtype::F64 => Some(N::Float64),
        _ => None,
    };
    Layout {
        type_name: dtype.to_string(),
        numbers: number.map(|number| (number, Endian::Little)),
        fortran_order: false,
        shape: shape.iter().map(|&n| n as u64).collect(),
    }
}

/// An object none of whose keys is there twice. Read into a map, the last one would be taken.
struct UniqueNames;

impl<'de> Deserialize<'de> for UniqueNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = UniqueNames;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut names = HashSet::new();
                while let Some((name, IgnoredAny)) = map.next_entry::<String, _>()? {
                    if names.contains(&name) {
                        return Err(A::Error::custom(format!(
                            "the name '{name}' is there twice"
                        )));
                    }
                    names.insert(name);
                }
                Ok(UniqueNames)
            }
        }
        deserializer.deserialize_map(Object)
    }
}

fn broken(reason: &str) -> ContainerError {
    ContainerError::broken("safetensors", reason)
}
