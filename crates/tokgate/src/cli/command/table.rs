//! Rows of words under their headings: aligned for people, tab-separated for programs.

use unicode_width::UnicodeWidthStr;

use crate::cli::output::{Out, Shape, pad};

/// Cells between two columns.
const GAP: usize = 2;

/// The rows as this call prints them. Programs get no headings. Cells are clean already.
pub(super) fn page(out: &Out, headings: &[&str], rows: &[Vec<String>]) -> String {
    if out.shape != Shape::Human {
        return rows.iter().map(|row| format!("{}\n", row.join("\t"))).collect();
    }
    let widths: Vec<usize> = (0..headings.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width());
            cells.chain(headings.get(column).map(|heading| heading.width())).max().unwrap_or(0) + GAP
        })
        .collect();
    let line = |cells: &[&str]| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| pad(cell, *width)).collect::<String>();
        format!("  {}", padded.trim_end())
    };
    let mut page = format!("{}\n", out.paint.dim(line(headings)));
    for row in rows {
        page += &line(&row.iter().map(String::as_str).collect::<Vec<_>>());
        page.push('\n');
    }
    page
}
