//! Rows in parts: states of columns cut anywhere and merged in any order of neighbours.
//!
//! Parts of the fixed length, merged in order, must have the bits of the whole row, losses and
//! gradients; parts cut elsewhere the promised accuracy, against the reference. Shards of the
//! columns have the gradients of the whole row, whatever they are; states survive as numbers, and
//! empty ones change nothing. All of it has the same bits on another backend of the class.

#![no_main]

mod parts;

use libfuzzer_sys::{Corpus, fuzz_target};
use parts::Parts;
use surprisal_fuzz::{bytes::Bytes, numbers::Real};

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let mut bytes = Bytes(bytes);
    if bytes.once_in(2) {
        check::<f64>(&mut bytes)
    } else {
        check::<f32>(&mut bytes)
    }
});

fn check<T: Real>(bytes: &mut Bytes<'_>) -> Corpus {
    let parts = Parts::<T>::read(bytes);
    parts.check();
    surprisal_fuzz::keep_unless(parts.are_wide())
}
