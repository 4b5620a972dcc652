//! The columns of a schema, and where each has its buffers in a record batch.

use arrow_ipc::{Field, Precision, Schema, Type, UnionMode};

use super::messages::broken;
use crate::{
    number::{Endian, NumberType},
    source::{ContainerError, Layout},
};

/// A column of numbers or of lists of numbers. What is counted are the nodes and the buffers of
/// the columns before it.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) lists: Lists,
    /// `None` for anything but numbers.
    pub(super) number: Option<NumberType>,
    pub(super) type_name: String,
    pub(super) nodes: usize,
    pub(super) buffers: usize,
    /// Columns before it whose number of buffers every batch tells, of which this is the least.
    pub(super) views: usize,
}

/// How the numbers of a column make rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Lists {
    /// One a row.
    None,
    /// So many a row.
    Fixed(u64),
    /// Those between two offsets of so many bytes.
    Offsets(usize),
}

impl Column {
    pub(super) fn layout(&self, n_rows: u64, width: u64) -> Layout {
        let shape = match self.lists {
            Lists::None => vec![n_rows],
            Lists::Fixed(width) => vec![n_rows, width],
            Lists::Offsets(_) => vec![n_rows, width],
        };
        Layout {
            type_name: self.type_name.clone(),
            numbers: self.number.map(|number| (number, Endian::Little)),
            fortran_order: false,
            shape,
        }
    }
}

/// The columns of a table.
pub(super) fn columns(schema: Schema<'_>) -> Result<Vec<Column>, ContainerError> {
    let fields = schema.fields().ok_or_else(|| broken("it has no fields"))?;
    let mut before = Counts::default();
    let mut columns = Vec::with_capacity(fields.len());
    for field in fields {
        let child = || Some(field.children().filter(|all| all.len() == 1)?.get(0));
        let (lists, numbers) = match field.type_type() {
            Type::FixedSizeList => {
                let width = field.type_as_fixed_size_list().map(|list| list.listSize());
                let width = width.and_then(|width| u64::try_from(width).ok());
                (Lists::Fixed(width.unwrap_or_default()), child())
            }
            Type::List => (Lists::Offsets(4), child()),
            Type::LargeList => (Lists::Offsets(8), child()),
            _ => (Lists::None, Some(field)),
        };
        let number = numbers.and_then(|numbers| number_type(&numbers));
        let kind = field.type_type().variant_name().unwrap_or("unknown");
        columns.push(Column {
            name: field.name().unwrap_or_default().to_owned(),
            lists,
            number,
            type_name: match (lists, number) {
                (Lists::None, Some(number)) => number.to_string(),
                (_, Some(number)) => format!("{kind} of {number}"),
                (_, None) => kind.to_owned(),
            },
            nodes: before.nodes,
            buffers: before.buffers,
            views: before.views,
        });
        before.add(&field)?;
    }
    Ok(columns)
}

/// `None` also for numbers that stand for others, of a dictionary.
fn number_type(field: &Field<'_>) -> Option<NumberType> {
    if field.dictionary().is_some() {
        return None;
    }
    if let Some(float) = field.type_as_floating_point() {
        return match float.precision() {
            Precision::HALF => Some(NumberType::Float16),
            Precision::SINGLE => Some(NumberType::Float32),
            Precision::DOUBLE => Some(NumberType::Float64),
            _ => None,
        };
    }
    let integer = field.type_as_int()?;
    Some(match (integer.is_signed(), integer.bitWidth()) {
        (true, 8) => NumberType::Int8,
        (true, 16) => NumberType::Int16,
        (true, 32) => NumberType::Int32,
        (true, 64) => NumberType::Int64,
        (false, 8) => NumberType::UInt8,
        (false, 16) => NumberType::UInt16,
        (false, 32) => NumberType::UInt32,
        (false, 64) => NumberType::UInt64,
        _ => return None,
    })
}

/// What columns have in a record batch.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    nodes: usize,
    buffers: usize,
    views: usize,
}

impl Counts {
    fn add(&mut self, field: &Field<'_>) -> Result<(), ContainerError> {
        self.nodes += 1;
        if field.dictionary().is_some() {
            self.buffers += 2;
            return Ok(());
        }
        let (buffers, views) = match field.type_type() {
            Type::Null | Type::RunEndEncoded => (0, 0),
            Type::FixedSizeList | Type::Struct_ => (1, 0),
            Type::Int
            | Type::FloatingPoint
            | Type::Bool
            | Type::Decimal
            | Type::Date
            | Type::Time
            | Type::Timestamp
            | Type::Interval
            | Type::Duration
            | Type::FixedSizeBinary
            | Type::List
            | Type::LargeList
            | Type::Map => (2, 0),
            Type::Binary
            | Type::Utf8
            | Type::LargeBinary
            | Type::LargeUtf8
            | Type::ListView
            | Type::LargeListView => (3, 0),
            Type::BinaryView | Type::Utf8View => (2, 1),
            Type::Union => {
                let mode = field.type_as_union().map(|union| union.mode());
                (if mode == Some(UnionMode::Dense) { 2 } else { 1 }, 0)
            }
            other => {
                let reason = format!("has a column of the type {other:?}, which is not read");
                return Err(ContainerError::unsupported(reason));
            }
        };
        self.buffers += buffers;
        self.views += views;
        for child in field.children().into_iter().flatten() {
            self.add(&child)?;
        }
        Ok(())
    }
}
