//! Rows under options that do more than multiply, on their way to a backend: one operation for
//! all outputs and all types of logits.

mod arrays;

pub(crate) use self::arrays::Arrays;

use super::{Operation, hessians::Form};
use crate::{
    door::Batch,
    numbers::Numbers,
    objective::{
        Curvature, Gradient, Row,
        curvature::{load_vector, symmetric_product},
        row::{Classes, Place},
        terms::Terms,
        window::{AT_A_TIME, Room, VECTORS, Window},
    },
    pair::Pair,
    row::hessian::Layout,
    vector::{Arch, Array, Vector},
    weights::Weights,
};

/// What is asked for, beside losses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Output {
    Losses,
    Gradients,
    Probabilities,
    Diagonal,
    Matrix(Layout),
    Products,
    /// What the Hessian of a row is made of: coefficients, and four numbers a class.
    Parts,
}

/// Some output of the rows of a batch.
pub(crate) struct Request<'a> {
    pub(crate) batch: &'a Batch<'a>,
    pub(crate) terms: &'a Terms<'a>,
    pub(crate) arrays: &'a mut dyn Arrays,
    pub(crate) output: Output,
}

/// Runs a request on its backend, where the states of plain rows do not tell its output; tells
/// whether that is so.
pub(crate) fn run(request: Request<'_>) -> bool {
    let terms = request.terms;
    let plain = match request.output {
        // The parts of Hessians have gradients among them.
        Output::Parts => terms.are_off(),
        Output::Losses | Output::Gradients => {
            let weights = request.batch.weights;
            let are_even = weights.is_none_or(|w| w.weights.of_every_class().is_some());
            !terms.warp() && are_even
        }
        Output::Probabilities => !terms.warp(),
        // Whatever the targets are, the Hessian is the plain one times their sum.
        Output::Diagonal | Output::Matrix(_) | Output::Products => !terms.bend(),
    };
    if !plain {
        super::run(request.batch.backend, request);
    }
    !plain
}

impl Operation for Request<'_> {
    #[inline(always)]
    fn run<A: Arch>(mut self, arch: A) {
        let n_classes = self.batch.n_classes;
        // What is made of the parts of a Hessian later needs all digits.
        let in_single =
            !matches!(self.arrays.logits(), Numbers::F64(_)) && self.output != Output::Parts;
        let mut in_single_room = Room::new(arch.single());
        let mut room = Room::new(arch);
        for row in 0..self.batch.n_rows {
            let Some(class) = self.batch.labels.class(row) else {
                self.ignore(row);
                continue;
            };
            let place = Place {
                row,
                class,
                start: row.wrapping_mul(self.batch.stride.get()),
                n_classes,
            };
            let is_done = in_single
                && self.of_row::<<A::Single as Arch>::F64>(
                    arch.single(),
                    &place,
                    &mut in_single_room,
                );
            if !is_done {
                self.of_row::<A::F64>(arch, &place, &mut room);
            }
        }
    }
}

