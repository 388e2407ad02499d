//! `POST /unlink-account`: takes one way to sign in away, but never the last one.

use axum::{Json, extract::State};

use super::selection::Selection;
use crate::{
    app::{App, audit::What},
    auth::{
        error::{self, Result},
        extract::{Current, FreshSession, Input},
        fields::{Fields, Form},
        view::Status,
        visitor::Visitor,
    },
    store::{Keep, Unlinked},
};

/// The account to be taken away.
pub(super) struct Unlink(Selection);

impl Form for Unlink {
    fn read(fields: &mut Fields<'_>) -> Self {
        let provider = fields.value("providerId").and_then(|value| value.as_str().map(str::to_owned));
        Self(match provider {
            Some(provider) => Selection::Provider { provider, account: fields.optional_text("accountId") },
            None => Selection::Row(fields.text("accountId")),
        })
    }
}

pub(super) async fn answer(
    State(app): State<App>,
    Input(Unlink(selection)): Input<Unlink>,
    current: FreshSession,
    visitor: Visitor,
) -> Result<Json<Status>> {
    unlink(&app, &current, &selection, &visitor).await?;
    Ok(Json(Status::DONE))
}

/// Takes one of the accounts of whoever is signed in away. Whether the session is fresh is for the caller to look at.
pub(crate) async fn unlink(app: &App, current: &Current, selection: &Selection, visitor: &Visitor) -> Result<()> {
    let user = &current.session.user_id;
    let accounts = app.store.accounts_of(user).await?;
    let keep = if app.config.account_linking.allow_unlinking_all { Keep::Nothing } else { Keep::LastOne };
    if accounts.len() == 1 && keep == Keep::LastOne {
        return Err(error::FAILED_TO_UNLINK_LAST_ACCOUNT.into());
    }
    let account = selection.find(&accounts).ok_or(error::ACCOUNT_NOT_FOUND)?;
    match app.store.unlink_account(user, &account.id, keep).await? {
        Unlinked::Done => {
            let act = visitor.act_in(&current.session, What::AccountUnlink);
            app.note(act.with("provider", account.provider_id.as_str())).await;
            Ok(())
        }
        Unlinked::Last => Err(error::FAILED_TO_UNLINK_LAST_ACCOUNT.into()),
        Unlinked::Unknown => Err(error::ACCOUNT_NOT_FOUND.into()),
    }
}
