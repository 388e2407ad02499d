//! What follows from the configuration without looking anywhere else.

use std::{collections::BTreeSet, path::PathBuf};

use url::Url;

use super::{Config, DatabaseConfig, ListenAddress, Secure};

impl Config {
    /// The origin that browsers see: `server.public_url`, or `localhost` on the port that is listened on. A listener
    /// on port 0 knows its port only once it is bound.
    pub fn public_url(&self, bound_port: Option<u16>) -> Url {
        let configured = Url::parse(&self.server.public_url).ok();
        configured.or_else(|| Url::parse(&self.local_origin(bound_port)).ok()).unwrap_or_else(fallback)
    }

    /// Whether cookies carry `Secure` and the `__Secure-` name when browsers see `public_url`.
    pub fn cookies_are_secure(&self, public_url: &Url) -> bool {
        match self.cookie.secure {
            Secure::Auto => public_url.scheme() == "https",
            Secure::Always => true,
            Secure::Never => false,
        }
    }

    /// Every role that is named anywhere.
    pub fn role_names(&self) -> BTreeSet<&str> {
        let admin = &self.admin;
        let listed = admin.admin_roles.iter().chain(admin.roles.keys());
        let listed = listed
            .chain(self.routes.iter().flat_map(|route| route.roles.iter().chain(&route.not_roles)))
            .map(String::as_str);
        listed.chain(["admin", "user", admin.default_role.as_str()]).collect()
    }

    fn local_origin(&self, bound_port: Option<u16>) -> String {
        let scheme = if self.tls.certificates.is_empty() { "http" } else { "https" };
        let configured = self.server.listen.0.iter().find_map(|address| match address.parse() {
            Ok(ListenAddress::Tcp { port, .. }) => Some(port),
            _ => None,
        });
        match bound_port.or(configured) {
            Some(port) => format!("{scheme}://localhost:{port}"),
            None => format!("{scheme}://localhost"),
        }
    }
}

/// Never needed: the local origin always parses.
fn fallback() -> Url {
    Url::parse("http://localhost").expect("a constant URL")
}

impl DatabaseConfig {
    /// Whether the database is SQLite.
    pub fn is_sqlite(&self) -> bool {
        self.url.expose().starts_with("sqlite:")
    }

    /// Whether the database is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        let url = self.url.expose();
        url.starts_with("postgres:") || url.starts_with("postgresql:")
    }

    /// The SQLite file; none for Postgres and for a database in memory.
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        let rest = self.url.expose().strip_prefix("sqlite:")?;
        let path = rest.strip_prefix("//").unwrap_or(rest);
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let in_memory = path == ":memory:" || path.is_empty() || query.split('&').any(|pair| pair == "mode=memory");
        let decoded = percent_encoding::percent_decode_str(path).decode_utf8().ok()?;
        (!in_memory).then(|| PathBuf::from(decoded.as_ref()))
    }
}
