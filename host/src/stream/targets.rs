//! Target probabilities, read as the logits are.

use std::io;

use surprisal::{Bf16, F16};

use super::windows::Windows;
use crate::{error::Error, number::NumberType, rows::Rows, source::Source, targets::Targets};

#[derive(Debug)]
pub(super) enum TargetWindows {
    F32(Windows<f32>),
    F64(Windows<f64>),
}

impl TargetWindows {
    /// Starts to read; the targets that are returned have no row in memory yet.
    pub(super) fn start(source: Source, rows_per_window: usize) -> Result<(Targets, Self), Error> {
        if source.number() == NumberType::Float64 {
            let rows = Rows::unread(&source)?;
            let windows = Windows::start(source, &rows, rows_per_window)?;
            return Ok((Targets::F64(rows), Self::F64(windows)));
        }
        let rows = Rows::unread(&source)?;
        let windows = match source.number() {
            NumberType::Float16 => Windows::start_widening::<F16>(source, &rows, rows_per_window),
            NumberType::BFloat16 => Windows::start_widening::<Bf16>(source, &rows, rows_per_window),
            // An open source of targets has one of the four types.
            _ => Windows::start(source, &rows, rows_per_window),
        }?;
        Ok((Targets::F32(rows), Self::F32(windows)))
    }

    /// Puts the next window into the targets.
    pub(super) fn advance(&mut self, targets: &mut Targets) -> Result<bool, Error> {
        match (self, targets) {
            (Self::F32(windows), Targets::F32(rows)) => windows.advance(rows),
            (Self::F64(windows), Targets::F64(rows)) => windows.advance(rows),
            (Self::F32(_) | Self::F64(_), targets) => Err(Error::Read {
                array: targets.name().clone(),
                cause: io::Error::other("cannot be read"),
            }),
        }
    }
}
