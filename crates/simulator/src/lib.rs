//! Scriptable fake providers with every fault.
