//! Names of clients and their conversations.
