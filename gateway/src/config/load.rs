//! Reads the file, the environment and the flags into a `Config`.
