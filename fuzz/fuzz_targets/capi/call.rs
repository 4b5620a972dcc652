//! A call that the fuzzer's bytes describe, and what has to come of it.

use surprisal_fuzz::bytes::Bytes;

use crate::{
    arena::Arena,
    arrays::{Array, N_SLOTS, Places, Shape, Sizes, Slot, Use},
    function::{FUNCTIONS, Function},
    functions::{CReal, Detail},
    options::{self, Given},
    status,
};

/// Arguments of a call.
pub struct Call<T> {
    pub function: Function,
    pub sizes: Sizes,
    pub options: options::Numbers,
    /// The type of the labels, which may be none.
    pub label_type: i32,
    pub first_class: usize,
    /// The size that the detail says it has; 0 for a null pointer.
    pub detail_size: usize,
    pub arrays: [Option<Array>; N_SLOTS],
    pub arena: Arena,
    element: std::marker::PhantomData<T>,
}

impl<T: CReal> Call<T> {
    pub fn read(bytes: &mut Bytes<'_>) -> Self {
        let function = bytes.choose(&FUNCTIONS);
        // No type has so many elements: a larger number would be a lie about the arena.
        const HUGE: [usize; 2] = [usize::MAX, isize::MAX as usize + 1];
        let mut size = |most: u8| match bytes.byte() {
            255 => bytes.choose(&HUGE),
            size => usize::from(size % most),
        };
        let (n_rows, n_classes) = (size(6), size(9));
        let options = options::Numbers::read(bytes, n_classes);
        let stride = match options.row_stride {
            stride if options.are_given() && stride != 0 => stride,
            _ => n_classes,
        };
        let mut call = Self {
            function,
            sizes: Sizes {
                n_rows,
                n_classes,
                stride,
            },
            options,
            label_type: bytes.choose(&[3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 0, 4, -1]),
            first_class: match bytes.byte() {
                255 => usize::MAX,
                first => usize::from(first % 4),
            },
            detail_size: bytes.choose(&[
                size_of::<Detail>(),
                0,
                size_of::<Detail>(),
                size_of::<Detail>(),
                size_of::<Detail>(),
                1,
            ]),
            arrays: [None; N_SLOTS],
            arena: Arena::new(),
            element: std::marker::PhantomData,
        };
        call.place(bytes);
        call.fill(bytes);
        call
    }

    /// Gives every array its place.
    fn place(&mut self, bytes: &mut Bytes<'_>) {
        let mut places = Places::new();
        let of_options = self.arrays_of_options();
        let uses = self.function.arrays().iter().copied().chain(of_options);
        for (slot, shape, used) in uses {
            let (size, align) = self.layout(slot);
            let len = self.sizes.len(shape);
            let wanted = len.and_then(|len| len.checked_mul(size));
            let at = places.place(bytes, align, wanted.unwrap_or(0));
            self.arrays[slot as usize] = Some(Array {
                at,
                len: match used {
                    Use::Optional if at.is_none() => Some(0),
                    _ => len,
                },
                size,
                align,
                written: used == Use::Written,
            })
            // Null weights are none.
            .filter(|array| !is_weights(slot) || array.at.is_some());
        }
        // Target probabilities need no labels.
        let has_targets = self.arrays[Slot::Targets as usize].is_some();
        if let Some(labels) = &mut self.arrays[Slot::Labels as usize]
            && has_targets
            && labels.at.is_none()
        {
            labels.len = Some(0);
        }
    }

    fn arrays_of_options(&self) -> Vec<(Slot, Shape, Use)> {
        if !self.options.are_given() {
            return Vec::new();
        }
        let n_classes = Shape::Other(self.sizes.n_classes);
        let weights = [
            (Slot::ClassWeights, n_classes),
            (Slot::RowWeights, Shape::Other(self.sizes.n_rows)),
            (Slot::Targets, Shape::Matrix),
        ];
        let given = weights.into_iter().zip(self.options.weights);
        let given = given.filter(|(_, given)| matches!(given, Given::F32 | Given::F64));
        let ignored = Shape::Other(self.options.n_ignored_labels);
        given
            .map(|((slot, shape), _)| (slot, shape, Use::Read))
            .chain([(Slot::IgnoredLabels, ignored, Use::Read)])
            .collect()
    }

