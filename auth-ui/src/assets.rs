//! Embedded files under names that carry a hash of their content, so that they can be cached for good.
//!
//! Only the files of `assets/` exist; a name is looked up in a fixed table and never reaches a file system.

use std::borrow::Cow;
use std::sync::LazyLock;

use rust_embed::{EmbeddedFile, RustEmbed};

/// An embedded file, ready to be sent.
#[derive(Clone, Debug)]
pub struct Asset {
    /// The content.
    pub bytes: Cow<'static, [u8]>,
    /// The value for `Content-Type`.
    pub content_type: &'static str,
}

/// The embedded file behind a hashed name such as `app.3f9c0a1b2c3d4e5f.css`.
///
/// Pages refer to it as `{ui_path}/assets/{name}`. A name never changes its content, so the answer may be kept for a
/// year. Names without the right hash are unknown.
pub fn asset(name: &str) -> Option<Asset> {
    FILES.iter().find(|file| file.hashed == name).map(|file| file.asset.clone())
}

/// The hashed name of a file in `assets/`, or the plain one when there is no such file.
pub(crate) fn hashed_name(plain: &str) -> &str {
    FILES.iter().find(|file| file.plain == plain).map_or(plain, |file| &file.hashed)
}

/// The hashed names of all embedded files.
#[cfg(test)]
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|file| file.hashed.as_str())
}

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Folder;

struct File {
    plain: String,
    hashed: String,
    asset: Asset,
}

static FILES: LazyLock<Vec<File>> =
    LazyLock::new(|| Folder::iter().filter_map(|name| Some(File::new(&name, Folder::get(&name)?))).collect());

impl File {
    fn new(plain: &str, embedded: EmbeddedFile) -> Self {
        let (stem, extension) = plain.rsplit_once('.').unwrap_or((plain, ""));
        let mark: String = embedded.metadata.sha256_hash().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self {
            plain: plain.to_owned(),
            hashed: format!("{stem}.{mark}.{extension}"),
            asset: Asset { bytes: embedded.data, content_type: content_type(extension) },
        }
    }
}

fn content_type(extension: &str) -> &'static str {
    match extension {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
