//! The embedded web pages. Until they exist, one page says what the gateway is and how to use it.
