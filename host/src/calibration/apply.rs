//! Calibrated logits.

use rayon::prelude::*;

use super::Calibration;
use crate::{
    blocks::BLOCK_NUMBERS,
    error::Error,
    number::{Float, Logit},
    rows::Rows,
    source::Source,
    stream::{Windows, rows_per_window_of},
};

/// Numbers that are held in memory at a time.
const WAVE_NUMBERS: usize = 64 * BLOCK_NUMBERS;

impl Calibration {
    /// Calibrates rows of logits and hands them on in order, in parts, which bounds the memory. They
    /// are computed in `f64` and rounded to the type of the output.
    ///
    /// ```
    /// use surprisal_host::{Calibration, Role, Rows};
    ///
    /// # fn main() -> Result<(), surprisal_host::Error> {
    /// let calibration = Calibration::Temperature { classes: 2, temperature: 2.0 };
    /// let logits = Rows::new(Role::Logits, vec![1.0_f32, -3.0], 2)?;
    /// let mut calibrated = Vec::new();
    /// calibration.apply(&logits, |part| {
    ///     calibrated.extend_from_slice(part);
    ///     Ok(())
    /// })?;
    /// assert_eq!(calibrated, [0.5, -1.5]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::CountDiffers`] for logits of another number of classes, and that of `write`.
    pub fn apply<Z: Logit>(
        &self,
        logits: &Rows<Z>,
        write: impl FnMut(&[Z::Element]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.check(logits.extent())?;
        self.apply_held(logits, write)
    }

    /// The same for logits of a file, which are read while they are calibrated, and of which a
    /// [`Stream`](crate::Stream) tells how many are in memory.
    ///
    /// ```
    /// use surprisal_host::{Calibration, Role, Sink, Source};
    ///
    /// # fn main() -> Result<(), surprisal_host::Error> {
    /// # let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/formats");
    /// # let outputs = tempfile::tempdir().unwrap();
    /// # let output = outputs.path().join("calibrated.npy");
    /// let calibration = Calibration::Temperature { classes: 10, temperature: 0.5 };
    /// let logits = Source::open(folder.join("digits_shards"), Role::Logits)?;
    /// let mut sink = Sink::create(&output, &[36, 10], &[logits.name()])?;
    /// calibration.apply_to_source::<f32>(logits, |part| sink.write(part))?;
    /// sink.finish()?.commit()?;
    /// # assert_eq!(Source::open(&output, Role::Logits)?.shape().0, [36, 10]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`apply`](Self::apply) and of reading, [`Error::NumberTypeDiffers`] for logits of
    /// another type than `Z`, and [`Error::ZeroClasses`].
    pub fn apply_to_source<Z: Logit>(
        &self,
        logits: Source,
        mut write: impl FnMut(&[Z::Element]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        Rows::<Z>::check_type(&logits)?;
        let mut rows = Rows::<Z>::unread(&logits)?;
        self.check(rows.extent())?;
        let per_window = rows_per_window_of(&logits, &rows);
        let mut windows = Windows::start(logits, &rows, per_window)?;
        while windows.advance(&mut rows)? {
            self.apply_held(&rows, &mut write)?;
        }
        Ok(())
    }

    /// Calibrates the rows in memory.
    fn apply_held<Z: Logit>(
        &self,
        logits: &Rows<Z>,
        mut write: impl FnMut(&[Z::Element]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let held = logits.held();
        let per_wave = (WAVE_NUMBERS / logits.n_classes()).max(1);
        for first in held.clone().step_by(per_wave) {
            let rows = first..held.end.min(first + per_wave);
            write(&self.calibrated::<Z, Z::Element>(logits.slice(rows)))?;
        }
        Ok(())
    }

    /// The calibrated logits of whole rows.
    pub(super) fn calibrated<Z: Logit, T: Float>(&self, logits: &[Z]) -> Vec<T> {
        let n = self.n_classes();
        let of =
            |(index, logit): (usize, &Z)| T::nearest(self.of(index % n, logit.to_element().into()));
        let logits = logits.par_iter().enumerate();
        logits.with_min_len(BLOCK_NUMBERS).map(of).collect()
    }
}
