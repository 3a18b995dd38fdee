//! What paths mean.
