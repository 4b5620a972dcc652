//! A fit as people and programs read it.

use std::io::{self, Write};

use serde::Serialize;
use surprisal::Reduction;

use super::{
    Descent, Origin, as_text,
    text::{Lines, number, percent},
    write_json,
};
use crate::fit::{Fit, Outcome, Regression};

/// A fit with where it comes from, without its coefficients, ready to be printed.
#[derive(Clone, Debug, Serialize)]
pub struct FitReport {
    /// File of the features, `None` for features from memory.
    pub features: Option<String>,
    /// Labels, type and options.
    #[serde(flatten)]
    pub origin: Origin,
    /// Factor of half the squared norm of the coefficients.
    pub l2: f64,
    /// Whether there are intercepts.
    pub intercept: bool,
    /// Rows, ignored ones included.
    pub rows: usize,
    /// Rows that are not ignored and have a weight.
    pub rows_counted: usize,
    /// Features of a row.
    pub n_features: usize,
    /// Classes.
    pub classes: usize,
    /// Classes that are no part of any target, and that stay at probability 0.
    pub masked_classes: Vec<usize>,
    /// Why the fit ended.
    #[serde(serialize_with = "as_text")]
    pub outcome: Outcome,
    /// How it was found.
    #[serde(flatten)]
    pub descent: Descent,
    /// Share of the counted rows whose label has the largest logit.
    pub accuracy: f64,
}

impl FitReport {
    /// Reports what fitting has come to.
    pub fn new(regression: &Regression, fit: &Fit) -> Self {
        let options = regression.options();
        Self {
            features: regression.features().file_name(),
            origin: Origin::new(
                Some(regression.labels()),
                regression.number(),
                regression.objective(),
                Reduction::Sum,
            ),
            l2: options.l2,
            intercept: options.intercept,
            rows: regression.n_rows(),
            rows_counted: fit.rows_counted,
            n_features: regression.n_features(),
            classes: regression.n_classes(),
            masked_classes: fit.masked_classes.clone(),
            outcome: fit.outcome,
            descent: Descent {
                tolerance: options.tolerance,
                max_iterations: options.max_iterations,
                converged: fit.outcome == Outcome::Converged,
                iterations: fit.iterations,
                products: fit.products,
                objective: fit.objective(),
                loss: fit.loss,
                penalty: fit.penalty,
                gradient_norm: fit.gradient_norm,
            },
            accuracy: fit.accuracy,
        }
    }

    /// Writes one JSON object over several lines. Numbers have all their digits; what is not
    /// finite is `null`.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_json(&self, mut to: impl Write) -> io::Result<()> {
        write_json(self, &mut to)
    }

    /// Writes an aligned table of plain text.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_table(&self, mut to: impl Write) -> io::Result<()> {
        writeln!(to, "{}", self.table())
    }

    fn table(&self) -> String {
        let mut lines = Lines::new();
        let mut line = |name: &str, value: &str| lines.add(name, value, "");

        line("rows", &self.rows.to_string());
        line("counted rows", &self.rows_counted.to_string());
        line("features", &self.n_features.to_string());
        line("classes", &self.classes.to_string());
        if !self.masked_classes.is_empty() {
            line("  masked", &few(&self.masked_classes));
        }
        line("", "");
        line("l2", &format!("{:?}", self.l2));
        line("intercepts", if self.intercept { "yes" } else { "no" });
        self.origin.add_options(&mut lines);
        lines.add("", "", "");
        self.descent.add_to(&mut lines);
        lines.add("  losses", &number(self.descent.loss), "nats");
        lines.add("  penalty", &number(self.descent.penalty), "nats");
        lines.add("Hessian products", &self.descent.products.to_string(), "");
        // Its magnitude is of interest, its digits are rounding.
        let norm = format!("{:.1e}", self.descent.gradient_norm);
        lines.add("gradient norm", &norm, "");
        lines.add("accuracy at 1", &percent(self.accuracy), "%");
        lines.print()
    }
}

/// The first few of some classes.
fn few(classes: &[usize]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<_> = classes.iter().take(SHOWN).map(usize::to_string).collect();
    let more = match classes.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    shown.join(", ") + &more
}
