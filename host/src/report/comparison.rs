//! A comparison as people and programs read it.

use std::io::{self, Write};

use comfy_table::CellAlignment;
use serde::Serialize;
use surprisal::Reduction;

use super::{
    options::{self, Setting},
    text::{Lines, number, or_dash, percent, print, table},
    write_json,
};
use crate::{
    array::ArrayName,
    comparison::{CompareOptions, Comparison, Scores},
    objective::Objective,
};

/// A comparison with where it comes from, ready to be printed.
#[derive(Clone, Debug, Serialize)]
pub struct ComparisonReport {
    /// File of the logits of A, `None` for logits from memory.
    pub a: Option<String>,
    /// File of the logits of B.
    pub b: Option<String>,
    /// File of the labels, `None` for labels from memory and where there are none.
    pub labels: Option<String>,
    /// The options of the loss that are in use.
    #[serde(
        serialize_with = "options::as_map",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub options: Vec<(&'static str, Setting)>,
    /// How often rows were drawn for the interval.
    pub resamples: usize,
    /// What was drawn.
    pub seed: u64,
    /// The share of the interval.
    pub level: f64,
    /// Everything else.
    #[serde(flatten)]
    pub comparison: Comparison,
}

impl ComparisonReport {
    /// Reports a comparison of two models on the same labels under the same loss.
    pub fn new(
        [a, b]: [&Scores; 2],
        labels: Option<&ArrayName>,
        objective: &Objective,
        options: &CompareOptions,
        comparison: Comparison,
    ) -> Self {
        Self {
            a: a.logits().file_name(),
            b: b.logits().file_name(),
            labels: labels.and_then(ArrayName::file_name),
            options: options::in_use(objective, Reduction::Sum),
            resamples: options.resamples,
            seed: options.seed,
            level: options.level,
            comparison,
        }
    }

    /// Writes one JSON object over several lines. Numbers have all their digits; what is not there or
    /// not finite is `null`.
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
        writeln!(to, "{}\n\n{}", self.models(), self.difference())?;
        if !self.comparison.most_different.is_empty() {
            writeln!(to, "\n{}", self.rows())?;
        }
        Ok(())
    }

    fn models(&self) -> String {
        let of = &self.comparison;
        let mut table = table();
        table.set_header(["", "A", "B"]);
        let mut row = |name: &str, cells: [String; 2]| {
            let [a, b] = cells;
            table.add_row([name.to_owned(), a, b]);
        };
        row(
            "mean loss (nats)",
            [of.loss_mean_a, of.loss_mean_b].map(|loss| or_dash(loss, number)),
        );
        row(
            "rows with less loss",
            [of.rows_a_less, of.rows_b_less].map(|rows| rows.to_string()),
        );
        if of.accuracy_a.is_some() {
            row(
                "accuracy at 1 (%)",
                [of.accuracy_a, of.accuracy_b].map(|share| or_dash(share, percent)),
            );
            row(
                "rows right alone",
                [of.rows_a_alone_right, of.rows_b_alone_right].map(|rows| rows.to_string()),
            );
        }
        let right = (CellAlignment::Right, 3);
        print(
            table,
            &[(CellAlignment::Left, 4), right, (CellAlignment::Right, 0)],
        )
    }

    fn difference(&self) -> String {
        let of = &self.comparison;
        let mut lines = Lines::new();
        let mut line = |name: &str, value: &str, unit: &str| lines.add(name, value, unit);
        line("rows", &of.rows.to_string(), "");
        if of.rows_non_finite > 0 {
            line("non-finite rows", &of.rows_non_finite.to_string(), "");
        }
        for (name, setting) in &self.options {
            line(&name.replace('_', " "), &setting.to_string(), "");
        }
        line(
            "loss of B less that of A",
            &or_dash(of.difference, number),
            "nats",
        );
        line(
            "  standard error",
            &or_dash(of.standard_error, number),
            "nats",
        );
        let ends = of.interval.map(|ends| ends.map(number));
        let [from, to] = ends.unwrap_or_else(|| ["-", "-"].map(str::to_owned));
        let level = percent(self.level);
        let level = level.trim_end_matches('0').trim_end_matches('.');
        line(&format!("  {level} % interval from"), &from, "nats");
        line("  to", &to, "nats");
        lines.print()
    }

    fn rows(&self) -> String {
        let rows = &self.comparison.most_different;
        let mut table = table();
        // All rows have a label or none has.
        let is_labelled = rows.iter().all(|row| row.label.is_some());
        table.set_header(
            ["row"]
                .into_iter()
                .chain(is_labelled.then_some("label"))
                .chain(["difference", "loss of A", "loss of B", "A says", "B says"]),
        );
        for row in rows {
            let label = row.label.map(|label| label.to_string());
            let rest = [
                number(row.difference),
                number(row.loss_a),
                number(row.loss_b),
                row.predicted_a.to_string(),
                row.predicted_b.to_string(),
            ];
            table.add_row([row.row.to_string()].into_iter().chain(label).chain(rest));
        }
        let columns = [(CellAlignment::Right, 3); 7];
        let columns = &columns[usize::from(!is_labelled)..];
        format!("Where they differ most\n\n{}", print(table, columns))
    }
}
