//! Which language a caller speaks, so that a denial can be understood: a person in front of a page gets a redirect,
//! a script a status. It decides the form of an answer, never the answer.

use http::{
    HeaderMap, HeaderName, Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, UPGRADE},
};

/// Who is asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// A browser that goes to a page.
    Page {
        /// Whether the page can be come back to by its address (GET or HEAD).
        get: bool,
    },
    /// A script, an asset's tag, or a program.
    Fetch,
    /// A WebSocket handshake.
    WebSocket,
    /// A gRPC client.
    Grpc,
}

impl Caller {
    /// Tells callers apart. Browsers say it themselves in `Sec-Fetch-Mode` and `-Dest`; for others a page is what
    /// accepts HTML by name and shows no sign of a script or a program.
    pub fn of(method: &Method, headers: &HeaderMap) -> Self {
        let mode = text(headers, &HeaderName::from_static("sec-fetch-mode"));
        if mode == Some("websocket") || (mode.is_none() && upgrades_to_websocket(headers)) {
            return Self::WebSocket;
        }
        if is_grpc(headers) {
            return Self::Grpc;
        }
        let page = match mode {
            Some("navigate" | "nested-navigate") => is_page_destination(headers),
            Some(_) => false,
            None => accepts_html(headers) && !looks_like_program(headers),
        };
        if page { Self::Page { get: method == Method::GET || method == Method::HEAD } } else { Self::Fetch }
    }
}

/// `object` and `embed` navigate too, but nobody can sign in there.
fn is_page_destination(headers: &HeaderMap) -> bool {
    let destination = text(headers, &HeaderName::from_static("sec-fetch-dest"));
    matches!(destination, None | Some("document" | "iframe" | "frame" | "fencedframe" | "empty"))
}

fn accepts_html(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|range| {
        let (name, parameters) = range.split_once(';').unwrap_or((range, ""));
        let name = name.trim();
        (name.eq_ignore_ascii_case("text/html") || name.eq_ignore_ascii_case("application/xhtml+xml"))
            && !is_refused(parameters)
    })
}

/// `q=0`
fn is_refused(parameters: &str) -> bool {
    let quality = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("q="));
    quality.is_some_and(|quality| quality.trim().parse::<f32>().is_ok_and(|quality| quality <= 0.0))
}

fn looks_like_program(headers: &HeaderMap) -> bool {
    let scripted = text(headers, &HeaderName::from_static("x-requested-with"))
        .is_some_and(|by| by.eq_ignore_ascii_case("XMLHttpRequest"));
    scripted
        || headers.contains_key(AUTHORIZATION)
        || headers.contains_key("x-api-key")
        || has_type(headers, "application/json")
}

fn upgrades_to_websocket(headers: &HeaderMap) -> bool {
    text(headers, &UPGRADE)
        .is_some_and(|upgrade| upgrade.split(',').any(|name| name.trim().eq_ignore_ascii_case("websocket")))
}

/// gRPC proper; gRPC-Web speaks HTTP statuses.
fn is_grpc(headers: &HeaderMap) -> bool {
    has_type(headers, "application/grpc")
}

/// Whether the content type is this one, with parameters or a `+suffix`.
fn has_type(headers: &HeaderMap, wanted: &str) -> bool {
    let Some((name, rest)) = text(headers, &CONTENT_TYPE).and_then(|value| value.split_at_checked(wanted.len())) else {
        return false;
    };
    name.eq_ignore_ascii_case(wanted) && (rest.is_empty() || rest.starts_with([';', '+', ' ']))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
