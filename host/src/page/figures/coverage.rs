//! Accuracy against coverage.

use super::{
    Figure, WIDTH,
    frame::{Frame, percents},
};
use crate::{
    page::{
        Page,
        svg::{Anchor, Svg},
    },
    report::text::percent,
};

pub(super) fn draw(page: &Page) -> Option<Figure> {
    let all = page.coverage.last()?;
    let least = page.coverage.iter().map(|point| point.accuracy);
    let least = least.min_by(f64::total_cmp)?;
    // From a round number below all of it, at least a twentieth, so that a flat curve looks flat.
    let from = ((least.min(0.95) * 20.0).floor() / 20.0).clamp(0.0, 0.95);
    let mut svg = Svg::new(WIDTH, 340.0);
    let frame = Frame::rows(16.0, 284.0);
    let (x, y) = (frame.x(0.0, 1.0), frame.y(from, 1.0));
    let label = |share: f64| match 1.0 - from {
        width if width > 0.11 => percents(share),
        _ => format!("{:.1}", 100.0 * share),
    };
    frame.horizontals(&mut svg, y, &y.ticks(5.0), label);
    let last = y.at(all.accuracy);
    svg.line("ideal", [frame.left, last], [frame.right, last]);
    let curve = page.coverage.iter();
    let points = curve.map(|point| [x.at(point.coverage), y.at(point.accuracy)]);
    svg.curve("curve", points);
    // Under the line where there is room, which the first label of the axis takes.
    let below = if frame.bottom - last > 24.0 {
        16.0
    } else {
        -8.0
    };
    svg.text(
        "note",
        [frame.left + 8.0, last + below],
        Anchor::Start,
        &format!("all rows: {} %", percent(all.accuracy)),
    );
    frame.below(&mut svg, x, &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0], percents);
    frame.names(
        &mut svg,
        "coverage: the most confident rows (%)",
        "accuracy (%)",
    );
    Some(Figure {
        name: "coverage",
        title: "Accuracy against coverage".to_owned(),
        caption:
            "How accurate the model is where it answers only what it is most confident of. The \
                  vertical axis does not begin at 0."
                .to_owned(),
        svg,
    })
}
