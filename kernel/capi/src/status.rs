//! What a function returns, and the details of a refusal.

use core::{
    ffi::{CStr, c_char},
    mem::size_of,
    ptr,
};

use surprisal::{Backend, Error};

use crate::options::backend_number;

/// `surprisal_status`: an integer of a fixed size, where an enum's would depend on the compiler's
/// options.
pub(crate) type Status = i32;

macro_rules! statuses {
    ($($name:ident = $number:literal: $message:literal;)*) => {
        $(pub(crate) const $name: Status = $number;)*

        /// What a status means.
        pub(crate) const fn message(status: Status) -> &'static CStr {
            match status {
                $($name => $message,)*
                _ => c"not a status of this library",
            }
        }

        /// Their names in the header, for the test that compares the numbers.
        #[cfg(test)]
        pub(crate) const STATUSES: &[(&str, Status)] = &[$((stringify!($name), $name)),*];
    };
}

statuses! {
    OK = 0: c"success";
    NULL_POINTER = 1: c"a pointer is null and the array is not empty";
    MISALIGNED = 2: c"a pointer is not aligned for the type of its elements";
    OVERLAP = 3: c"an output overlaps another array of the call";
    STRUCT_SIZE = 4: c"the size field of a structure is not one of this library's";
    SIZE_OVERFLOW = 5: c"rows times classes are more than memory can address";
    ZERO_CLASSES = 6: c"n_classes is 0, at least 1 is needed";
    LABEL_TYPE = 7: c"the type of the labels is none that there is";
    LABEL_OUT_OF_RANGE = 8: c"a label is neither ignored nor one of the classes";
    OPTION_OUT_OF_RANGE = 9: c"an option is outside its range";
    OPTION_CONFLICT = 10: c"an option is given in two ways";
    OPTION_UNSUPPORTED = 11: c"an option has no meaning for this operation";
    WEIGHT_OUT_OF_RANGE = 12: c"a weight is not from 0 to 1e30";
    TARGET_OUT_OF_RANGE = 13: c"a target probability is not from 0 to 1e30";
    BACKEND_UNAVAILABLE = 14: c"this processor cannot run the backend";
    REFUSED = 15: c"the arguments were refused";
    NOT_DEFINITE = 16: c"the Hessian is not known to be definite, or semidefinite where that is enough";
    NOT_INITIALISED = 17: c"the structure is not what its init function made";
}

/// What row or class of a detail is where there is none to name: `SURPRISAL_NONE`.
pub(crate) const NONE: usize = usize::MAX;

/// Room for the name of an argument, with the zero at its end.
pub(crate) const NAME_LEN: usize = 32;

/// `surprisal_detail`.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Detail {
    pub(crate) size: usize,
    pub(crate) argument: [c_char; NAME_LEN],
    pub(crate) row: usize,
    pub(crate) class_index: usize,
    pub(crate) label: i64,
    pub(crate) value: f64,
}

/// Why a call was refused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    status: Status,
    argument: &'static str,
    row: usize,
    class_index: usize,
    label: i64,
    value: f64,
}

impl Refusal {
    /// On account of an argument.
    pub(crate) fn of(status: Status, argument: &'static str) -> Self {
        Self {
            status,
            argument,
            row: NONE,
            class_index: NONE,
            label: 0,
            value: 0.0,
        }
    }

    /// The same with the value that it has.
    pub(crate) fn with_value(status: Status, argument: &'static str, value: f64) -> Self {
        Self {
            value,
            ..Self::of(status, argument)
        }
    }

    /// The same in a function of one row, whose label is no array.
    pub(crate) fn of_one_row(self) -> Self {
        if self.status == LABEL_OUT_OF_RANGE {
            return Self {
                argument: "label",
                ..self
            };
        }
        self
    }

    /// What the function returns.
    pub(crate) fn status(&self) -> Status {
        self.status
    }

    fn to_detail(self) -> Detail {
        let mut argument = [0; NAME_LEN];
        // The last one stays zero.
        let room = argument.iter_mut().take(NAME_LEN - 1);
        for (to, from) in room.zip(self.argument.bytes()) {
            *to = from as c_char;
        }
        Detail {
            size: size_of::<Detail>(),
            argument,
            row: self.row,
            class_index: self.class_index,
            label: self.label,
            value: self.value,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::ZeroClasses => Self::of(ZERO_CLASSES, "n_classes"),
            Error::SizeOverflow { .. } => Self::of(SIZE_OVERFLOW, "n_classes"),
            Error::LabelOutOfRange { row, label, .. } => Self {
                row,
                // Labels of all types of this interface fit.
                label: i64::try_from(label).unwrap_or_default(),
                ..Self::of(LABEL_OUT_OF_RANGE, "labels")
            },
            Error::OptionOutOfRange { option, value, .. } => {
                Self::with_value(OPTION_OUT_OF_RANGE, option, value)
            }
            Error::WeightOutOfRange {
                argument,
                index,
                value,
            } => {
                let refusal = Self::with_value(WEIGHT_OUT_OF_RANGE, argument, value);
                if argument == "row_weights" {
                    Self {
                        row: index,
                        ..refusal
                    }
                } else {
                    Self {
                        class_index: index,
                        ..refusal
                    }
                }
            }
            Error::TargetOutOfRange { row, class, value } => Self {
                row,
                class_index: class,
                ..Self::with_value(TARGET_OUT_OF_RANGE, "target_probabilities", value)
            },
            Error::OptionUnsupported { option, .. } => Self::of(OPTION_UNSUPPORTED, option),
            Error::BackendUnavailable { backend } => Self::with_value(
                BACKEND_UNAVAILABLE,
                "backend",
                f64::from(backend_number(backend)),
            ),
            Error::Indefinite { .. } => Self::of(NOT_DEFINITE, "hessian"),
            // Sizes follow from the numbers of rows and classes here.
            Error::LengthMismatch { argument, .. } => Self::of(REFUSED, argument),
            _ => Self::of(REFUSED, ""),
        }
    }
}

/// Status of an outcome, whose detail is written where the caller wants it.
///
/// # Safety
///
/// `detail` is null, or points to a `surprisal_detail` that may be written; only its size is looked
/// at before.
pub(crate) unsafe fn report(
    detail: *mut Detail,
    outcome: impl FnOnce() -> Result<(), Refusal>,
) -> Status {
    let wanted = !detail.is_null();
    if wanted && !detail.is_aligned() {
        return MISALIGNED;
    }
    // SAFETY: not null, aligned, and the caller's promise.
    if wanted && unsafe { (*detail).size } != size_of::<Detail>() {
        return STRUCT_SIZE;
    }
    let Err(refusal) = outcome() else {
        return OK;
    };
    if wanted {
        // SAFETY: as above, and its size says that it is this structure.
        unsafe { ptr::write(detail, refusal.to_detail()) };
    }
    refusal.status()
}

/// `surprisal_status_message`.
#[unsafe(no_mangle)]
extern "C" fn surprisal_status_message(status: Status) -> *const c_char {
    message(status).as_ptr()
}

/// `surprisal_backend_detect`: the number of the backend that is used where none is asked for.
#[unsafe(no_mangle)]
extern "C" fn surprisal_backend_detect() -> i32 {
    backend_number(Backend::detect())
}
