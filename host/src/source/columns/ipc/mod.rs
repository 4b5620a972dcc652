//! Columns of an Arrow IPC file or stream, read from the file as the arrays of other formats are:
//! a record batch may be larger than memory.

mod batches;
mod fields;
mod messages;
mod numbers;

use std::fs::File;

use batches::Batch;
use fields::columns;
use messages::{Messages, broken};
use numbers::Numbers;

use crate::{
    array::Role,
    source::{ContainerError, Data, Found, container::choose},
};

pub(in crate::source) fn open(
    file: File,
    file_length: u64,
    member: Option<&str>,
    role: Role,
) -> Result<Found, ContainerError> {
    let mut messages = Messages::new(&file, file_length)?;
    let first = messages.next()?.ok_or_else(|| broken("it has no schema"))?;
    let message = first.message()?;
    let schema = message
        .header_as_schema()
        .ok_or_else(|| broken("it has no schema"))?;
    if schema.endianness() != arrow_ipc::Endianness::Little {
        return Err(ContainerError::unsupported(
            "is big-endian, which is not read",
        ));
    }
    let columns = columns(schema)?;
    let listing: Vec<_> = columns
        .iter()
        .map(|column| (column.name.clone(), column.layout(0, 0)))
        .collect();
    let column = &columns[choose(&listing, member, role)?];

    let mut batches = Vec::new();
    let mut n_rows = 0_u64;
    while let Some(message) = messages.next()? {
        let Some(batch) = Batch::of(&message, column)? else {
            continue;
        };
        n_rows = n_rows
            .checked_add(batch.n_rows)
            .ok_or_else(|| broken("its batches have more rows than can be counted"))?;
        batches.push(batch);
    }
    let numbers = Numbers::new(file, column, batches)?;
    let layout = column.layout(n_rows, numbers.width());
    // Reading tells whether a compressed column, or one of lists, is as long as it says.
    Ok(Found {
        layout,
        data: Data {
            reader: Box::new(numbers),
            length: None,
            is_stored: false,
            file: None,
        },
    })
}
