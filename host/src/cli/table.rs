//! Columns that line up.

use anstyle::Style;

use super::text::{plain, styled, width};

/// Rows of cells: the first column is text, the others are numbers unless told.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
    left: Vec<usize>,
}

#[derive(Debug)]
enum Row {
    Cells(Style, Vec<String>),
    /// A line of its own, which takes part in no column.
    Line(Style, String),
}

/// Between two columns.
const GAP: &str = "  ";

impl Table {
    /// A table in which these columns, and the first, begin at the left.
    pub(crate) fn with_text_in(left: &[usize]) -> Self {
        Self { rows: Vec::new(), left: left.to_vec() }
    }

    /// Adds a row; cells that are not there are empty.
    pub(crate) fn row(&mut self, style: Style, cells: impl IntoIterator<Item = impl AsRef<str>>) {
        self.rows.push(Row::Cells(style, cells.into_iter().map(|cell| plain(cell.as_ref())).collect()));
    }

    /// Adds a line that takes part in no column.
    pub(crate) fn line(&mut self, style: Style, text: &str) {
        self.rows.push(Row::Line(style, plain(text)));
    }

    /// Adds an empty line.
    pub(crate) fn blank(&mut self) {
        self.line(Style::new(), "");
    }

    /// The text, with a line end after each row.
    pub(crate) fn render(&self) -> String {
        let widths = self.widths();
        let mut text = String::new();
        for row in &self.rows {
            let (style, line) = match row {
                Row::Line(style, line) => (style, line.clone()),
                Row::Cells(style, cells) => (style, self.join(cells, &widths)),
            };
            if !line.trim_end().is_empty() {
                text.push_str(&styled(*style, line.trim_end()));
            }
            text.push('\n');
        }
        text
    }

    fn join(&self, cells: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for (column, cell) in cells.iter().enumerate() {
            if column > 0 {
                line.push_str(GAP);
            }
            let padding = " ".repeat(widths[column].saturating_sub(width(cell)));
            if column == 0 || self.left.contains(&column) {
                line.extend([cell, padding.as_str()]);
            } else {
                line.extend([padding.as_str(), cell]);
            }
        }
        line
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths = Vec::new();
        for row in &self.rows {
            let Row::Cells(_, cells) = row else { continue };
            widths.resize(widths.len().max(cells.len()), 0);
            for (widest, cell) in widths.iter_mut().zip(cells) {
                *widest = (*widest).max(width(cell));
            }
        }
        widths
    }
}

#[cfg(test)]
mod tests {
    use super::Table;
    use anstyle::Style;

    #[test]
    fn columns_line_up() {
        let mut table = Table::with_text_in(&[2]);
        table.row(Style::new(), ["stage", "rows", "shape"]);
        table.row(Style::new(), ["Größe", "1,234", "any"]);
        table.line(Style::new(), "a line as long as it likes");
        table.blank();
        table.row(Style::new(), ["a\u{1b}[2J", "7"]);
        insta::assert_snapshot!(table.render(), @r"
        stage   rows  shape
        Größe  1,234  any
        a line as long as it likes

        a�[2J      7
        ");
    }
}
