//! An operation of the kernel, on two backends of a class, against the reference.
//!
//! The fuzzer's bytes become a [`Batch`]: logits, labels, options, an operation, perhaps a slice of
//! a wrong length. The rules of the documentation say whether the batch is refused, and why; if so,
//! the kernel must say the same and leave every output untouched. If not, other ways to the same
//! output must give the same bits, so must the other backend, and every entry is held against its
//! exact value.

#![no_main]

mod batch;
mod call;
mod exact;
mod faults;
mod ways;

use batch::Batch;
use libfuzzer_sys::{Corpus, fuzz_target};
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
    let batch = Batch::<T>::read(bytes);
    batch.check();
    surprisal_fuzz::keep_unless(batch.is_wide())
}
