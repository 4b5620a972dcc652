//! Rows in parts: states of columns cut anywhere and merged in any order of neighbours.
//!
//! Parts of the fixed length, merged in order, must have the bits of the whole row, losses and
//! gradients; parts cut elsewhere the promised accuracy, against the reference. Shards of the
//! columns have the gradients of the whole row, whatever they are; states survive as numbers, and
//! empty ones change nothing. All of it has the same bits on another backend of the class.

#![no_main]

mod parts;

use libfuzzer_sys::fuzz_target;
use parts::Parts;
use surprisal_fuzz::bytes::Bytes;

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = Bytes(bytes);
    if bytes.once_in(2) {
        Parts::<f64>::read(&mut bytes).check();
    } else {
        Parts::<f32>::read(&mut bytes).check();
    }
});
