//! The auth API and the pages.

use axum::Router;

use crate::app::App;

/// Everything below `auth.base_path` and `auth.ui_path`.
pub fn router(app: App) -> Router {
    Router::new().with_state(app)
}
