//! A fit as people and programs read it.

use std::io::{self, Write};

use serde::Serialize;
use surprisal::{Backend, Reduction};

use super::{
    as_text,
    options::{self, Setting},
    text::{Lines, number, percent},
    write_json,
};
use crate::{
    fit::{Fit, Outcome, Regression},
    number::NumberType,
};

/// A fit with where it comes from, without its coefficients, ready to be printed.
#[derive(Clone, Debug, Serialize)]
pub struct FitReport {
    /// File of the features, `None` for features from memory.
    pub features: Option<String>,
    /// File of the labels, `None` for labels from memory.
    pub labels: Option<String>,
    /// Type of the features, which are computed in `f64`.
    #[serde(serialize_with = "as_text")]
    pub dtype: NumberType,
    /// Where the kernel ran.
    #[serde(serialize_with = "as_text")]
    pub backend: Backend,
    /// The options of the loss that are in use.
    #[serde(
        serialize_with = "options::as_map",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub options: Vec<(&'static str, Setting)>,
    /// Factor of half the squared norm of the coefficients.
    pub l2: f64,
    /// Whether there are intercepts.
    pub intercept: bool,
    /// What was asked for, as a part of the objective.
    pub tolerance: f64,
    /// How many iterations were allowed.
    pub max_iterations: usize,
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
    /// Whether the minimum was reached.
    pub converged: bool,
    /// Why the fit ended.
    #[serde(serialize_with = "as_text")]
    pub outcome: Outcome,
    /// Steps of Newton's method.
    pub iterations: usize,
    /// Products of the Hessian with a vector.
    pub products: usize,
    /// Loss and penalty, in nats.
    pub objective: f64,
    /// The weighted losses of all rows.
    pub loss: f64,
    /// What they are penalised with.
    pub penalty: f64,
    /// Norm of the gradient of the objective.
    pub gradient_norm: f64,
    /// Share of the counted rows whose label has the largest logit.
    pub accuracy: f64,
}

impl FitReport {
    /// Reports what fitting has come to.
    pub fn new(regression: &Regression, fit: &Fit) -> Self {
        let (objective, options) = (regression.objective(), regression.options());
        Self {
            features: regression.features().file_name(),
            labels: regression.labels().file_name(),
            dtype: regression.number(),
            backend: objective.backend.unwrap_or_else(Backend::detect),
            options: options::in_use(objective, Reduction::Sum),
            l2: options.l2,
            intercept: options.intercept,
            tolerance: options.tolerance,
            max_iterations: options.max_iterations,
            rows: regression.n_rows(),
            rows_counted: fit.rows_counted,
            n_features: regression.n_features(),
            classes: regression.n_classes(),
            masked_classes: fit.masked_classes.clone(),
            converged: fit.outcome == Outcome::Converged,
            outcome: fit.outcome,
            iterations: fit.iterations,
            products: fit.products,
            objective: fit.objective(),
            loss: fit.loss,
            penalty: fit.penalty,
            gradient_norm: fit.gradient_norm,
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
        let yes_or_no = |value| if value { "yes" } else { "no" };
        let mut lines = Lines::new();
        let mut line = |name: &str, value: &str, unit: &str| lines.add(name, value, unit);

        line("rows", &self.rows.to_string(), "");
        line("counted rows", &self.rows_counted.to_string(), "");
        line("features", &self.n_features.to_string(), "");
        line("classes", &self.classes.to_string(), "");
        if !self.masked_classes.is_empty() {
            line("  masked", &few(&self.masked_classes), "");
        }
        line("", "", "");
        line("l2", &format!("{:?}", self.l2), "");
        line("intercepts", yes_or_no(self.intercept), "");
        for (name, setting) in &self.options {
            line(&name.replace('_', " "), &setting.to_string(), "");
        }
        line("", "", "");
        line("converged", yes_or_no(self.converged), "");
        line("iterations", &self.iterations.to_string(), "");
        line("Hessian products", &self.products.to_string(), "");
        line("objective", &number(self.objective), "nats");
        line("  losses", &number(self.loss), "nats");
        line("  penalty", &number(self.penalty), "nats");
        // Its magnitude is of interest, its digits are rounding.
        line("gradient norm", &format!("{:.1e}", self.gradient_norm), "");
        line("accuracy at 1", &percent(self.accuracy), "%");
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
