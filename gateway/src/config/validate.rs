//! What deserialises but can not be served.
