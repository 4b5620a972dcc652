//! Plain text: aligned columns, and numbers that show what they hold.

use comfy_table::{CellAlignment, ContentLineStyle, LineStyle, Table, TableStyle};

/// Nothing but a line under a header; the columns' paddings keep them apart.
const STYLE: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none())
    .header_separator(LineStyle::none().fill('─'))
    .content_lines(ContentLineStyle::none());

/// A column's alignment and the spaces after it.
pub(super) type Column = (CellAlignment, u16);

/// Lines of a name on the left, a value to the right and its unit after it.
pub(super) struct Lines(Table);

impl Lines {
    pub(super) fn new() -> Self {
        Self(table())
    }

    pub(super) fn add(&mut self, name: &str, value: &str, unit: &str) {
        // A unit belongs to a number.
        let unit = if value.ends_with(|c: char| c.is_ascii_digit()) {
            unit
        } else {
            ""
        };
        self.0.add_row([name, value, unit]);
    }

    pub(super) fn print(self) -> String {
        let columns = [
            (CellAlignment::Left, 4),
            (CellAlignment::Right, 1),
            (CellAlignment::Left, 0),
        ];
        print(self.0, &columns)
    }
}

pub(super) fn table() -> Table {
    let mut table = Table::new();
    table.load_style(STYLE);
    table
}

/// The text of a table that has its rows, and so its columns.
pub(super) fn print(mut table: Table, columns: &[Column]) -> String {
    for (column, &(alignment, spaces)) in table.column_iter_mut().zip(columns) {
        column.set_padding((0, spaces));
        column.set_cell_alignment(alignment);
    }
    table.trim_fmt()
}

pub(crate) fn or_dash(value: Option<f64>, format: impl Fn(f64) -> String) -> String {
    value.map_or("-".to_owned(), format)
}

/// Six decimals, or six digits after the first where those would show too little or too much.
pub(crate) fn number(value: f64) -> String {
    let magnitude = value.abs();
    if value.is_nan() {
        "not a number".to_owned()
    } else if value.is_infinite() {
        "infinite".to_owned()
    } else if magnitude != 0.0 && !(1e-3..1e9).contains(&magnitude) {
        format!("{value:.6e}")
    } else {
        format!("{value:.6}")
    }
}

/// Two decimals, of which none claims a certainty that is not there.
pub(crate) fn percent(share: f64) -> String {
    match format!("{:.2}", 100.0 * share).as_str() {
        "NaN" => number(share),
        "100.00" if share < 1.0 => ">99.99".to_owned(),
        "0.00" if share > 0.0 => "<0.01".to_owned(),
        percent => percent.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_show_what_they_hold() {
        for (value, text) in [
            (0.0, "0.000000"),
            (0.15512193, "0.155122"),
            (672.2357231436505, "672.235723"),
            (4.248354255291589e-18, "4.248354e-18"),
            (1.5e12, "1.500000e12"),
            (f64::NAN, "not a number"),
            (f64::INFINITY, "infinite"),
        ] {
            assert_eq!(number(value), text);
        }
        for (share, text) in [
            (1.0, "100.00"),
            (0.99999, ">99.99"),
            (0.969393, "96.94"),
            (1e-9, "<0.01"),
            (0.0, "0.00"),
        ] {
            assert_eq!(percent(share), text);
        }
    }
}
