//! Messages of the `cli` area.

crate::messages! {}
