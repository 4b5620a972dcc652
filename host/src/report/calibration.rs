//! A calibration as people and programs read it.

use std::io::{self, Write};

use comfy_table::CellAlignment;
use serde::Serialize;
use surprisal::Reduction;

use super::{
    Descent, Origin, as_text,
    text::{Lines, number, or_dash, percent, print, table},
    write_json,
};
use crate::{
    batch::Batch,
    calibration::{Calibrated, Calibration, CalibrationOptions, Ending, Method, Quality},
    number::Logit,
};

/// A calibration with where it comes from, ready to be printed.
#[derive(Clone, Debug, Serialize)]
pub struct CalibrationReport {
    /// File of the logits, `None` for logits from memory.
    pub logits: Option<String>,
    /// Labels, type and options.
    #[serde(flatten)]
    pub origin: Origin,
    /// What maps logits to calibrated ones.
    #[serde(serialize_with = "as_text")]
    pub method: Method,
    /// Factor of half the squared distance from logits as they are; of no meaning to a temperature.
    pub l2: f64,
    /// Part of the rows that was to be held out.
    pub holdout: f64,
    /// What chose them.
    pub seed: u64,
    /// Classes.
    pub classes: usize,
    /// Rows that were fitted.
    pub rows_fitted: usize,
    /// Rows that were held out. With none, `before` and `after` are about those that were fitted.
    pub rows_held_out: usize,
    /// Why the fit ended.
    #[serde(serialize_with = "as_text")]
    pub outcome: Ending,
    /// How it was found.
    #[serde(flatten)]
    pub descent: Descent,
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
        Self {
            logits: batch.logits().name().file_name(),
            origin: Origin::new(batch.labels(), Z::TYPE, batch.objective(), Reduction::Sum),
            method: options.method,
            l2: options.l2,
            holdout: options.holdout,
            seed: options.seed,
            classes: batch.n_classes(),
            rows_fitted: calibrated.rows_fitted,
            rows_held_out: calibrated.rows_held_out,
            outcome: calibrated.ending,
            descent: Descent {
                tolerance: options.tolerance,
                max_iterations: options.max_iterations,
                converged: calibrated.ending == Ending::Converged,
                iterations: calibrated.iterations,
                products: calibrated.products,
                objective: calibrated.loss + calibrated.penalty,
                loss: calibrated.loss,
                penalty: calibrated.penalty,
                gradient_norm: calibrated.gradient_norm,
            },
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
        self.origin.add_options(&mut lines);
        self.descent.add_to(&mut lines);
        if let Some(Calibration::Temperature { temperature, .. }) = &self.calibration {
            lines.add("temperature", &number(*temperature), "");
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
