//! Labels of one of several integer types.

use core::ffi::c_void;

use crate::{
    array::Array,
    spans::Span,
    status::{self, Refusal},
};

/// `surprisal_labels`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Labels {
    pub(crate) data: *const c_void,
    pub(crate) integer: i32,
}

/// Labels whose pointer has been looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Checked {
    U8(Array<u8>),
    I32(Array<i32>),
    I64(Array<i64>),
}

impl Labels {
    /// Looks at the labels of `len` rows.
    pub(crate) fn check(self, len: usize) -> Result<(Checked, Span), Refusal> {
        let name = "labels";
        macro_rules! checked {
            ($variant:ident) => {{
                let labels = Array::new(name, self.data.cast_mut().cast(), len)?;
                Ok((Checked::$variant(labels), labels.span(name, false)))
            }};
        }
        match self.integer {
            1 => checked!(U8),
            2 => checked!(I32),
            3 => checked!(I64),
            other => Err(Refusal::with_value(
                status::LABEL_TYPE,
                name,
                f64::from(other),
            )),
        }
    }
}

/// Runs an expression on labels, whatever their type: `with_labels!(labels, |slice| expression)`.
///
/// To be used where the labels may be read, in `unsafe`.
macro_rules! with_labels {
    ($labels:expr, |$slice:ident| $run:expr) => {
        match $labels {
            $crate::labels::Checked::U8(array) => {
                let $slice = array.get();
                $run
            }
            $crate::labels::Checked::I32(array) => {
                let $slice = array.get();
                $run
            }
            $crate::labels::Checked::I64(array) => {
                let $slice = array.get();
                $run
            }
        }
    };
}

pub(crate) use with_labels;
