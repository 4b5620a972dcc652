//! How many rows have losses of which magnitude.

use serde::Serialize;

use super::{Figure, WIDTH, frame::Frame};
use crate::page::{
    Page,
    scale::{self, short, thousands},
    svg::{Anchor, Svg},
};

/// Counts of losses in bins of a quarter of a decade.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Histogram {
    /// The decimal logarithm of where the first bin begins. What is less is in it all the same, losses
    /// of 0 included.
    pub from: i32,
    /// Rows of each bin, whose upper end is a part of it.
    pub rows: Vec<usize>,
    /// Rows whose loss is infinite or NaN, which are in none.
    pub rows_non_finite: usize,
    /// The median of the finite losses in nats, the lower one of two; `None` where there are none.
    pub median: Option<f64>,
}

/// Bins of a decade.
const BINS: i32 = 4;

/// The least magnitude that is told from 0.
const LEAST: i32 = -8;

impl Histogram {
    pub(in crate::page) fn of(losses: impl Iterator<Item = f64>) -> Self {
        let (mut finite, others): (Vec<f64>, Vec<f64>) = losses.partition(|loss| loss.is_finite());
        finite.sort_unstable_by(f64::total_cmp);
        // A loss below 0, of a z-loss's or a target's making, has no magnitude either.
        let magnitude = |loss: Option<&f64>| loss.map_or(0.0, |loss| loss.max(1e-300).log10());
        let from = (magnitude(finite.first()).floor() as i32).max(LEAST);
        let to = (magnitude(finite.last()).ceil() as i32).max(from + 1);
        let mut rows = vec![0; ((to - from) * BINS) as usize];
        for loss in &finite {
            let bin = (magnitude(Some(loss)) - f64::from(from)) * f64::from(BINS);
            let bin = (bin.ceil() as usize).clamp(1, rows.len());
            rows[bin - 1] += 1;
        }
        Self {
            from,
            rows,
            rows_non_finite: others.len(),
            median: finite.get(finite.len().saturating_sub(1) / 2).copied(),
        }
    }
}

pub(super) fn draw(page: &Page) -> Option<Figure> {
    let Histogram {
        from,
        rows,
        rows_non_finite,
        median,
    } = &page.histogram;
    let most = *rows.iter().max()?;
    if most == 0 {
        return None;
    }
    let mut svg = Svg::new(WIDTH, 340.0);
    let frame = Frame::rows(36.0, 284.0);
    let to = from + rows.len() as i32 / BINS;
    let (x, y) = (
        frame.x((*from).into(), to.into()),
        frame.y(0.0, most as f64),
    );
    frame.horizontals(&mut svg, y, &y.ticks(5.0), |count| {
        thousands(count as usize)
    });
    for (bin, &count) in rows.iter().enumerate() {
        let at = |bin: usize| f64::from(*from) + bin as f64 / f64::from(BINS);
        let (left, right) = (x.at(at(bin)), x.at(at(bin + 1)));
        let top = y.at(count as f64);
        let size = [right - left - 1.0, frame.bottom - top];
        let (rows, end) = (scale::rows(count), short(10_f64.powf(at(bin + 1))));
        let tip = format!("{} {rows} up to {end} nats", thousands(count));
        svg.rect("bar", [left + 0.5, top], size, &tip);
    }
    // No more than a dozen labels.
    let step = (to - from).div_euclid(12) + 1;
    let ticks: Vec<f64> = (*from..=to).step_by(step as usize).map(f64::from).collect();
    frame.below(&mut svg, x, &ticks, power_of_ten);
    let marks = [("median", *median), ("mean", page.report.summary.loss_mean)];
    for (index, (name, loss)) in marks.into_iter().enumerate() {
        let inside =
            |loss: &f64| *loss > 0.0 && (f64::from(*from)..=f64::from(to)).contains(&loss.log10());
        if let Some(loss) = loss.filter(inside) {
            let x = x.at(loss.log10());
            svg.line("mark", [x, 14.0], [x, frame.bottom]);
            // The mean of losses is beyond their median.
            let (x, anchor) = match index {
                0 => (x - 5.0, Anchor::End),
                _ => (x + 5.0, Anchor::Start),
            };
            svg.text(
                "note",
                [x, 24.0],
                anchor,
                &format!("{name} {}", short(loss)),
            );
        }
    }
    frame.names(&mut svg, "loss (nats, log scale)", "rows");
    let mut caption = "Rows by the magnitude of their loss, four bins a decade.".to_owned();
    if *from == LEAST {
        caption += " The first bin holds all that is less, 0 included.";
    }
    if *rows_non_finite > 0 {
        caption += " Not shown: rows whose loss is infinite or no number, ";
        caption += &thousands(*rows_non_finite);
        caption.push('.');
    }
    Some(Figure {
        name: "losses",
        title: "Distribution of losses".to_owned(),
        caption,
        svg,
    })
}

/// 10 and a raised number, in letters that every font has.
fn power_of_ten(exponent: f64) -> String {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let raised = |c: char| match c.to_digit(10) {
        Some(digit) => RAISED[digit as usize],
        None => '⁻',
    };
    let exponent = format!("{exponent:.0}");
    match exponent.as_str() {
        "0" | "-0" => "1".to_owned(),
        "1" => "10".to_owned(),
        exponent => "10".to_owned() + &exponent.chars().map(raised).collect::<String>(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loss_is_in_a_bin() {
        let losses = [0.0, 1e-30, 0.011, 0.1, 0.5, 10.0, f64::INFINITY, f64::NAN];
        let histogram = Histogram::of(losses.into_iter());
        assert_eq!((histogram.from, histogram.rows_non_finite), (LEAST, 2));
        assert_eq!(histogram.rows.len(), 4 * 9);
        assert_eq!(histogram.rows[0], 2);
        // 10^-1 is the end of the fourth bin from 10^-2.
        assert_eq!(histogram.rows[24..28], [1, 0, 0, 1]);
        assert_eq!(histogram.rows[28..32], [0, 0, 1, 0]);
        assert_eq!(histogram.rows[35], 1);
        assert_eq!(histogram.median, Some(0.011));
        let none = Histogram::of(std::iter::empty());
        assert_eq!((none.rows, none.median), (vec![0; 4], None));
    }

    #[test]
    fn powers_of_ten() {
        let texts = [-12.0, -1.0, 0.0, 1.0, 3.0].map(power_of_ten);
        assert_eq!(texts, ["10⁻¹²", "10⁻¹", "1", "10", "10³"]);
    }
}
