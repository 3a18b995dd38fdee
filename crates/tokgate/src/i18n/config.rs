//! Messages of the `config` area.

crate::messages! {}
