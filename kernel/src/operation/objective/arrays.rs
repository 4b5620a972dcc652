//! The arrays of an operation under options, as numbers of whatever type.

use crate::{
    door::Batch,
    element::Float,
    logit::Logit,
    numbers::{AsNumbers, Numbers, NumbersMut},
    operation::{
        gradients::{Buffers, Gradients},
        hessians::{Form, Hessians},
        losses::{Losses, Sink},
        parts::CoefficientsOf,
    },
    pair::Pair,
    reduction::Total,
    vector::Vector,
};

/// The arrays of an operation. Indices count elements of the whole array; none is beyond its end.
///
/// Only where the arrays are: what converts their numbers is no part of programs without options.
pub(crate) trait Arrays {
    /// Logits.
    fn logits(&self) -> Numbers<'_>;

    /// The vectors that Hessians are multiplied with.
    fn vectors(&self) -> Option<Numbers<'_>> {
        None
    }

    /// What the derivatives of rows are multiplied by.
    fn upstream(&self) -> Option<Numbers<'_>> {
        None
    }

    /// Where losses go.
    fn losses(&mut self) -> LossesOut<'_> {
        LossesOut::Nowhere
    }

    /// Takes the coefficients of the Hessian of a row.
    fn write_coefficients(&mut self, _coefficients: CoefficientsOf) {}

    /// Where gradients, probabilities or entries of Hessians go.
    fn out(&mut self) -> Option<NumbersMut<'_>> {
        None
    }
}

/// Where losses go.
pub(crate) enum LossesOut<'a> {
    Nowhere,
    /// One a row.
    Rows(NumbersMut<'a>),
    /// Their total, which each is rounded for.
    Total {
        total: &'a mut Total,
        in_single: bool,
    },
}

impl dyn Arrays + '_ {
    /// Entries of the vectors that Hessians are multiplied with.
    pub(crate) fn read_vector(&self, start: usize, out: &mut [f64]) {
        if let Some(vectors) = self.vectors() {
            vectors.read(start, out);
        }
    }

    /// What the derivatives of a row are multiplied by.
    fn upstream_of(&self, row: usize) -> f64 {
        let mut upstream = [1.0];
        if let Some(of_rows) = self.upstream() {
            of_rows.read(row, &mut upstream);
        }
        let [upstream] = upstream;
        upstream
    }

    /// What derivatives of a row are multiplied by: that, over the denominator; `None` for 1.
    #[inline(always)]
    pub(crate) fn scale_of<V: Vector<Element = f64>>(
        &self,
        arch: V::Arch,
        batch: &Batch<'_>,
        row: usize,
    ) -> Option<Pair<V>> {
        let upstream = self.upstream_of(row);
        if upstream == 1.0 && batch.denominator.is_none() {
            return None;
        }
        let upstream = Pair::from_one(arch, V::splat(arch, upstream));
        let denominator = batch.denominator.map_or(1.0, |divisor| divisor.double);
        Some(upstream.div(Pair::from_one(arch, V::splat(arch, denominator))))
    }

    /// Writes the loss of a row and its weight; `None` for an ignored row.
    pub(in crate::operation) fn write_loss(&mut self, row: usize, loss: Option<(f64, f64)>) {
        match self.losses() {
            LossesOut::Nowhere => {}
            LossesOut::Rows(losses) => losses.write(row, &[loss.map_or(0.0, |(loss, _)| loss)]),
            LossesOut::Total { total, in_single } => match loss {
                Some((loss, weight)) if in_single => total.add_row((loss as f32).into(), weight),
                Some((loss, weight)) => total.add_row(loss, weight),
                None => total.add_ignored(),
            },
        }
    }

    /// Writes gradients, probabilities or entries of Hessians.
    pub(crate) fn write(&mut self, start: usize, values: &[f64]) {
        if let Some(out) = self.out() {
            out.write(start, values);
        }
    }
}

/// Logits alone.
impl Arrays for Numbers<'_> {
    fn logits(&self) -> Numbers<'_> {
        *self
    }
}

impl<Z: Logit> Arrays for Losses<'_, Z> {
    fn logits(&self) -> Numbers<'_> {
        Z::numbers(self.logits)
    }

    fn losses(&mut self) -> LossesOut<'_> {
        match &mut self.sink {
            Sink::Rows(losses) => LossesOut::Rows(Z::Element::numbers_mut(losses)),
            Sink::Total(total, _) => LossesOut::Total {
                total,
                in_single: Z::Element::IS_SINGLE,
            },
        }
    }
}

impl<Z: Logit> Arrays for Gradients<'_, Z> {
    fn logits(&self) -> Numbers<'_> {
        Z::numbers(self.buffers.logits())
    }

    fn upstream(&self) -> Option<Numbers<'_>> {
        self.upstream.map(Z::Element::numbers)
    }

    fn losses(&mut self) -> LossesOut<'_> {
        match &mut self.losses {
            Some(losses) => LossesOut::Rows(Z::Element::numbers_mut(losses)),
            None => LossesOut::Nowhere,
        }
    }

    fn out(&mut self) -> Option<NumbersMut<'_>> {
        Some(match &mut self.buffers {
            Buffers::Separate { gradients, .. } => Z::Element::numbers_mut(gradients),
            Buffers::Alike { gradients, .. } | Buffers::InPlace(gradients) => {
                Z::numbers_mut(gradients)
            }
        })
    }
}

impl<Z: Logit> Arrays for Hessians<'_, Z> {
    fn logits(&self) -> Numbers<'_> {
        Z::numbers(self.logits)
    }

    fn vectors(&self) -> Option<Numbers<'_>> {
        match self.form {
            Form::Products(vectors) => Some(Z::Element::numbers(vectors)),
            Form::Diagonal | Form::Matrix(_) => None,
        }
    }

    fn out(&mut self) -> Option<NumbersMut<'_>> {
        Some(Z::Element::numbers_mut(self.out))
    }
}
