//! Messages of the `process` area.

crate::messages! {}
