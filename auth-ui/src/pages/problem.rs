//! The page for requests that cannot be served: refused, not found, too many, or the upstream failed.

use askama::Template;

use crate::Site;

/// Says what went wrong and what can be done about it.
#[derive(Debug, Template)]
#[template(path = "pages/problem.html")]
pub struct Problem<'a> {
    /// Names and places.
    pub site: Site<'a>,
    /// The HTTP status: 400, 401, 403, 404, 429, 502, 503, 504.
    pub status: u16,
    /// What went wrong, as a heading.
    pub title: &'a str,
    /// What it means, in a sentence or two.
    pub message: &'a str,
    /// One more fact, such as the role that is needed.
    pub detail: Option<&'a str>,
    /// What to quote to whoever runs the site; nothing is shown when it is empty.
    pub request_id: &'a str,
    /// Whether signing in, or in as someone else, may help.
    pub sign_in: bool,
}

impl Problem<'_> {
    /// The drawing for this status, by its name in `parts/icons.html`.
    fn icon(&self) -> &'static str {
        match self.status {
            401 | 403 => "lock",
            404 => "search",
            429 | 504 => "clock",
            502 | 503 => "plug",
            _ => "alert",
        }
    }

    /// Whether the same request may work a little later.
    fn may_pass(&self) -> bool {
        matches!(self.status, 429 | 502 | 503 | 504)
    }
}
