//! A calibration as people and programs read it.

use std::io::{self, Write};

use comfy_table::CellAlignment;
use serde::Serialize;
use surprisal::{Backend, Reduction};

use super::{
    as_text,
    options::{self, Setting},
    text::{Lines, number, or_dash, percent, print, table},
    write_json,
};
use crate::{
    array::ArrayName,
    batch::Batch,
    calibration::{Calibrated, Calibration, CalibrationOptions, Ending, Method, Quality},
    number::{Logit, NumberType},
};

/// A calibration with where it comes from, ready to be printed.
#[derive(Clone, Debug, Serialize)]
pub struct CalibrationReport {
    /// File of the logits, `None` for logits from memory.
    pub logits: Option<String>,
    /// File of the labels, `None` for labels from memory.
    pub labels: Option<String>,
    /// Type of the logits, which are calibrated in `f64`.
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
    /// What maps logits to calibrated ones.
    #[serde(serialize_with = "as_text")]
    pub method: Method,
    /// Factor of half the squared distance from logits as they are; of no meaning to a temperature.
    pub l2: f64,
    /// Part of the rows that was to be held out.
    pub holdout: f64,
    /// What chose them.
    pub seed: u64,
    /// What was asked for, as a part of the objective.
    pub tolerance: f64,
    /// How many iterations were allowed.
    pub max_iterations: usize,
    /// Classes.
    pub classes: usize,
    /// Rows that were fitted.
    pub rows_fitted: usize,
    /// Rows that were held out. With none, `before` and `after` are about those that were fitted.
    pub rows_held_out: usize,
    /// Whether the minimum was reached.
    pub converged: bool,
    /// Why the fit ended.
    #[serde(serialize_with = "as_text")]
    pub outcome: Ending,
    /// Steps of Newton's method.
    pub iterations: usize,
    /// Products of the Hessian with a vector.
    pub products: usize,
    /// Loss and penalty, in nats.
    pub objective: f64,
    /// The weighted losses of the rows that were fitted.
    pub loss: f64,
    /// What they are penalised with.
    pub penalty: f64,
    /// Norm of the gradient of the objective.
    pub gradient_norm: f64,
    /// The logits as they were.
    pub before: Quality,
    /// The calibrated ones; `None` where the fit did not converge.
    pub after: Option<Quality>,
    /// The parameters; `None` where the fit did not converge.
    pub calibration: Option<Calibration>,
}

impl CalibrationReport {
    /// Reports what calibrating a batch has come to.
    pub fn new<Z: Logit>(
        batch: &Batch<Z>,
        options: &CalibrationOptions,
        calibrated: &Calibrated,
    ) -> Self {
        let objective = batch.objective();
        Self {
            logits: batch.logits().name().file_name(),
            labels: batch.labels().and_then(ArrayName::file_name),
            dtype: Z::TYPE,
            backend: objective.backend.unwrap_or_else(Backend::detect),
            options: options::in_use(objective, Reduction::Sum),
            method: options.method,
            l2: options.l2,
            holdout: options.holdout,
            seed: options.seed,
            tolerance: options.tolerance,
            max_iterations: options.max_iterations,
            classes: batch.n_classes(),
            rows_fitted: calibrated.rows_fitted,
            rows_held_out: calibrated.rows_held_out,
            converged: calibrated.ending == Ending::Converged,
            outcome: calibrated.ending,
            iterations: calibrated.iterations,
            products: calibrated.products,
            objective: calibrated.loss + calibrated.penalty,
            loss: calibrated.loss,
            penalty: calibrated.penalty,
            gradient_norm: calibrated.gradient_norm,
            before: calibrated.before.clone(),
            after: calibrated.after.clone(),
            calibration: calibrated.calibration.clone(),
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

    /// Writes aligned tables of plain text.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_table(&self, mut to: impl Write) -> io::Result<()> {
        writeln!(to, "{}\n\n{}", self.fit(), self.qualities())
    }

    fn fit(&self) -> String {
        let mut lines = Lines::new();
        let mut line = |name: &str, value: &str, unit: &str| lines.add(name, value, unit);
        line("classes", &self.classes.to_string(), "");
        line("rows fitted", &self.rows_fitted.to_string(), "");
        line("rows held out", &self.rows_held_out.to_string(), "");
        line("", "", "");
        line("method", &self.method.to_string(), "");
        if self.method != Method::Temperature {
            line("l2", &format!("{:?}", self.l2), "");
        }
        for (name, setting) in &self.options {
            line(&name.replace('_', " "), &setting.to_string(), "");
        }
        line("converged", if self.converged { "yes" } else { "no" }, "");
        line("iterations", &self.iterations.to_string(), "");
        line("objective", &number(self.objective), "nats");
        if let Some(Calibration::Temperature { temperature, .. }) = &self.calibration {
            line("temperature", &number(*temperature), "");
        }
        lines.print()
    }

    fn qualities(&self) -> String {
        let of_rows = match self.rows_held_out {
            0 => "On the rows that were fitted",
            _ => "On the rows that were held out",
        };
        let mut table = table();
        table.set_header([of_rows, "before", "after"]);
        let mut row =
            |name: &str, value: &dyn Fn(&Quality) -> Option<f64>, format: fn(f64) -> String| {
                let after = self.after.as_ref().and_then(value);
                let cells = [value(&self.before), after].map(|value| or_dash(value, format));
                let [before, after] = cells.each_ref().map(String::as_str);
                table.add_row([name, before, after]);
            };
        row("mean loss (nats)", &|of| of.loss_mean, number);
        row("accuracy at 1 (%)", &|of| of.accuracy_top1, percent);
        row(
            "expected calibration error (%)",
            &|of| of.expected_calibration_error,
            percent,
        );
        row(
            "maximum calibration error (%)",
            &|of| of.maximum_calibration_error,
            percent,
        );
        row("Brier score", &|of| of.brier_score, number);
        let columns = [
            (CellAlignment::Left, 4),
            (CellAlignment::Right, 3),
            (CellAlignment::Right, 0),
        ];
        print(table, &columns)
    }
}
