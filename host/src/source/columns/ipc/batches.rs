//! Where record batches have the numbers of a column. All of it has been checked against the file,
//! of which no number has been looked at.

use arrow_ipc::{BodyCompressionMethod, CompressionType, Message, RecordBatch};

use super::{
    fields::{Column, Lists},
    messages::{Encapsulated, broken},
};
use crate::source::{ContainerError, container::one_line};

/// The numbers of a column in a record batch.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) n_rows: u64,
    pub(super) values: Section,
    /// Where the rows end that are lists of any length.
    pub(super) offsets: Option<Section>,
    pub(super) codec: Option<Codec>,
}

/// Bytes of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section {
    pub(super) start: u64,
    pub(super) length: u64,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Codec {
    Lz4,
    Zstd,
}

impl Batch {
    /// Finds the column in a message; `None` where that is no record batch.
    pub(super) fn of(
        encapsulated: &Encapsulated,
        column: &Column,
    ) -> Result<Option<Self>, ContainerError> {
        let message = encapsulated.message()?;
        let Some(batch) = message.header_as_record_batch() else {
            return Ok(None);
        };
        let n_rows = size(batch.length())?;
        let has_lists = column.lists != Lists::None;
        let n_nodes = if has_lists { 2 } else { 1 };
        for node in column.nodes..column.nodes + n_nodes {
            let nodes = batch.nodes().filter(|nodes| node < nodes.len());
            let node = nodes.map(|nodes| *nodes.get(node)).ok_or_else(lacks)?;
            if size(node.length())? < n_rows {
                return Err(broken("a record batch has more rows than its columns"));
            }
            if node.null_count() != 0 {
                let reason = format!("column '{}' has nulls", one_line(&column.name));
                return Err(ContainerError::unsupported(reason));
            }
        }
        let first = column.buffers + views_before(&batch, column)?;
        // Before each buffer of numbers or offsets is one that tells which are null.
        let (offsets, values) = match column.lists {
            Lists::None => (None, first + 1),
            Lists::Fixed(_) => (None, first + 2),
            Lists::Offsets(_) => (Some(first + 1), first + 3),
        };
        let section = |buffer| section(encapsulated, &message, &batch, buffer);
        Ok(Some(Self {
            n_rows,
            values: section(values)?,
            offsets: offsets.map(section).transpose()?,
            codec: codec(&batch)?,
        }))
    }
}

/// Buffers that columns before have more than their types say.
fn views_before(batch: &RecordBatch<'_>, column: &Column) -> Result<usize, ContainerError> {
    if column.views == 0 {
        return Ok(0);
    }
    let counts = batch
        .variadicBufferCounts()
        .filter(|all| all.len() >= column.views);
    let counts = counts.ok_or_else(lacks)?.iter().take(column.views);
    counts.into_iter().try_fold(0_usize, |sum, count| {
        let count = usize::try_from(count).ok();
        count
            .and_then(|count| sum.checked_add(count))
            .ok_or_else(lacks)
    })
}

fn section(
    encapsulated: &Encapsulated,
    message: &Message<'_>,
    batch: &RecordBatch<'_>,
    buffer: usize,
) -> Result<Section, ContainerError> {
    let buffers = batch.buffers().filter(|buffers| buffer < buffers.len());
    let buffer = buffers
        .map(|buffers| *buffers.get(buffer))
        .ok_or_else(lacks)?;
    let (offset, length) = (size(buffer.offset())?, size(buffer.length())?);
    let is_inside = offset
        .checked_add(length)
        .is_some_and(|end| end <= message.bodyLength() as u64);
    if !is_inside {
        return Err(broken("a buffer reaches beyond its record batch"));
    }
    Ok(Section {
        start: encapsulated.body + offset,
        length,
    })
}

fn codec(batch: &RecordBatch<'_>) -> Result<Option<Codec>, ContainerError> {
    let Some(compression) = batch.compression() else {
        return Ok(None);
    };
    match (compression.method(), compression.codec()) {
        (BodyCompressionMethod::BUFFER, CompressionType::LZ4_FRAME) => Ok(Some(Codec::Lz4)),
        (BodyCompressionMethod::BUFFER, CompressionType::ZSTD) => Ok(Some(Codec::Zstd)),
        _ => Err(ContainerError::unsupported(
            "is compressed in a way that is not read",
        )),
    }
}

fn size(value: i64) -> Result<u64, ContainerError> {
    u64::try_from(value).map_err(|_| broken("a record batch has a negative size"))
}

fn lacks() -> ContainerError {
    broken("a record batch has fewer buffers than its columns need")
}
