//! The options of a call, before their arrays have places.

use surprisal::{Backend, CrossEntropy, Denominator, Reduction};
use surprisal_fuzz::{bytes::Bytes, numbers};

use crate::status;

/// Which of two precisions weights are given in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Given {
    No,
    F32,
    F64,
    /// A conflict.
    Both,
}

/// The pointer to the options.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pointer {
    Null,
    Right,
    Misaligned,
    OfAnotherSize,
}

/// Options but for their arrays.
#[derive(Clone, Copy, Debug)]
pub struct Numbers {
    pub pointer: Pointer,
    pub row_stride: usize,
    pub n_ignored_labels: usize,
    /// Class weights, row weights, target probabilities.
    pub weights: [Given; 3],
    pub denominator: f64,
    /// Over all classes, and over those other than the label.
    pub label_smoothing: [f64; 2],
    pub z_loss: f64,
    pub softcap: f64,
    pub temperature: f64,
    pub reduction: i32,
    pub backend: i32,
}

impl Numbers {
    pub fn read(bytes: &mut Bytes<'_>, n_classes: usize) -> Self {
        let pointer = match bytes.byte() {
            255 => Pointer::Misaligned,
            254 => Pointer::OfAnotherSize,
            0..64 => Pointer::Null,
            _ => Pointer::Right,
        };
        let on = u16::from_le_bytes(bytes.array());
        let mut bits = (0..16).map(|bit| on >> bit & 1 == 1);
        let mut is_on = move || bits.next().unwrap_or_default();
        let row_stride = match (is_on(), bytes.byte()) {
            (false, _) => 0,
            (true, 255) => usize::MAX,
            (true, 254) => n_classes.saturating_sub(1),
            (true, padding) => n_classes.saturating_add(usize::from(padding % 4)),
        };
        let n_ignored_labels = match (is_on(), bytes.byte()) {
            (false, _) => 0,
            (true, 255) => usize::MAX,
            (true, n) => usize::from(n % 3),
        };
        let weights = [(); 3].map(|()| match (is_on(), bytes.byte()) {
            (false, _) => Given::No,
            (true, 255) => Given::Both,
            (true, choice) if choice % 2 == 0 => Given::F32,
            (true, _) => Given::F64,
        });
        let mut number = |usual: &[f64]| match (is_on(), bytes.byte()) {
            (false, _) => 0.0,
            (true, 255) => numbers::number(bytes, 0.0_f64),
            (true, choice) => usual[usize::from(choice) % usual.len()],
        };
        Self {
            pointer,
            row_stride,
            n_ignored_labels,
            weights,
            denominator: number(&[1.0, 3.0, 1e-6, 1e30]),
            label_smoothing: [number(&[0.1, 0.5, 1.0]), number(&[0.1, 0.5, 1.0])],
            z_loss: number(&[1e-4, 0.5, 1e30]),
            softcap: number(&[30.0, 1.0, 1e-30, 1e30]),
            temperature: number(&[2.0, 0.5, 1e-30, 1e30]),
            reduction: bytes.choose(&[0, 1, 2, 3, 4, 0, 2, 4, 0, 5, -1, i32::MIN]),
            backend: bytes.choose(&[0, 1, 0, 3, 4, 5, 2, 0, 6, 7, 8, -1]),
        }
    }

    /// Whether the structure is read.
    pub fn are_given(&self) -> bool {
        self.pointer == Pointer::Right
    }

    /// What is wrong with them, but for what the kernel says.
    pub fn faults(&self) -> Vec<i32> {
        match self.pointer {
            Pointer::Null => return Vec::new(),
            Pointer::Misaligned => return vec![status::MISALIGNED],
            Pointer::OfAnotherSize => return vec![status::STRUCT_SIZE],
            Pointer::Right => {}
        }
        let mut faults = Vec::new();
        let [all, others] = self.label_smoothing;
        if self.weights.contains(&Given::Both) || all != 0.0 && others != 0.0 {
            faults.push(status::OPTION_CONFLICT);
        }
        let n_backends = Backend::ALL.len() as i32;
        if !(0..=4).contains(&self.reduction) || !(0..=n_backends).contains(&self.backend) {
            faults.push(status::OPTION_OUT_OF_RANGE);
        }
        faults
    }

    /// The kernel's value, without what is in arrays.
    pub fn loss<'a>(&self) -> CrossEntropy<'a> {
        let mut loss = CrossEntropy::new();
        if !self.are_given() {
            return loss;
        }
        loss = loss.reduction(match self.reduction {
            0 => Reduction::None,
            1 => Reduction::Sum,
            2 => Reduction::Mean(Denominator::Weight),
            3 => Reduction::Mean(Denominator::Rows),
            _ => Reduction::Mean(Denominator::Given(self.denominator)),
        });
        if self.row_stride != 0 {
            loss = loss.row_stride(self.row_stride);
        }
        if self.backend != 0 {
            loss = loss.backend(Backend::ALL[self.backend as usize - 1]);
        }
        let [all, others] = self.label_smoothing;
        if all != 0.0 {
            loss = loss.label_smoothing(all);
        }
        if others != 0.0 {
            loss = loss.label_smoothing_over_others(others);
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
        loss
    }
}
