//! The plots of a page.

mod bars;
mod confusions;
mod coverage;
mod frame;
mod losses;
mod reliability;

pub use losses::Histogram;

use super::{Page, svg::Svg};

/// A plot with what is written about it.
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) title: String,
    pub(super) caption: String,
    pub(super) svg: Svg,
}

/// Width of all plots.
const WIDTH: f64 = 640.0;

impl Page {
    /// Those that there are data for.
    pub(super) fn figures(&self) -> Vec<Figure> {
        [
            // Side by side are plots of about the same height.
            losses::draw(self),
            coverage::draw(self),
            reliability::draw(self),
            bars::draw(self),
            confusions::draw(self),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
