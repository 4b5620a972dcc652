//! How often rows are right that are so and so confident.

use super::{
    Figure, WIDTH,
    frame::{Frame, percents},
};
use crate::{
    page::{
        Page,
        scale::{self, thousands},
        svg::{Anchor, Svg},
    },
    report::text::{or_dash, percent},
};

pub(super) fn draw(page: &Page) -> Option<Figure> {
    let reliability = page.report.details.calibration.as_ref()?;
    let most = reliability.bins.iter().map(|bin| bin.rows).max()?;
    if most == 0 {
        return None;
    }
    let mut svg = Svg::new(WIDTH, 460.0);
    let (shares, counts) = (Frame::rows(16.0, 296.0), Frame::rows(320.0, 404.0));
    let (x, y) = (shares.x(0.0, 1.0), shares.y(0.0, 1.0));
    let fifths = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0];
    shares.horizontals(&mut svg, y, &fifths, percents);
    let of_rows = counts.y(0.0, most as f64);
    counts.horizontals(&mut svg, of_rows, &of_rows.ticks(2.0), |count| {
        thousands(count as usize)
    });
    for bin in &reliability.bins {
        let (Some(accuracy), Some(confidence)) = (bin.accuracy, bin.confidence) else {
            continue;
        };
        let (left, right) = (x.at(bin.from) + 1.0, x.at(bin.to) - 1.0);
        let tip = format!(
            "{} {}: accuracy {} %, confidence {} %",
            thousands(bin.rows),
            scale::rows(bin.rows),
            percent(accuracy),
            percent(confidence)
        );
        let bar = |svg: &mut Svg, class: &str, top: f64, bottom: f64| {
            svg.rect(class, [left, top], [right - left, bottom - top], &tip);
        };
        // What rows are right and say so; then what they say too much, or too little.
        let [low, high] = [accuracy.min(confidence), accuracy.max(confidence)];
        let gap = if accuracy < confidence {
            "over"
        } else {
            "under"
        };
        bar(&mut svg, "bar", y.at(low), shares.bottom);
        bar(&mut svg, gap, y.at(high), y.at(low));
        bar(&mut svg, "bar", of_rows.at(bin.rows as f64), counts.bottom);
        let at_confidence = y.at(confidence);
        svg.line("mark", [left, at_confidence], [right, at_confidence]);
    }
    svg.line(
        "axis",
        [shares.left, shares.bottom],
        [shares.right, shares.bottom],
    );
    svg.line("ideal", [x.at(0.0), y.at(0.0)], [x.at(1.0), y.at(1.0)]);
    svg.text(
        "note",
        [x.at(0.02), 34.0],
        Anchor::Start,
        &format!(
            "calibration error {} %, at most {} %",
            or_dash(reliability.expected_calibration_error, percent),
            or_dash(reliability.maximum_calibration_error, percent)
        ),
    );
    counts.below(&mut svg, x, &fifths, percents);
    svg.upright(
        "name",
        [16.0, f64::midpoint(shares.top, shares.bottom)],
        "accuracy (%)",
    );
    counts.names(&mut svg, "confidence (%)", "rows");
    Some(Figure {
        name: "reliability",
        title: "Reliability".to_owned(),
        caption: "Accuracy of the rows by the probability of their predicted class, and below how \
                  many they are. The marks are the mean confidence; what lies between it and the \
                  accuracy is the calibration error: orange where rows are too confident, light blue \
                  where not enough."
            .to_owned(),
        svg,
    })
}
