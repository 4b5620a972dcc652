//! Columns of a Parquet file.

use std::{
    fs::File,
    io::{self, Read},
};

use arrow_array::{
    Array, ArrayRef, FixedSizeListArray, GenericListArray, OffsetSizeTrait, RecordBatch,
    cast::AsArray,
};
use arrow_schema::{DataType, Schema};
use parquet::arrow::{
    ProjectionMask,
    arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder},
};

use super::{contain::contain, footer, pages};
use crate::{
    array::Role,
    number::{Endian, NumberType},
    source::{
        ContainerError, Data, Found, Layout,
        container::{choose, one_line},
    },
};

/// Numbers that are decoded at a time, or a row of them.
const BATCH_NUMBERS: usize = 1 << 17;

const ENDIAN: Endian = if cfg!(target_endian = "big") {
    Endian::Big
} else {
    Endian::Little
};

pub(in crate::source) fn open(
    file: File,
    member: Option<&str>,
    role: Role,
) -> Result<Found, ContainerError> {
    footer::check(&file)?;
    contain(|| found(file, member, role)).unwrap_or_else(|panic| Err(broken(&panic)))
}

fn found(file: File, member: Option<&str>, role: Role) -> Result<Found, ContainerError> {
    let again = file.try_clone()?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| broken(&error))?;
    let n_rows = builder.metadata().file_metadata().num_rows();
    let n_rows = u64::try_from(n_rows).map_err(|_| broken(&"it has fewer than 0 rows"))?;
    let listing = listing(builder.schema(), n_rows);
    let column = choose(&listing, member, role)?;
    let (name, mut layout) = listing.into_iter().nth(column).expect("one was chosen");

    let metadata = builder.metadata();
    let leaves = metadata.file_metadata().schema_descr();
    for leaf in (0..leaves.num_columns()).filter(|&leaf| leaves.get_column_root_idx(leaf) == column)
    {
        for group in metadata.row_groups() {
            let (start, length) = group.column(leaf).byte_range();
            let chunk = start..start.saturating_add(length);
            pages::check(&again, &leaves.column(leaf), chunk)?;
        }
    }

    let mask = ProjectionMask::roots(builder.parquet_schema(), [column]);
    if is_list(builder.schema().field(column).data_type()) {
        let first =
            ParquetRecordBatchReaderBuilder::try_new(again).map_err(|error| broken(&error))?;
        let first = first.with_projection(mask.clone()).with_limit(1);
        let first = first.build().map_err(|error| broken(&error))?.next();
        layout.shape[1] = match first.transpose().map_err(|error| broken(&error))? {
            Some(row) => list_length(row.column(0)).ok_or_else(|| has_nulls(&name))?,
            None => 0,
        };
    }
    let width = layout.shape.get(1).copied().unwrap_or(1);
    let per_batch = BATCH_NUMBERS / usize::try_from(width).unwrap_or(usize::MAX).max(1);
    let batches = builder
        .with_projection(mask)
        .with_batch_size(per_batch.max(1));
    Ok(Found {
        layout,
        data: Data {
            reader: Box::new(Numbers {
                batches: batches.build().map_err(|error| broken(&error))?,
                name,
                width,
                n_rows: 0,
                bytes: Vec::new(),
                at: 0,
            }),
            length: None,
            is_stored: false,
            file: None,
        },
    })
}

/// The columns. How long lists are that may have any length, only the rows tell.
fn listing(schema: &Schema, n_rows: u64) -> Vec<(String, Layout)> {
    let columns = schema.fields().iter().map(|field| {
        let (number, shape) = match field.data_type() {
            DataType::FixedSizeList(child, width) => {
                let width = u64::try_from(*width).unwrap_or_default();
                (number_type(child.data_type()), vec![n_rows, width])
            }
            DataType::List(child) | DataType::LargeList(child) => {
                (number_type(child.data_type()), vec![n_rows, 0])
            }
            plain => (number_type(plain), vec![n_rows]),
        };
        let layout = Layout {
            type_name: field.data_type().to_string(),
            numbers: number.map(|number| (number, ENDIAN)),
            fortran_order: false,
            shape,
        };
        (field.name().clone(), layout)
    });
    columns.collect()
}

