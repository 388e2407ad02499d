//! What all pages share: the application's name, where things are, and which links are safe to write.

use crate::assets;

/// Wording and places shared by all pages.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// The name people see, in the header and in titles.
    pub app_name: &'a str,
    /// Where the pages are, such as `/auth`.
    pub ui_path: &'a str,
    /// Where the JSON routes are, such as `/api/auth`.
    pub base_path: &'a str,
}

impl Site<'_> {
    /// The address of an embedded file, by its name in `assets/`.
    pub(crate) fn asset(&self, file: &str) -> String {
        format!("{}/assets/{}", self.ui_path, assets::hashed_name(file))
    }

    /// Where "continue" leads: the return target, or the account page when there is none.
    ///
    /// The caller has checked the target. A scheme that runs code is refused here once more, because here it would be
    /// written into a link.
    pub(crate) fn continue_to(&self, return_to: &str) -> String {
        let local = return_to.starts_with('/') && !return_to.starts_with("//") && !return_to.starts_with("/\\");
        let absolute = return_to.starts_with("https://") || return_to.starts_with("http://");
        if local || absolute { return_to.to_owned() } else { format!("{}/account", self.ui_path) }
    }
}
