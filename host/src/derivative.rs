//! Gradients, Hessians and their products with vectors, in blocks of rows.

use std::ops::Range;

use rayon::prelude::*;
use surprisal::{Denominator, Reduction, RowHessian};

use crate::{
    array::ArrayName,
    batch::Batch,
    blocks::Blocks,
    curvature::{Curvature, packed_len, workspace_len},
    error::Error,
    memory::reserve,
    number::{Float, Logit},
    rows::Rows,
};

/// Numbers that are computed before they are handed on: 16 MiB of `f32`. One row where a row
/// takes more.
const WAVE_NUMBERS: usize = 1 << 22;

/// What is computed of each row, in the type that the logits are computed in.
#[derive(Clone, Copy, Debug)]
pub enum Form<'a, T> {
    /// The gradient, `[rows, classes]`.
    Gradient,
    /// The diagonal of the Hessian, `[rows, classes]`.
    HessianDiagonal,
    /// The lower triangle of the Hessian by rows, `[rows, classes (classes + 1) / 2]`.
    HessianPacked,
    /// The whole Hessian, `[rows, classes, classes]`.
    HessianDense,
    /// The Hessian times the row of these vectors, `[rows, classes]`.
    HessianVectorProduct(&'a Rows<T>),
    /// What is read from the Hessian as a value.
    Curvature(Curvature<'a, T>),
}

impl<'a, T: Float> Form<'a, T> {
    /// The vectors that it needs, in the shape of the logits.
    fn vectors(&self) -> Option<&'a Rows<T>> {
        match self {
            Self::HessianVectorProduct(vectors) => Some(vectors),
            Self::Curvature(curvature) => curvature.vectors(),
            _ => None,
        }
    }

    /// The shape of the output of a row; `None` where memory can't address as much.
    fn row_shape(&self, n_classes: usize) -> Option<Vec<usize>> {
        Some(match self {
            Self::Gradient | Self::HessianDiagonal | Self::HessianVectorProduct(_) => {
                vec![n_classes]
            }
            Self::HessianPacked => vec![packed_len(n_classes)?],
            Self::HessianDense => vec![n_classes, n_classes],
            Self::Curvature(curvature) => curvature.row_shape(n_classes)?,
        })
    }
}

/// A derivative of the reduced loss of a batch, ready to be computed: everything that can be
/// refused has been checked.
#[derive(Clone, Debug)]
pub struct Derivative<'a, Z: Logit> {
    batch: &'a Batch<Z>,
    form: Form<'a, Z::Element>,
    /// As it is for a block.
    reduction: Reduction,
    shape: Vec<usize>,
    row_length: usize,
}

impl<Z: Logit> Batch<Z> {
    /// The derivative of the reduced loss; [`Reduction::None`] and [`Reduction::Sum`] leave the
    /// rows as they are, a mean divides by the denominator of the whole batch.
    ///
    /// # Errors
    ///
    /// [`Error::ShapeDiffers`] for vectors that do not fit the logits, [`Error::OptionOutOfRange`]
    /// for a denominator, and [`Error::Kernel`] for an array larger than memory can address.
    pub fn derivative<'a>(
        &'a self,
        form: Form<'a, Z::Element>,
        reduction: Reduction,
    ) -> Result<Derivative<'a, Z>, Error> {
        self.derivative_of_rows(form, self.reduction_of_a_block(reduction)?)
    }

    /// The same under a reduction that does not depend on which rows it is given.
    pub(crate) fn derivative_of_rows<'a>(
        &'a self,
        form: Form<'a, Z::Element>,
        reduction: Reduction,
    ) -> Result<Derivative<'a, Z>, Error> {
        if let Some(vectors) = form.vectors()
            && vectors.shape() != self.logits().shape()
        {
            return Err(Error::ShapeDiffers {
                array: vectors.name().clone(),
                found: vectors.shape(),
                needed: self.logits().shape(),
            });
        }

        let n_classes = self.n_classes();
        let overflow = surprisal::Error::SizeOverflow {
            n_rows: self.n_rows(),
            n_classes,
        };
        let row_shape = form.row_shape(n_classes).ok_or(overflow)?;
        let product = |lengths: &[usize]| {
            let product = lengths
                .iter()
                .try_fold(1_usize, |product, &n| product.checked_mul(n));
            product.ok_or(overflow)
        };
        let row_length = product(&row_shape)?;
        product(&[row_length, size_of::<Z::Element>(), self.n_rows()])?;

        Ok(Derivative {
            batch: self,
            form,
            reduction,
            shape: [vec![self.n_rows()], row_shape].concat(),
            row_length,
        })
    }

    /// A block knows its own rows only: a mean over the batch gives it the denominator.
    pub(crate) fn reduction_of_a_block(&self, reduction: Reduction) -> Result<Reduction, Error> {
        Ok(match reduction {
            Reduction::Mean(denominator) => match self.denominator(denominator)? {
                Some(denominator) => Reduction::Mean(Denominator::Given(denominator)),
                // No row or no weight is counted: the kernel does not divide then.
                None => Reduction::Sum,
            },
            reduction => reduction,
        })
    }
}

