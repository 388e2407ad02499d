//! The same cases on SQLite and on a real PostgreSQL.