impl Request<'_> {
    /// Number of elements of the output of a row, and their distance from row to row.
    fn len_of_row(&self) -> (usize, usize) {
        let n = self.batch.n_classes.get();
        match self.output {
            Output::Losses => (0, 0),
            Output::Gradients | Output::Probabilities => (n, self.batch.stride.get()),
            Output::Diagonal | Output::Products => (n, n),
            Output::Parts => (4 * n, 4 * n),
            Output::Matrix(layout) => {
                let len = layout.len(n);
                (len, len)
            }
        }
    }

    /// Zeros for an ignored row.
    fn ignore(&mut self, row: usize) {
        self.arrays.write_loss(row, None);
        let (_, distance) = self.len_of_row();
        self.write_zeros(row.wrapping_mul(distance), distance);
    }

    fn write_zeros(&mut self, start: usize, len: usize) {
        const ZEROS: [f64; 64] = [0.0; 64];
        for done in (0..len).step_by(ZEROS.len()) {
            let zeros = ZEROS.get(..len - done).unwrap_or(&ZEROS);
            self.arrays.write(start.wrapping_add(done), zeros);
        }
    }

    /// All outputs of a row, unless pairs of one part are too short for it; tells whether.
    #[inline(always)]
    fn of_row<V: Vector<Element = f64>>(
        &mut self,
        arch: V::Arch,
        place: &Place,
        room: &mut Room<V>,
    ) -> bool {
        let batch = self.batch;
        let none = Weights::none();
        let weights = batch.weights.map_or(&none, |weighed| &weighed.weights);
        let row = Row::<V>::find(arch, *place, self.terms, weights, self.arrays, room);
        if !row.has_enough_digits() {
            return false;
        }
        if matches!(self.output, Output::Losses | Output::Gradients) {
            let weight = weights.counted(place.row, place.class);
            let loss = arch.run(
                #[inline(always)]
                || row.loss(),
            );
            self.arrays.write_loss(place.row, Some((loss, weight)));
        }
        let (len, distance) = self.len_of_row();
        let start = place.row.wrapping_mul(distance);
        let scale = arch.run(
            #[inline(always)]
            || self.arrays.scale_of::<V>(arch, batch, place.row),
        );
        match self.output {
            Output::Probabilities => self.write_classes(
                (&row, room),
                start,
                None,
                #[inline(always)]
                |classes, _, _| classes.p,
            ),
            Output::Gradients => {
                let gradient = arch.run(
                    #[inline(always)]
                    || Gradient::of(&row),
                );
                self.write_classes(
                    (&row, room),
                    start,
                    scale,
                    #[inline(always)]
                    |classes, first, _| gradient.by_logits(&row, classes, first),
                );
            }
            Output::Diagonal => {
                let curvature = arch.run(
                    #[inline(always)]
                    || Curvature::of(&row),
                );
                self.write_classes(
                    (&row, room),
                    start,
                    scale,
                    #[inline(always)]
                    |classes, first, _| curvature.diagonal(&row, classes, first),
                );
            }
            Output::Products => {
                let (curvature, mean) = arch.run(
                    #[inline(always)]
                    || {
                        let mean = Curvature::mean(&row, start, self.arrays, &mut room.logits);
                        (Curvature::of(&row), mean)
                    },
                );
                let mut window = Window::new(0.0);
                self.write_classes(
                    (&row, room),
                    start,
                    scale,
                    #[inline(always)]
                    |classes, first, arrays| {
                        let vector = load_vector(&row, start, first, &mut window, arrays);
                        curvature.product(&row, classes, first, vector, mean)
                    },
                );
            }
            Output::Matrix(layout) => {
                self.write_matrix((&row, room), start, scale, layout);
            }
            Output::Parts if V::Arch::IN_PAIRS => {
                self.write_parts(&row, scale, &mut room.logits);
            }
            Output::Losses | Output::Parts => {}
        }
        self.write_zeros(start.wrapping_add(len), distance - len);
        true
    }

    /// Writes an entry a class, in the room that the row was found in.
    ///
    /// A function of its own: without optimisation the outputs' stacks would add up.
    #[inline(never)]
    fn write_classes<V: Vector<Element = f64>>(
        &mut self,
        (row, room): (&Row<'_, V>, &mut Room<V>),
        start: usize,
        scale: Option<Pair<V>>,
        mut entries: impl FnMut(&Classes<V>, usize, &dyn Arrays) -> Pair<V>,
    ) {
        let n_classes = row.place.n_classes.get();
        let mut out = [0.0; AT_A_TIME];
        for start_of_out in (0..n_classes).step_by(AT_A_TIME) {
            let len = (n_classes - start_of_out).min(AT_A_TIME);
            let out = out.get_mut(..len).unwrap_or_default();
            let step = VECTORS * V::LANES;
            let logits = row.read(start_of_out, &mut room.logits, self.arrays);
            let blocks = logits.chunks(step).zip(out.chunks_mut(step));
            for (first, (logits, out)) in (start_of_out..).step_by(step).zip(blocks) {
                if !Room::<V>::is_enough_for(n_classes) {
                    row.warp(logits, &mut room.warped);
                }
                row.arch.run(
                    #[inline(always)]
                    || {
                        let firsts = (first..).step_by(V::LANES);
                        let vectors = room.warped.iter().zip(out.chunks_mut(V::LANES));
                        for (first, (&warped, out)) in firsts.zip(vectors) {
                            let classes = row.classes_of(first, warped);
                            rounded(scale, entries(&classes, first, self.arrays)).store(out);
                        }
                    },
                );
            }
            self.arrays.write(start.wrapping_add(start_of_out), out);
        }
    }

    /// Writes a matrix, as many of its rows at a time as a vector has lanes.
    #[inline(never)]
    fn write_matrix<V: Vector<Element = f64>>(
        &mut self,
        (row, room): (&Row<'_, V>, &mut Room<V>),
        start: usize,
        scale: Option<Pair<V>>,
        layout: Layout,
    ) {
        row.arch.run(
            #[inline(always)]
            || self.write_matrix_inline((row, room), start, scale, layout),
        );
    }

    #[inline(always)]
    fn write_matrix_inline<V: Vector<Element = f64>>(
        &mut self,
        (row, room): (&Row<'_, V>, &mut Room<V>),
        start: usize,
        scale: Option<Pair<V>>,
        layout: Layout,
    ) {
        let arch = row.arch;
        let n_classes = row.place.n_classes.get();
        let curvature = Curvature::of(row);
        let beside = match scale {
            Some(scale) => curvature.beside(row).mul(scale),
            None => curvature.beside(row),
        };
        let mut logits_of_columns = Window::new(f64::NEG_INFINITY);
        for first in (0..n_classes).step_by(V::LANES) {
            let of_rows = row.classes(first, &mut room.logits, self.arrays);
            let diagonal = curvature.diagonal(row, &of_rows, first);
            let diagonal = rounded(scale, diagonal).to_lanes();
            let mut steep_of_rows = V::PerLane::filled(Pair::ZERO);
            let lanes = steep_of_rows.as_mut().iter_mut();
            for (lane, steep) in lanes.zip(Curvature::steep(row, &of_rows).to_lanes()) {
                *lane = steep;
            }
            for column in (0..layout.row_len(n_classes, first + V::LANES - 1)).step_by(V::LANES) {
                let of_columns = row.classes(column, &mut logits_of_columns, self.arrays);
                let steep = Curvature::steep(row, &of_columns);
                let rows = (first..n_classes).zip(steep_of_rows).zip(diagonal);
                for ((i, steep_of_row), on_diagonal) in rows {
                    let len = layout.row_len(n_classes, i).saturating_sub(column);
                    let steep_of_row = Pair::splat(arch, steep_of_row);
                    let mut entries = symmetric_product(steep_of_row, steep, beside).to_lanes();
                    let entries = entries.as_mut();
                    if let Some(entry) = i.checked_sub(column).and_then(|i| entries.get_mut(i)) {
                        *entry = on_diagonal;
                    }
                    let entries = entries.get(..len).unwrap_or(entries);
                    let at = layout.row_start(n_classes, i).wrapping_add(column);
                    self.arrays.write(start.wrapping_add(at), entries);
                }
            }
        }
    }
}

/// Times the scale if there is one, rounded.
#[inline(always)]
fn rounded<V: Vector>(scale: Option<Pair<V>>, entries: Pair<V>) -> V {
    match scale {
        Some(scale) => entries.mul(scale).round(),
        None => entries.round(),
    }
}

/// The output that a form of Hessians asks for.
pub(super) fn output_of<T>(form: &Form<'_, T>) -> Output {
    match form {
        Form::Diagonal => Output::Diagonal,
        Form::Matrix(layout) => Output::Matrix(*layout),
        Form::Products(_) => Output::Products,
    }
}