impl<Z: Logit> Derivative<'_, Z> {
    /// The shape of the whole array, rows first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The names of all arrays that go into it.
    pub fn inputs(&self) -> Vec<&ArrayName> {
        let mut inputs = self.batch.inputs();
        inputs.extend(self.form.vectors().map(Rows::name));
        inputs
    }

    /// Computes the rows in order and hands them on in parts, which bounds the memory whatever
    /// the number of rows. The first error of `write` ends it.
    ///
    /// # Errors
    ///
    /// That of `write`, which ends the computation; [`Error::OutOfMemory`] where a row of the output
    /// does not fit; [`Error::Kernel`] for an option that the kernel refuses.
    pub fn compute(
        &self,
        write: impl FnMut(&[Z::Element]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.compute_held(&mut Vec::new(), write)
    }

    /// Computes the rows in memory, through a buffer that is made as long as it has to be.
    pub(crate) fn compute_held(
        &self,
        buffer: &mut Vec<Z::Element>,
        mut write: impl FnMut(&[Z::Element]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let held = self.batch.logits().held();
        let blocks = Blocks::new(held.len(), self.row_length.max(self.batch.n_classes()));
        let per_block = blocks.rows_per_block();
        let per_wave = per_block * (WAVE_NUMBERS / (per_block * self.row_length)).max(1);
        self.make_room(buffer, per_wave.min(held.len()))?;

        for first in held.clone().step_by(per_wave) {
            let wave = &mut buffer[..per_wave.min(held.end - first) * self.row_length];
            let blocks = wave.par_chunks_mut(per_block * self.row_length);
            // Of several rows that are refused the first is the one to name.
            let refused = blocks.enumerate().find_map_first(|(block, output)| {
                self.block(first + block * per_block, output).err()
            });
            refused.map_or(Ok(()), Err)?;
            write(wave)?;
        }
        Ok(())
    }

    fn make_room(&self, buffer: &mut Vec<Z::Element>, n_rows: usize) -> Result<(), Error> {
        let length = n_rows * self.row_length;
        if buffer.len() < length {
            *buffer = reserve(|| "output".to_owned(), length)?;
            buffer.resize(length, Z::Element::default());
        }
        Ok(())
    }

    /// The rows from `first` on, as many as the output holds.
    fn block(&self, first: usize, output: &mut [Z::Element]) -> Result<(), Error> {
        let rows = first..first + output.len() / self.row_length;
        let (batch, n) = (self.batch, self.batch.n_classes());
        let loss = batch.loss(rows.clone()).reduction(self.reduction);
        let logits = batch.logits().slice(rows.clone());
        let labels = batch.classes(rows.clone());
        match self.form {
            Form::Gradient => batch.gradients(self.reduction, rows, output),
            Form::HessianDiagonal => loss.hessian_diagonals(logits, n, labels, output),
            Form::HessianPacked => loss.packed_hessians(logits, n, labels, output),
            Form::HessianDense => loss.hessians(logits, n, labels, output),
            Form::HessianVectorProduct(vectors) => {
                loss.hessian_vector_products(logits, n, labels, vectors.slice(rows), output)
            }
            Form::Curvature(curvature) => return self.curvature(&curvature, rows, output),
        }
        .map_err(Error::Kernel)
    }

    /// The same for what is read from Hessians one by one.
    fn curvature(
        &self,
        curvature: &Curvature<'_, Z::Element>,
        rows: Range<usize>,
        output: &mut [Z::Element],
    ) -> Result<(), Error> {
        let (batch, n) = (self.batch, self.batch.n_classes());
        let zero = Z::Element::default();
        let mut of_row = vec![zero; RowHessian::<Z::Element>::workspace_len(n)];
        let mut workspace = vec![zero; workspace_len::<Z::Element>(n)];
        for (row, output) in rows.zip(output.chunks_mut(self.row_length)) {
            let loss = batch.loss(row..row + 1).reduction(self.reduction);
            let logits = batch.logits().slice(row..row + 1);
            // Beside target probabilities the label is one that is not ignored.
            let label = batch.classes(row..row + 1).first().copied().unwrap_or(0);
            loss.row_hessian(logits, label, &mut of_row)
                .and_then(|hessian| curvature.write(&hessian, row, &mut workspace, output))
                .map_err(|error| Error::Row { row, error })?;
        }
        Ok(())
    }
}
