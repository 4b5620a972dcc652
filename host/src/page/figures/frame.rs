//! Axes and the lines behind a plot.

use super::WIDTH;
use crate::page::{
    scale::Scale,
    svg::{Anchor, Svg},
};

/// The part of a plot that data are drawn in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

impl Frame {
    /// All of the width that axes leave, from a height to another.
    pub(super) fn rows(top: f64, bottom: f64) -> Self {
        Self {
            left: 64.0,
            right: WIDTH - 16.0,
            top,
            bottom,
        }
    }

    pub(super) fn x(self, from: f64, to: f64) -> Scale {
        Scale::new([from, to], [self.left, self.right])
    }

    pub(super) fn y(self, from: f64, to: f64) -> Scale {
        Scale::new([from, to], [self.bottom, self.top])
    }

    /// Horizontal lines with their numbers on the left.
    pub(super) fn horizontals(
        self,
        svg: &mut Svg,
        scale: Scale,
        ticks: &[f64],
        label: impl Fn(f64) -> String,
    ) {
        for &tick in ticks {
            let y = scale.at(tick);
            svg.line("grid", [self.left, y], [self.right, y]);
            let at = [self.left - 8.0, y + 4.0];
            svg.text("tick", at, Anchor::End, &label(tick));
        }
    }

    /// Marks below with their numbers.
    pub(super) fn below(
        self,
        svg: &mut Svg,
        scale: Scale,
        ticks: &[f64],
        label: impl Fn(f64) -> String,
    ) {
        svg.line("axis", [self.left, self.bottom], [self.right, self.bottom]);
        for &tick in ticks {
            let x = scale.at(tick);
            svg.line("axis", [x, self.bottom], [x, self.bottom + 5.0]);
            let at = [x, self.bottom + 19.0];
            svg.text("tick", at, Anchor::Middle, &label(tick));
        }
    }

    /// What the two axes show.
    pub(super) fn names(self, svg: &mut Svg, x: &str, y: &str) {
        let middle = f64::midpoint(self.left, self.right);
        svg.text("name", [middle, self.bottom + 40.0], Anchor::Middle, x);
        let middle = f64::midpoint(self.top, self.bottom);
        svg.upright("name", [16.0, middle], y);
    }
}

/// A share as a whole number of percent.
pub(super) fn percents(share: f64) -> String {
    format!("{:.0}", 100.0 * share)
}
