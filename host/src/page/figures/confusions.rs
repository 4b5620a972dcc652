//! The pairs of classes that are confused most.

use super::{
    Figure,
    bars::{Bar, chart, shortened},
};
use crate::page::{Page, scale::thousands};

/// Letters of each of the two names at most, so that both are seen.
const HALF: usize = 15;

pub(super) fn draw(page: &Page) -> Option<Figure> {
    let bars: Vec<Bar> = page
        .confusions
        .iter()
        .map(|pair| Bar {
            name: [pair.label, pair.predicted]
                .map(|class| shortened(&page.class(class), HALF))
                .join(" → "),
            length: pair.rows as f64,
            value: thousands(pair.rows),
        })
        .collect();
    let count = |tick: f64| match tick.fract() {
        0.0 => thousands(tick as usize),
        _ => String::new(),
    };
    Some(Figure {
        name: "confusions",
        title: "Most confused pairs".to_owned(),
        caption: "Label → predicted class, by the number of rows that take one for the other."
            .to_owned(),
        svg: chart(&bars, "rows", count)?,
    })
}
