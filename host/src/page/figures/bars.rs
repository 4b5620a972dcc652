//! Horizontal bars with their names: the classes of the largest mean loss.

use super::{Figure, WIDTH, frame::Frame};
use crate::page::{
    Page,
    scale::{short, thousands},
    svg::{Anchor, Svg},
};

/// A bar, and what stands at its two ends.
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) length: f64,
    pub(super) value: String,
}

/// Classes that are shown.
const CLASSES: usize = 20;

pub(super) fn draw(page: &Page) -> Option<Figure> {
    let classes = page.report.details.by_class.as_ref()?;
    let mut classes: Vec<(usize, usize, f64)> = classes
        .iter()
        .filter_map(|class| Some((class.class, class.share.rows, class.share.loss_mean?)))
        .filter(|(.., loss)| loss.is_finite())
        .collect();
    // A stable sort keeps the order of the classes.
    classes.sort_by(|a, b| b.2.total_cmp(&a.2));
    let caption = match classes.len() {
        n if n > CLASSES => format!(
            "Mean loss of the rows of each class: the {CLASSES} largest of {n}. In brackets, how many rows."
        ),
        _ => "Mean loss of the rows of each class. In brackets, how many rows.".to_owned(),
    };
    let shown = classes.into_iter().take(CLASSES);
    let bars: Vec<Bar> = shown
        .map(|(class, rows, loss)| Bar {
            name: page.class(class),
            length: loss,
            value: format!("{} ({})", short(loss), thousands(rows)),
        })
        .collect();
    Some(Figure {
        name: "classes",
        title: "Loss by class".to_owned(),
        caption,
        svg: chart(&bars, "mean loss (nats)", number_of_tick)?,
    })
}

/// As many digits as ticks differ in.
fn number_of_tick(tick: f64) -> String {
    let text = format!("{tick:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A chart of bars. `None` where there are none, or all are of no length.
pub(super) fn chart(bars: &[Bar], axis: &str, tick: impl Fn(f64) -> String) -> Option<Svg> {
    /// Of a bar and the space around it.
    const HEIGHT: f64 = 21.0;
    /// Of a letter, about.
    const LETTER: f64 = 7.2;
    /// Letters of a name at most.
    const LETTERS: usize = 33;
    let letters = bars.iter().map(|bar| bar.name.chars().count()).max()?;
    let room = 20.0 + LETTER * letters.clamp(4, LETTERS) as f64;
    let longest = bars.iter().map(|bar| bar.length).max_by(f64::total_cmp)?;
    if longest <= 0.0 {
        return None;
    }
    let bottom = 8.0 + HEIGHT * bars.len() as f64;
    let mut svg = Svg::new(WIDTH, bottom + 48.0);
    let frame = Frame {
        left: room,
        // Values stand to the right of the longest bar.
        right: WIDTH - 100.0,
        ..Frame::rows(8.0, bottom)
    };
    let x = frame.x(0.0, longest);
    let ticks = x.ticks(4.0);
    for &tick in &ticks {
        svg.line("grid", [x.at(tick), frame.top], [x.at(tick), bottom]);
    }
    for (index, bar) in bars.iter().enumerate() {
        let Bar {
            name,
            length,
            value,
        } = bar;
        let top = frame.top + HEIGHT * index as f64 + 3.0;
        let end = x.at(length.max(0.0));
        let size = [end - frame.left, HEIGHT - 6.0];
        svg.rect("bar", [frame.left, top], size, &format!("{name}: {value}"));
        let base = top + HEIGHT - 9.5;
        let name = shortened(name, LETTERS);
        svg.text("label", [frame.left - 8.0, base], Anchor::End, &name);
        svg.text("tick", [end + 6.0, base], Anchor::Start, value);
    }
    frame.below(&mut svg, x, &ticks, tick);
    let middle = f64::midpoint(frame.left, frame.right);
    svg.text("name", [middle, bottom + 40.0], Anchor::Middle, axis);
    Some(svg)
}

/// The first letters of a name that is longer than there is room for.
pub(super) fn shortened(name: &str, most: usize) -> String {
    if name.chars().count() <= most {
        return name.to_owned();
    }
    name.chars().take(most - 1).chain(['…']).collect()
}
