//! stub
use super::model::SecretRef;
use crate::secret::Secret;
#[derive(Debug)]
pub enum SecretError {
    Failed,
}
impl std::fmt::Display for SecretError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("x")
    }
}
pub fn resolve(_: &SecretRef) -> Result<Secret, SecretError> {
    Err(SecretError::Failed)
}
