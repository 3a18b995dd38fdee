//! Amounts of US dollars: `5`, `0.25`, `0.001`; kept in millionths, so that nothing that may be written is rounded.

use tokgate_wire::price::Rate;

/// Reads an amount in millionths of a dollar. More than six decimals, or a sign, is none.
pub(crate) fn parse(text: &str) -> Option<u64> {
    Rate::parse(text.trim()).map(|rate| rate.0)
}

/// Writes an amount so that [`parse`] reads it back, with at least the cents.
pub(crate) fn format(millionths: u64) -> String {
    let text = format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000);
    let cents = text.len() - 4;
    let (sure, rest) = text.split_at(cents);
    format!("{sure}{}", rest.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_amount_reads_back_and_none_is_rounded() {
        for (text, millionths, shown) in [
            ("5", 5_000_000, "5.00"),
            ("0.25", 250_000, "0.25"),
            ("0.001", 1_000, "0.001"),
            ("0.009", 9_000, "0.009"),
            ("0", 0, "0.00"),
            ("0.000001", 1, "0.000001"),
            ("1000000", 1_000_000_000_000, "1000000.00"),
        ] {
            assert_eq!(parse(text), Some(millionths), "{text}");
            assert_eq!(format(millionths), shown);
            assert_eq!(parse(shown), Some(millionths));
        }
    }

    #[test]
    fn what_cannot_be_kept_is_no_amount() {
        for wrong in ["", "-1", "NaN", "0.0000001", "$5", "1e3", "1000001"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
