//! Hessians in their forms, and their products with vectors.

use core::num::NonZeroUsize;

use super::{
    Operation,
    coefficients::{Coefficients, Order},
    groups::{Group, Visitor, for_each_group},
};
use crate::{
    door::Batch,
    element::Float,
    logit::{Logit, Stored, VectorOf},
    row::{
        block::EXACT_LEN,
        columns::{Columns, MOST_CLASSES},
        finish::Finished,
        hessian::{Ahead, Hessian, Layout, entries::Entries},
    },
    row_slices::{logits_of, row_of, rows_from, rows_of_mut},
    vector::{Arch, Vector},
};

/// Matrices of up to this many classes are written side by side, at most [`EXACT_LEN`]; entries of
/// wider ones are too far apart. It shows in no result. Measured: `cargo bench -p surprisal-bench
/// --bench roofline -- hessian`.
const MOST_CLASSES_OF_MATRICES: usize = 24;
const _: () = assert!(MOST_CLASSES_OF_MATRICES <= EXACT_LEN);

/// Something of the Hessians of all rows.
pub struct Hessians<'a, Z: Stored> {
    pub(crate) batch: &'a Batch<'a>,
    pub(crate) logits: &'a [Z],
    pub(crate) out: &'a mut [Z::Element],
    pub(crate) form: Form<'a, Z::Element>,
}

/// What of them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form<'a, T> {
    /// The diagonal, C entries.
    Diagonal,
    /// The matrix.
    Matrix(Layout),
    /// The products with the rows of a matrix `[n_rows, n_classes]`.
    Products(&'a [T]),
}

/// The operation on its way through the groups.
struct Writer<'a, Z: Stored> {
    hessians: Hessians<'a, Z>,
    coefficients: Coefficients<'a, Z::Element>,
}

impl<Z: Logit> Operation for Hessians<'_, Z> {
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let batch = self.batch;
        let mut writer = Writer {
            coefficients: Coefficients::new::<VectorOf<Z, A>>(arch, batch, None, Order::Second),
            hessians: self,
        };
        for_each_group::<Z, VectorOf<Z, A>>(arch, batch, None, &mut writer);
    }
}

impl<Z: Logit> Visitor<Z> for Writer<'_, Z> {
    const READS_AGAIN: bool = true;

    fn most_columns(&self) -> usize {
        match self.hessians.form {
            Form::Matrix(_) => MOST_CLASSES_OF_MATRICES,
            Form::Diagonal | Form::Products(_) => MOST_CLASSES,
        }
    }

    #[inline(always)]
    fn logits(&self) -> &[Z] {
        self.hessians.logits
    }

    #[inline(always)]
    fn visit<V: Vector<Element = Z::Element>>(
        &mut self,
        arch: V::Arch,
        group: &mut Group<'_, '_, V>,
    ) {
        let n_rows = self.hessians.batch.n_rows;
        // The door has made the length a multiple of the number of rows.
        let len = self.hessians.out.len().checked_div(n_rows);
        let Some(len) = len.and_then(NonZeroUsize::new) else {
            return;
        };
        // Triangles are written row by row.
        let packed = matches!(self.hessians.form, Form::Matrix(Layout::Packed));
        let columns = group.columns.take().filter(|_| !packed);
        let done = columns.is_some_and(
            #[inline(always)]
            |columns| self.write_columns(arch, group, columns, len),
        );
        if !done {
            self.write_rows(arch, group, len);
        }
    }
}

impl<Z: Logit> Writer<'_, Z> {
    /// Row by row; `len` entries each.
    ///
    /// A function of its own: in a larger one compilers lose sight of what the loops leave alone.
    #[inline(never)]
    fn write_rows<V: Vector<Element = Z::Element>>(
        &mut self,
        arch: V::Arch,
        group: &Group<'_, '_, V>,
        len: NonZeroUsize,
    ) {
        arch.run(
            #[inline(always)]
            || {
                for ((row, class), finished) in group.rows().zip(group.finished(arch).to_rows()) {
                    let ahead = group.ahead(row);
                    // In a vector of one row, whatever the rows of the group stand in.
                    self.write_row::<VectorOf<Z, V::Arch>>(arch, row, class, &finished, len, ahead);
                }
            },
        );
    }

    #[inline(always)]
    fn write_row<V: Vector<Element = Z::Element>>(
        &mut self,
        arch: V::Arch,
        row: usize,
        class: Option<usize>,
        finished: &Finished<Z::Element>,
        len: NonZeroUsize,
        ahead: usize,
    ) {
        let Hessians {
            batch,
            logits,
            out,
            form,
        } = &mut self.hessians;
        let end = (row + 1).wrapping_mul(len.get()).min(out.len());
        let (out, next_out) = out.split_at_mut(end);
        let out = rows_of_mut(out, len, row..row + 1);
        let Some(class) = class else {
            return out.fill(Z::Element::ZERO);
        };
        let coefficient = self.coefficients.of_row::<V>(arch, row, class);
        let ahead = logits.get(ahead..).unwrap_or_default();
        let logits = logits_of(logits, batch, row);
        let hessian = Hessian::<V, Z>::of(arch, logits, finished, coefficient);
        match form {
            Form::Diagonal => hessian.diagonal(out),
            Form::Matrix(layout) => hessian.matrix(*layout, out),
            Form::Products(vectors) => {
                let ahead = Ahead {
                    logits: ahead,
                    vectors: vectors.get(end..).unwrap_or_default(),
                    products: next_out,
                };
                hessian.product(row_of(vectors, batch.n_classes, row), out, &ahead);
            }
        }
    }

    /// All rows at once, class by class; matrices are dense. Whether that could be done.
    #[inline(always)]
    fn write_columns<V: Vector<Element = Z::Element>>(
        &mut self,
        arch: V::Arch,
        group: &Group<'_, '_, V>,
        columns: &mut Columns<'_, V>,
        len: NonZeroUsize,
    ) -> bool {
        let coefficient = self
            .coefficients
            .of_lanes(arch, group.first_row, group.classes);
        let entries = Entries::of(arch, &group.finished(arch), coefficient);
        let Hessians {
            batch, out, form, ..
        } = &mut self.hessians;
        let rows = group.first_row..group.first_row + group.len;
        match form {
            Form::Diagonal => entries.diagonals(columns),
            Form::Matrix(_) => {
                let end = rows.end.wrapping_mul(len.get()).min(out.len());
                let (out, next) = out.split_at_mut(end);
                let next = next.get(..rows.len() * len.get()).unwrap_or_default();
                entries.matrices(columns, rows_of_mut(out, len, rows.clone()), next);
            }
            Form::Products(vectors) => {
                let vectors = rows_from(vectors, batch.n_classes, rows.start);
                let next_vectors = columns.read_vectors(arch, vectors, rows.len());
                let next_products = rows_from(out, len, rows.end);
                let sums = entries
                    .products(columns, next_vectors, next_products)
                    .to_lanes();
                let all_finite = group
                    .rows()
                    .zip(sums)
                    .all(|((_, class), sum)| class.is_none() || sum.is_finite());
                if !all_finite {
                    return false;
                }
            }
        }
        if !matches!(form, Form::Matrix(_)) {
            Z::Element::store_columns(arch, columns.classes(), rows_of_mut(out, len, rows));
        }
        for (row, class) in group.rows() {
            if class.is_none() {
                rows_of_mut(out, len, row..row + 1).fill(Z::Element::ZERO);
            }
        }
        true
    }
}
