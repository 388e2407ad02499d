//! Plain tables: columns aligned, those without content left out, no line longer than it must be.

use std::fmt;

use super::output::harmless;

/// Rows below a line of headings.
pub(super) struct Table {
    heads: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table.
    pub(super) fn new(heads: &[&'static str]) -> Self {
        Self { heads: heads.to_vec(), rows: Vec::new() }
    }

    /// Adds a row, one cell per heading.
    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.heads.len(), "a cell per heading");
        self.rows.push(cells.map(|cell| harmless(&cell)).into());
    }

    /// Each column's widest cell; 0 for columns to be left out.
    fn widths(&self) -> Vec<usize> {
        let width = |(column, head): (usize, &&str)| {
            let widest = self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
            if widest == 0 { 0 } else { widest.max(head.chars().count()) }
        };
        self.heads.iter().enumerate().map(width).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        let heads = self.heads.iter().map(|head| (*head).to_owned()).collect();
        for row in std::iter::once(&heads).chain(&self.rows) {
            let cells = row.iter().zip(&widths).filter(|(_, width)| **width > 0);
            let line: String = cells.map(|(cell, width)| format!("{cell:<width$}  ")).collect();
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
