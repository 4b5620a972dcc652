//! A column of integers in a CSV file, for labels.

use std::{
    fs::File,
    io::{BufReader, Cursor},
};

use csv::{ByteRecord, ReaderBuilder, Trim};

use super::{
    ContainerError, Data, Found, Layout,
    container::{choose, one_line},
    place::Place,
};
use crate::{
    array::Role,
    number::{Endian, NumberType},
};

/// Reads the column. The first line is a header if no field in it is an integer; without one the
/// columns are called 1, 2 and so on. Fields are separated by commas, in a `.tsv` file by tabs.
pub(super) fn open(file: File, place: &Place, role: Role) -> Result<Found, ContainerError> {
    let is_tabbed = place
        .path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("tsv"));
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .trim(Trim::All)
        .delimiter(if is_tabbed { b'\t' } else { b',' })
        .from_reader(BufReader::new(file));
    let mut record = ByteRecord::new();
    let mut next = |record: &mut ByteRecord| reader.read_byte_record(record).map_err(broken);

    let mut is_there = next(&mut record)?;
    let has_header = is_there && record.iter().all(|field| integer(field).is_none());
    let names: Vec<_> = if has_header {
        record
            .iter()
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect()
    } else {
        (1..=record.len())
            .map(|column| column.to_string())
            .collect()
    };
    if has_header {
        is_there = next(&mut record)?;
    }
    let listing: Vec<_> = names
        .into_iter()
        .enumerate()
        .map(|(column, name)| {
            (
                name,
                layout(record.get(column).and_then(integer).is_some(), 0),
            )
        })
        .collect();
    let column = choose(&listing, place.member.as_deref(), role)?;
    let name = &listing[column].0;

    let mut bytes = Vec::new();
    let mut n_rows = 0;
    while is_there {
        let field = record.get(column).unwrap_or_default();
        let value = integer(field).ok_or_else(|| {
            ContainerError::unsupported(format!(
                "row {n_rows} has '{}' in column '{}', must be an integer of 64 bits",
                one_line(&String::from_utf8_lossy(field)),
                one_line(name),
            ))
        })?;
        bytes.extend(value.to_le_bytes());
        n_rows += 1;
        is_there = next(&mut record)?;
    }
    Ok(Found {
        layout: layout(true, n_rows),
        data: Data {
            length: Some(bytes.len() as u64),
            reader: Box::new(Cursor::new(bytes)),
            is_stored: true,
            file: None,
        },
    })
}

fn integer(field: &[u8]) -> Option<i64> {
    str::from_utf8(field).ok()?.parse().ok()
}

fn layout(is_integer: bool, n_rows: u64) -> Layout {
    Layout {
        type_name: if is_integer { "int64" } else { "text" }.to_owned(),
        numbers: is_integer.then_some((NumberType::Int64, Endian::Little)),
        fortran_order: false,
        shape: vec![n_rows],
    }
}

fn broken(error: csv::Error) -> ContainerError {
    match error.into_kind() {
        csv::ErrorKind::Io(cause) => cause.into(),
        csv::ErrorKind::UnequalLengths {
            pos,
            expected_len,
            len,
        } => {
            let line = pos.map_or(0, |position| position.line());
            let reason = format!("line {line} has {len} fields, those before have {expected_len}");
            ContainerError::broken("CSV", &reason)
        }
        kind => ContainerError::broken("CSV", &format!("{kind:?}")),
    }
}