    /// Bytes and alignment of an element.
    fn layout(&self, slot: Slot) -> (usize, usize) {
        let weights = |which: usize| match self.options.weights[which] {
            Given::F32 => (4, 4),
            _ => (8, align_of::<f64>()),
        };
        match slot {
            Slot::Labels => match self.label_type {
                2 => (4, 4),
                3 => (8, align_of::<i64>()),
                _ => (1, 1),
            },
            Slot::IgnoredLabels => (8, align_of::<i64>()),
            Slot::Total => (size_of::<crate::functions::CTotal>(), align_of::<u64>()),
            Slot::States | Slot::NextStates => (5 * size_of::<T>(), align_of::<T>()),
            Slot::ClassWeights => weights(0),
            Slot::RowWeights => weights(1),
            Slot::Targets => weights(2),
            _ => (size_of::<T>(), align_of::<T>()),
        }
    }

    /// Every status that says what is wrong, but for what the kernel says.
    fn faults(&self) -> Vec<i32> {
        if self.detail_size != 0 && self.detail_size != size_of::<Detail>() {
            return vec![status::STRUCT_SIZE];
        }
        let mut faults = self.options.faults();
        let arrays: Vec<Array> = self.arrays.iter().copied().flatten().collect();
        faults.extend(arrays.iter().flat_map(Array::faults));
        let overlap = |i: usize| arrays[i + 1..].iter().any(|b| arrays[i].overlaps(b));
        if (0..arrays.len()).any(overlap) {
            faults.push(status::OVERLAP);
        }
        let has_labels = self.arrays[Slot::Labels as usize].is_some();
        if has_labels && !(1..=3).contains(&self.label_type) {
            faults.push(status::LABEL_TYPE);
        }
        faults
    }

    /// Calls the function and holds the arena against what the Rust interface makes of it.
    pub fn check(mut self) {
        let faults = self.faults();
        let before = self.arena.clone();
        let mut expected = before.clone();
        let outcome = if faults.is_empty() {
            Some(self.expected(&mut expected))
        } else {
            None
        };
        let (status, detail) = self.run();
        match outcome {
            None => assert!(faults.contains(&status), "{status}, not one of {faults:?}"),
            Some(Ok(())) => {
                assert_eq!(status, status::OK, "{:?}", self.function);
                let unwritten = detail.is_none_or(|(before, after)| before == after);
                assert!(unwritten, "{detail:?}");
            }
            Some(Err(error)) => {
                assert_eq!(status, status::of(error), "{:?}: {error}", self.function);
                if let Some((_, detail)) = detail {
                    check_detail(&detail, error);
                }
            }
        }
        assert!(
            self.arena.is_same(&expected),
            "{:?} {:?}",
            self.function,
            self.sizes
        );
    }
}

/// What a detail says of an error of the kernel.
fn check_detail(detail: &Detail, error: surprisal::Error) {
    use surprisal::Error as E;
    assert_eq!(detail.argument[31], 0);
    let row = match error {
        E::LabelOutOfRange { row, label, .. } => {
            assert_eq!(i128::from(detail.label), label);
            Some(row)
        }
        E::TargetOutOfRange { row, class, .. } => {
            assert_eq!(detail.class_index, class);
            Some(row)
        }
        _ => None,
    };
    assert!(
        row.is_none_or(|row| detail.row == row),
        "{detail:?}, not {error}"
    );
}

fn is_weights(slot: Slot) -> bool {
    matches!(slot, Slot::ClassWeights | Slot::RowWeights | Slot::Targets)
}
