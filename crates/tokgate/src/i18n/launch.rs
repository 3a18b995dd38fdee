//! Messages of the `launch` area.

crate::messages! {}
