//! The options of the loss, from the caller's structure to the kernel's value.

use core::mem::size_of;

use surprisal::{Backend, CrossEntropy, Denominator, Reduction, Values};

use crate::{
    array::Array,
    spans::Spans,
    status::{self, Refusal},
};

/// `surprisal_options`. What is zero is off.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) size: usize,
    pub(crate) row_stride: usize,
    pub(crate) ignored_labels: *const i64,
    pub(crate) n_ignored_labels: usize,
    pub(crate) class_weights_f32: *const f32,
    pub(crate) class_weights_f64: *const f64,
    pub(crate) row_weights_f32: *const f32,
    pub(crate) row_weights_f64: *const f64,
    pub(crate) target_probabilities_f32: *const f32,
    pub(crate) target_probabilities_f64: *const f64,
    pub(crate) denominator: f64,
    pub(crate) label_smoothing: f64,
    pub(crate) label_smoothing_over_others: f64,
    pub(crate) z_loss: f64,
    pub(crate) softcap: f64,
    pub(crate) temperature: f64,
    pub(crate) reduction: i32,
    pub(crate) backend: i32,
}

/// The number of a backend in the header; 0 is the fastest there is.
pub(crate) fn backend_number(backend: Backend) -> i32 {
    let position = Backend::ALL.iter().position(|&other| other == backend);
    position.map_or(0, |position| position as i32 + 1)
}

impl Options {
    /// The caller's structure, if it is one of this library; `None` for a null pointer.
    ///
    /// # Safety
    ///
    /// The pointer is null, or to a `surprisal_options` that nobody writes while it is read; only
    /// its size is looked at before.
    pub(crate) unsafe fn read(options: *const Self) -> Result<Option<Self>, Refusal> {
        if options.is_null() {
            return Ok(None);
        }
        if !options.is_aligned() {
            return Err(Refusal::of(status::MISALIGNED, "options"));
        }
        // SAFETY: not null, aligned, and the caller's promise.
        if unsafe { (*options).size } != size_of::<Self>() {
            return Err(Refusal::of(status::STRUCT_SIZE, "options"));
        }
        // SAFETY: as above, and its size says that it is this structure.
        Ok(Some(unsafe { *options }))
    }

    /// The kernel's value for a batch of this shape. The arrays in use are noted in `spans`.
    ///
    /// # Safety
    ///
    /// Arrays of the sizes that the header asks for may be read, and nobody writes them while the
    /// value lives.
    pub(crate) unsafe fn to_kernel<'a>(
        self,
        spans: &mut Spans,
        n_rows: usize,
        n_classes: usize,
    ) -> Result<CrossEntropy<'a>, Refusal> {
        let mut loss = CrossEntropy::new().reduction(self.to_reduction()?);
        if self.row_stride != 0 {
            loss = loss.row_stride(self.row_stride);
        }
        if self.backend != 0 {
            loss = loss.backend(self.to_backend()?);
        }

        let name = "ignored_labels";
        let ignored = Array::new(name, self.ignored_labels.cast_mut(), self.n_ignored_labels)?;
        spans.add(ignored.span(name, false));
        // SAFETY: checked by `Array::new`, and the caller's promise.
        loss = loss.ignore_labels(unsafe { ignored.get() });

        let matrix = n_rows.checked_mul(n_classes);
        let arrays = [
            (
                "class_weights",
                self.class_weights_f32,
                self.class_weights_f64,
                Some(n_classes),
            ),
            (
                "row_weights",
                self.row_weights_f32,
                self.row_weights_f64,
                Some(n_rows),
            ),
            (
                "target_probabilities",
                self.target_probabilities_f32,
                self.target_probabilities_f64,
                matrix,
            ),
        ];
        let [class_weights, row_weights, targets] = arrays.map(|(name, f32s, f64s, len)| {
            // SAFETY: the caller's promise.
            unsafe { values(spans, name, f32s, f64s, len) }
        });
        if let Some(weights) = class_weights? {
            loss = loss.class_weights(weights);
        }
        if let Some(weights) = row_weights? {
            loss = loss.row_weights(weights);
        }
        if let Some(targets) = targets? {
            loss = loss.target_probabilities(targets);
        }
        self.terms_of(loss)
    }

    /// The options that are numbers, where they are on.
    fn terms_of<'a>(&self, mut loss: CrossEntropy<'a>) -> Result<CrossEntropy<'a>, Refusal> {
        if self.label_smoothing != 0.0 {
            if self.label_smoothing_over_others != 0.0 {
                return Err(Refusal::of(status::OPTION_CONFLICT, "label_smoothing"));
            }
            loss = loss.label_smoothing(self.label_smoothing);
        }
        if self.label_smoothing_over_others != 0.0 {
            loss = loss.label_smoothing_over_others(self.label_smoothing_over_others);
        }
        if self.z_loss != 0.0 {
            loss = loss.z_loss(self.z_loss);
        }
        if self.softcap != 0.0 {
            loss = loss.softcap(self.softcap);
        }
        if self.temperature != 0.0 {
            loss = loss.temperature(self.temperature);
        }
        Ok(loss)
    }

    fn to_reduction(self) -> Result<Reduction, Refusal> {
        Ok(match self.reduction {
            0 => Reduction::None,
            1 => Reduction::Sum,
            2 => Reduction::Mean(Denominator::Weight),
            3 => Reduction::Mean(Denominator::Rows),
            4 => Reduction::Mean(Denominator::Given(self.denominator)),
            other => return Err(out_of_range("reduction", other)),
        })
    }

    fn to_backend(self) -> Result<Backend, Refusal> {
        let index = usize::try_from(self.backend)
            .ok()
            .and_then(|n| n.checked_sub(1));
        index
            .and_then(|index| Backend::ALL.get(index).copied())
            .ok_or_else(|| out_of_range("backend", self.backend))
    }
}

fn out_of_range(option: &'static str, value: i32) -> Refusal {
    Refusal::with_value(status::OPTION_OUT_OF_RANGE, option, f64::from(value))
}

/// Numbers in the precision that is given; `None` where none is.
///
/// # Safety
///
/// `len` numbers may be read behind a pointer that is not null, and nobody writes them while the
/// value lives.
unsafe fn values<'a>(
    spans: &mut Spans,
    name: &'static str,
    f32s: *const f32,
    f64s: *const f64,
    len: Option<usize>,
) -> Result<Option<Values<'a>>, Refusal> {
    let overflow = || Refusal::of(status::SIZE_OVERFLOW, name);
    match (f32s.is_null(), f64s.is_null()) {
        (true, true) => Ok(None),
        (false, false) => Err(Refusal::of(status::OPTION_CONFLICT, name)),
        (false, true) => {
            let array = Array::new(name, f32s.cast_mut(), len.ok_or_else(overflow)?)?;
            spans.add(array.span(name, false));
            // SAFETY: checked by `Array::new`, and the caller's promise.
            Ok(Some(Values::F32(unsafe { array.get() })))
        }
        (true, false) => {
            let array = Array::new(name, f64s.cast_mut(), len.ok_or_else(overflow)?)?;
            spans.add(array.span(name, false));
            // SAFETY: as above.
            Ok(Some(Values::F64(unsafe { array.get() })))
        }
    }
}
