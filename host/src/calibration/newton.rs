//! Newton's method, and when it ends.

use rayon::iter::ParallelIterator;

use super::{
    Ending, Method,
    problem::{Point, Scaling},
};
use crate::{
    error::Error,
    linear::matrix::{Matrix, dot},
    newton::{CLOSE, LEVEL_STEPS, direction, is_ahead, spread},
    number::Logit,
};

/// Where the parameters are at the end.
pub(super) struct Solution {
    pub(super) point: Point,
    pub(super) ending: Ending,
    pub(super) iterations: usize,
    pub(super) products: usize,
}

/// The scale that vector scaling starts from. A row that is certain and wrong has next to no
/// curvature, and sends the first steps of Newton's method far away; at about half of its logits it
/// has some.
const FLATTER: f64 = 0.6;

impl<Z: Logit> Scaling<Z> {
    /// Minimises the objective.
    pub(super) fn solve(&self) -> Result<Solution, Error> {
        let mut point = self.at(self.start())?;
        let (mut iterations, mut products, mut level_steps) = (0, 0, 0);
        let options = self.options();
        let ending = loop {
            if iterations == 0
                && let Some(ending) = self.has_no_minimum()?
            {
                break ending;
            }
            if iterations == options.max_iterations {
                break Ending::IterationLimit;
            }
            let direction = direction(self, &point, options.tolerance)?;
            products += direction.products;
            // Half the slope is what the quadratic model gains.
            let slope = dot(&point.gradient, &direction.step);
            if slope == 0.0 && direction.is_solved {
                break Ending::Converged;
            }
            let Some((next, length)) = self.search(&point, &direction.step, slope)? else {
                break Ending::Stalled;
            };
            iterations += 1;
            let is_level = -0.5 * slope <= options.tolerance * next.objective();
            let is_close = is_level && self.largest_move(&point, &next) <= CLOSE;
            point = next;
            if is_close && length == 1.0 && direction.is_solved {
                break Ending::Converged;
            }
            level_steps = if is_level { level_steps + 1 } else { 0 };
            let is_free = options.penalty() == 0.0;
            if is_free && (level_steps == LEVEL_STEPS || self.is_endless(&point)) {
                break Ending::Unbounded;
            }
        };
        Ok(Solution {
            point,
            ending,
            iterations,
            products,
        })
    }

    /// Whether scales and biases that are larger by any factor fit better.
    fn is_endless(&self, point: &Point) -> bool {
        if self.options().method != Method::Vector || self.is_smoothed() {
            return false;
        }
        self.rows().all(|row| {
            let logits = self.scaled(&point.coefficients, row..row + 1);
            let label = self.batch().class(row);
            label.is_none_or(|label| is_ahead(label, &logits))
        })
    }

    fn start(&self) -> Matrix {
        let mut start = self.identity();
        if self.options().method == Method::Vector {
            start.column_mut(0).fill(FLATTER);
        }
        start
    }

    /// How far logits of one row have moved against each other at most.
    fn largest_move(&self, from: &Point, to: &Point) -> f64 {
        let of_row = |row: usize| {
            let [from, to] = [from, to].map(|at| self.scaled(&at.coefficients, row..row + 1));
            spread(&from, &to)
        };
        let largest = self.rows().map(of_row).max_by(f64::total_cmp);
        largest.unwrap_or_default()
    }
}