fn number_type(data_type: &DataType) -> Option<NumberType> {
    Some(match data_type {
        DataType::Int8 => NumberType::Int8,
        DataType::Int16 => NumberType::Int16,
        DataType::Int32 => NumberType::Int32,
        DataType::Int64 => NumberType::Int64,
        DataType::UInt8 => NumberType::UInt8,
        DataType::UInt16 => NumberType::UInt16,
        DataType::UInt32 => NumberType::UInt32,
        DataType::UInt64 => NumberType::UInt64,
        DataType::Float16 => NumberType::Float16,
        DataType::Float32 => NumberType::Float32,
        DataType::Float64 => NumberType::Float64,
        _ => return None,
    })
}

fn is_list(data_type: &DataType) -> bool {
    matches!(data_type, DataType::List(_) | DataType::LargeList(_))
}

/// The length of the only list there is; `None` for a null.
fn list_length(lists: &ArrayRef) -> Option<u64> {
    if lists.is_null(0) {
        return None;
    }
    let length = match lists.as_list_opt::<i32>() {
        Some(lists) => lists.value(0).len(),
        None => lists.as_list::<i64>().value(0).len(),
    };
    Some(length as u64)
}

/// The numbers of a column, decoded batch after batch.
struct Numbers {
    batches: ParquetRecordBatchReader,
    name: String,
    width: u64,
    /// Rows that have been decoded.
    n_rows: u64,
    bytes: Vec<u8>,
    at: usize,
}

impl Read for Numbers {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.bytes.len() {
            let batch = contain(|| self.batches.next()).map_err(|error| broken_pages(&error))?;
            let Some(batch) = batch.transpose().map_err(|error| broken_pages(&error))? else {
                return Ok(0);
            };
            self.bytes.clear();
            self.at = 0;
            contain(|| self.decode(&batch)).map_err(|error| broken_pages(&error))??;
        }
        let n = buffer.len().min(self.bytes.len() - self.at);
        buffer[..n].copy_from_slice(&self.bytes[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

impl Numbers {
    fn decode(&mut self, batch: &RecordBatch) -> io::Result<()> {
        let column = batch.column(0);
        let numbers = if let Some(lists) = column.as_fixed_size_list_opt() {
            self.of_fixed_lists(lists)?
        } else if let Some(lists) = column.as_list_opt::<i32>() {
            self.of_lists(lists)?
        } else if let Some(lists) = column.as_list_opt::<i64>() {
            self.of_lists(lists)?
        } else {
            column.clone()
        };
        if column.null_count() + numbers.null_count() > 0 {
            return Err(invalid(&has_nulls(&self.name)));
        }
        let data = numbers.to_data();
        let size = data.data_type().primitive_width().unwrap_or_default();
        let place = data.offset() * size..(data.offset() + data.len()) * size;
        self.bytes
            .extend_from_slice(&data.buffers()[0].as_slice()[place]);
        self.n_rows += column.len() as u64;
        Ok(())
    }

    fn of_fixed_lists(&self, lists: &FixedSizeListArray) -> io::Result<ArrayRef> {
        if lists.value_length() as u64 != self.width {
            return Err(self.ragged(0, lists.value_length() as usize));
        }
        Ok(lists.values().slice(0, lists.len() * self.width as usize))
    }

    fn of_lists<O: OffsetSizeTrait>(&self, lists: &GenericListArray<O>) -> io::Result<ArrayRef> {
        let offsets = lists.value_offsets();
        for (row, ends) in offsets.windows(2).enumerate() {
            let length = ends[1].as_usize() - ends[0].as_usize();
            if length as u64 != self.width && lists.is_valid(row) {
                return Err(self.ragged(row, length));
            }
        }
        let (start, end) = (offsets[0].as_usize(), offsets[lists.len()].as_usize());
        Ok(lists.values().slice(start, end - start))
    }

    fn ragged(&self, row: usize, length: usize) -> io::Error {
        let row = self.n_rows + row as u64;
        invalid(&super::ragged(&self.name, row, length as u64, self.width))
    }
}

fn has_nulls(name: &str) -> ContainerError {
    ContainerError::unsupported(format!("column '{}' has nulls", one_line(name)))
}

fn broken(reason: &dyn ToString) -> ContainerError {
    ContainerError::broken("Parquet", &reason.to_string())
}

fn broken_pages(reason: &dyn ToString) -> io::Error {
    invalid(&broken(reason))
}

fn invalid(reason: &dyn ToString) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, one_line(&reason.to_string()))
}
