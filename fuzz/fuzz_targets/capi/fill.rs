//! What the arrays of a call hold.

use surprisal_fuzz::{
    bytes::Bytes,
    numbers::{self, Numbers},
};

use crate::{
    arrays::{Array, Slot},
    call::Call,
    functions::CReal,
    options::Given,
};

impl<T: CReal> Call<T> {
    /// Writes every array; of two that overlap the later one holds.
    pub fn fill(&mut self, bytes: &mut Bytes<'_>) {
        for slot in Slot::ALL {
            let Some(array @ Array { at: Some(at), .. }) = self.arrays[slot as usize] else {
                continue;
            };
            let len = array.elements();
            match slot {
                Slot::Labels => self.fill_labels(bytes, at, len),
                Slot::IgnoredLabels => {
                    let labels = (0..len).map(|_| bytes.choose(&[-100, 0, 1, 255]));
                    self.arena.write::<i64>(at, &labels.collect::<Vec<_>>());
                }
                Slot::Total => {}
                Slot::ClassWeights => self.fill_weights(bytes, at, len, 0),
                Slot::RowWeights => self.fill_weights(bytes, at, len, 1),
                Slot::Targets => self.fill_weights(bytes, at, len, 2),
                Slot::States | Slot::NextStates => {
                    self.arena.write(at, &Numbers::<T>::read(bytes, 5 * len).0);
                }
                _ => self.arena.write(at, &Numbers::<T>::read(bytes, len).0),
            }
        }
    }

    fn fill_labels(&mut self, bytes: &mut Bytes<'_>, at: usize, len: usize) {
        let n_classes = self.sizes.n_classes;
        let labels: Vec<i64> = (0..len).map(|_| label(bytes, n_classes)).collect();
        let arena = &mut self.arena;
        match self.label_type {
            2 => arena.write(at, &narrowed(&labels, |label| label as i32)),
            3 => arena.write(at, &labels),
            _ => arena.write(at, &narrowed(&labels, |label| label as u8)),
        }
    }

    fn fill_weights(&mut self, bytes: &mut Bytes<'_>, at: usize, len: usize, which: usize) {
        let weights: Vec<f64> = (0..len).map(|_| weight(bytes)).collect();
        match self.options.weights[which] {
            Given::F32 => self.arena.write(at, &narrowed(&weights, |w| w as f32)),
            _ => self.arena.write(at, &weights),
        }
    }
}

fn narrowed<A: Copy, B>(numbers: &[A], narrow: impl Fn(A) -> B) -> Vec<B> {
    numbers.iter().copied().map(narrow).collect()
}

/// Mostly a class.
fn label(bytes: &mut Bytes<'_>, n_classes: usize) -> i64 {
    match bytes.byte() {
        255 => bytes.long() as i64,
        254 => -100,
        byte => (usize::from(byte) % n_classes.max(1)) as i64,
    }
}

/// Mostly an allowed one.
fn weight(bytes: &mut Bytes<'_>) -> f64 {
    match bytes.byte() {
        255 => numbers::number(bytes, 1.0),
        byte => f64::from(byte) / 16.0,
    }
}
