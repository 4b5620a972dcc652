//! A call of an operation: it must succeed, or refuse for a reason that there is.

use surprisal::Error;
use surprisal_fuzz::{assert_same_bits, numbers::Real};

use crate::{
    batch::Batch,
    faults::{Argument, Rows},
};

/// What outputs hold before: a number that no operation writes by chance.
const CANARY: f64 = -7.640625e20;

/// No output has more elements; the hugest shapes ask for them and are refused.
const MOST_ELEMENTS: usize = 1 << 16;

impl<T: Real> Batch<T> {
    /// Runs an operation on outputs full of canaries, or of the logits for one in place. `None`
    /// where it has refused the batch, as it had to, and has written nothing.
    pub fn attempt<const N: usize>(
        &self,
        rows: Rows,
        inputs: &[&'static str],
        outputs: [&'static str; N],
        call: impl FnOnce([&mut Vec<T>; N]) -> Result<(), Error>,
    ) -> Option<[Vec<T>; N]> {
        let before = outputs.map(|argument| self.before(argument, rows));
        let inputs = inputs.iter().map(|&name| match name {
            "upstream" => (
                name,
                self.upstream.as_ref().map(|upstream| upstream.0.len()),
            ),
            "vectors" => (name, Some(self.vectors.0.len())),
            _ => (name, Some(self.logits.0.len())),
        });
        let lengths = outputs
            .into_iter()
            .zip(before.iter().map(|o| Some(o.len())));
        let arguments: Vec<Argument> = inputs
            .chain(lengths)
            // A factor that is not given has no wrong length.
            .filter_map(|(name, len)| Some(Argument { name, len: len? }))
            .collect();
        let faults = self.faults(rows, &arguments);

        let mut after = before.clone();
        let result = call(after.each_mut());
        let Err(error) = result else {
            assert!(faults.is_empty(), "{outputs:?} in spite of {faults:?}");
            return Some(after);
        };
        // As text: a number that is NaN equals itself.
        let is_fault = faults
            .iter()
            .any(|fault| format!("{fault:?}") == format!("{error:?}"));
        assert!(is_fault, "{outputs:?}: {error:?}, not one of {faults:?}");
        for (before, after) in before.iter().zip(&after) {
            assert_same_bits("an output of a refused call", after, before);
        }
        None
    }

    /// The same with one output.
    pub fn single(
        &self,
        inputs: &[&'static str],
        output: &'static str,
        call: impl FnOnce(&mut [T]) -> Result<(), Error>,
    ) -> Option<Vec<T>> {
        let outputs = self.attempt(Rows::OfLabels, inputs, [output], |[out]| call(out));
        outputs.map(|[out]| out)
    }

    /// What an output holds before the call.
    fn before(&self, argument: &'static str, rows: Rows) -> Vec<T> {
        if argument == "logits" {
            return self.logits.0.clone();
        }
        let right = self.expected_len(argument, rows);
        let len = right.unwrap_or(MOST_ELEMENTS).min(MOST_ELEMENTS);
        let len = match self.wrong_length {
            Some((wrong, change)) if wrong == argument => len.saturating_add_signed(change.into()),
            _ => len,
        };
        vec![T::round(CANARY); len]
    }
}
