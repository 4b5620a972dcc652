//! An evaluation as one page of HTML that needs nothing else: no network, no script, no font.
//!
//! Plots are SVG by a writer of a few lines: its colours are names of CSS, which follow the reader's
//! light or dark mode and print in ink.
//!
//! The crate plotters (0.3.7, with nothing but its backend for SVG) was tried on the plot of losses.
//! Its colours are literal, but selectors such as `[fill="#030000"]` can name them, so that light,
//! dark and print would do. What would not: coordinates are whole pixels, which makes stairs of a
//! curve; text is sized by a guess, as there is no font (13 pixels become 10.48); a shape has no title
//! for a pointer to rest on, nor the drawing a role and a label for those who have it read to them,
//! unless its output is edited. It would save the ticks of axes, some forty lines.

mod figures;
mod html;
mod scale;
mod svg;
mod tables;

use std::io::{self, Write};

use serde::Serialize;
use surprisal::{Denominator, Reduction};

use crate::{
    batch::Batch,
    error::Error,
    evaluation::{Evaluation, HardRow, Summary},
    number::Logit,
    report::{Report, write_json},
    statistics::{ClassNames, Confusion, Coverage, DetailOptions, Prediction, Reliability},
};
pub use figures::Histogram;

/// What the page shows, as data.
///
/// ```
/// use surprisal_host::{Batch, Labels, Objective, Page, PageOptions, Role, Rows};
///
/// # fn main() -> Result<(), surprisal_host::Error> {
/// let logits = Rows::new(Role::Logits, vec![1.0_f64, 0.0, 3.0, 0.0, 0.0, 2.0], 2)?;
/// let batch = Batch::new(logits, Labels::from(vec![0_i64, 1, 1]), Objective::default())?;
/// let page = Page::new(&batch, &PageOptions::default())?;
/// assert_eq!(page.confusions[0].rows, 1);
/// assert!(page.html().starts_with("<!DOCTYPE html>"));
/// let plots = page.plots();
/// assert!(plots[0].svg.starts_with("<svg"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct Page {
    /// Its heading.
    #[serde(skip)]
    pub title: String,
    /// The evaluation, with calibration and classes where there are labels.
    #[serde(flatten)]
    pub report: Report,
    /// How many rows have losses of which magnitude.
    pub histogram: Histogram,
    /// How accurate the most confident rows are; empty without labels.
    pub coverage: Vec<Coverage>,
    /// The pairs of classes that are confused most; empty without labels.
    pub confusions: Vec<Confusion>,
    /// What the classes are called.
    #[serde(skip)]
    pub names: Option<ClassNames>,
}

/// What there is to choose.
#[derive(Clone, Debug)]
pub struct PageOptions {
    /// The heading.
    pub title: String,
    /// How many of the most surprising rows are shown.
    pub top: usize,
    /// Names of the classes.
    pub names: Option<ClassNames>,
    /// What the mean loss is divided by.
    pub denominator: Denominator,
}

impl Default for PageOptions {
    fn default() -> Self {
        Self {
            title: "Cross-entropy".to_owned(),
            top: 15,
            names: None,
            denominator: Denominator::default(),
        }
    }
}

/// A plot by itself.
#[derive(Clone, Debug)]
pub struct Plot {
    /// What its file is called, without an ending.
    pub name: &'static str,
    /// A document of its own.
    pub svg: String,
}

/// Points of the curve of coverage, more than a screen shows.
const CURVE_POINTS: usize = 400;

/// Pairs of classes that are shown.
const PAIRS: usize = 15;

impl Page {
    /// Evaluates a batch for a page.
    ///
    /// # Errors
    ///
    /// [`Error::CountDiffers`] where there is not a name a class, and [`Error::OptionOutOfRange`] for a
    /// denominator that is none.
    pub fn new<Z: Logit>(batch: &Batch<Z>, options: &PageOptions) -> Result<Self, Error> {
        let Evaluation { losses, summary } = batch.evaluate(options.denominator)?;
        Self::of(batch, &losses, &batch.predictions()?, summary, options)
    }

    /// The page of a batch that has been evaluated.
    pub(crate) fn of<Z: Logit>(
        batch: &Batch<Z>,
        losses: &[Z::Element],
        predictions: &[Prediction],
        mut summary: Summary,
        options: &PageOptions,
    ) -> Result<Self, Error> {
        let names = options.names.as_ref();
        summary.hardest = batch.hardest(losses, predictions, options.top, names)?;
        let mut report = Report::new(batch, Reduction::Mean(options.denominator), summary);

        let (mut coverage, mut confusions) = (Vec::new(), Vec::new());
        if batch.labels().is_some() {
            let details = DetailOptions {
                bins: Some(Reliability::BINS),
                by_class: true,
                names,
                groups: None,
            };
            report.details = batch.details(losses, predictions, &details)?;
            coverage = batch.coverage(predictions, CURVE_POINTS);
            confusions = batch.confusions(predictions, PAIRS);
        }
        let counted = (0..batch.n_rows()).filter(|&row| batch.counts(row));
        Ok(Self {
            title: options.title.clone(),
            report,
            histogram: Histogram::of(counted.map(|row| losses[row].into())),
            coverage,
            confusions,
            names: options.names.clone(),
        })
    }

    /// The page.
    pub fn html(&self) -> String {
        html::write(self)
    }

    /// Writes what it shows as one JSON object over several lines, as that of [`Report`] with
    /// `histogram`, `coverage` and `confusions`.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_json(&self, mut to: impl Write) -> io::Result<()> {
        write_json(self, &mut to)
    }

    /// Its plots as documents of their own.
    pub fn plots(&self) -> Vec<Plot> {
        let drawn = self.figures().into_iter();
        drawn
            .map(|figure| Plot {
                name: figure.name,
                svg: figure.svg.document(&figure.title),
            })
            .collect()
    }

    /// The most surprising rows.
    fn hardest(&self) -> &[HardRow] {
        &self.report.summary.hardest
    }

    /// What a class is called: its number, and its name where it has one.
    fn class(&self, class: usize) -> String {
        match &self.names {
            Some(names) => format!("{class} {}", names.of(class)),
            None => class.to_string(),
        }
    }
}
