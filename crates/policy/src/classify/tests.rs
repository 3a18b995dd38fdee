//! Tests of the failure table.
