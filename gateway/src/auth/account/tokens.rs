//! `POST /get-access-token`, `POST /refresh-token`, `GET /account-info`: what a provider gave with an account.
//!
//! No provider is configured in this version, so the account is found and then refused, as the contract has it.

use axum::extract::State;
use http::StatusCode;

use super::selection::Selection;
use crate::{
    app::App,
    auth::{
        error::{self, Error, Result},
        extract::{Input, Query, StoredSession},
        fields::{Fields, Form},
    },
    store::Account,
};

/// The provider's access token.
pub(super) async fn access_token(
    State(app): State<App>,
    Input(selection): Input<Selection>,
    current: Result<StoredSession>,
) -> Result<StatusCode> {
    let accounts = accounts(&app, current).await?;
    Err(not_supported(&accounts, &selection))
}

/// A new access token.
pub(super) async fn refresh(
    State(app): State<App>,
    Input(selection): Input<Selection>,
    current: Result<StoredSession>,
) -> Result<StatusCode> {
    let accounts = accounts(&app, current).await?;
    Err(not_supported(&accounts, &selection))
}

/// The user as the provider knows them. Clients of 1.4 to 1.6 name the account by the provider's id of the user.
pub(super) async fn info(
    State(app): State<App>,
    Query(selection): Query<Selection>,
    current: Result<StoredSession>,
) -> Result<StatusCode> {
    let accounts = accounts(&app, current).await?;
    let either = match selection {
        Selection::Row(id) => Selection::AnyId(id),
        other => other,
    };
    Err(not_configured(&accounts, &either))
}

/// The body of older clients: the provider's id of the user.
pub(super) struct ByAccountId(Selection);

impl Form for ByAccountId {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self(Selection::AnyId(fields.text("accountId")))
    }
}

/// The same as clients of 1.3 ask for it.
pub(super) async fn info_by_post(
    State(app): State<App>,
    Input(ByAccountId(selection)): Input<ByAccountId>,
    current: Result<StoredSession>,
) -> Result<StatusCode> {
    let accounts = accounts(&app, current).await?;
    Err(not_configured(&accounts, &selection))
}

/// The user's accounts. A missing session is told without words here.
async fn accounts(app: &App, current: Result<StoredSession>) -> Result<Vec<Account>> {
    let current = current.map_err(|error| match error {
        Error::Refused(error::UNAUTHORIZED) => Error::Bare(StatusCode::UNAUTHORIZED),
        other => other,
    })?;
    Ok(app.store.accounts_of(&current.session.user_id).await?)
}

fn not_supported(accounts: &[Account], selection: &Selection) -> Error {
    match selection {
        // Older servers looked for the provider first.
        Selection::Provider { provider, .. } => Error::provider_not_supported(provider),
        other => other
            .find(accounts)
            .map_or(error::ACCOUNT_NOT_FOUND.into(), |account| Error::provider_not_supported(&account.provider_id)),
    }
}

fn not_configured(accounts: &[Account], selection: &Selection) -> Error {
    if selection.find(accounts).is_some() { error::PROVIDER_NOT_CONFIGURED } else { error::ACCOUNT_NOT_FOUND }.into()
}
