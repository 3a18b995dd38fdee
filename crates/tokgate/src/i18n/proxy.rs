//! Messages of the `proxy` area.

crate::messages! {}
