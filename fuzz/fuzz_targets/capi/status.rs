//! Statuses of the header.

use surprisal::Error;

pub const OK: i32 = 0;
pub const NULL_POINTER: i32 = 1;
pub const MISALIGNED: i32 = 2;
pub const OVERLAP: i32 = 3;
pub const STRUCT_SIZE: i32 = 4;
pub const SIZE_OVERFLOW: i32 = 5;
pub const LABEL_TYPE: i32 = 7;
pub const OPTION_OUT_OF_RANGE: i32 = 9;
pub const OPTION_CONFLICT: i32 = 10;

/// The status that the header has for an error of the kernel.
pub fn of(error: Error) -> i32 {
    match error {
        Error::SizeOverflow { .. } => SIZE_OVERFLOW,
        Error::ZeroClasses => 6,
        Error::LabelOutOfRange { .. } => 8,
        Error::OptionOutOfRange { .. } => OPTION_OUT_OF_RANGE,
        Error::OptionUnsupported { .. } => 11,
        Error::WeightOutOfRange { .. } => 12,
        Error::TargetOutOfRange { .. } => 13,
        Error::BackendUnavailable { .. } => 14,
        _ => 15,
    }
}
