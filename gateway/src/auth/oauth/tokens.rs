//! `POST /get-access-token`, `POST /refresh-token`, `GET /account-info`: what a provider gave with an account.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, SecondsFormat, Utc};
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    Providers, exchange, grant,
    provider::{Asking, Provider, Tokens},
    renewal::{self, Unrenewed},
};
use crate::{
    app::App,
    auth::{
        account::selection::Selection,
        error::{self, Error, Result},
        extract::{Input, Query, StoredSession},
        fields::{Fields, Form},
    },
    config::Secret,
    store::Account,
};

/// The provider's access token, renewed if it is about to end.
pub(super) async fn access_token(
    State(app): State<App>,
    Input(selection): Input<Selection>,
    current: Result<StoredSession>,
    providers: Providers,
) -> Result<Response> {
    let accounts = accounts(&app, current).await?;
    let (account, provider) = supported(&providers, &accounts, &selection)?;
    let valid = valid(&app, (&providers, provider), account).await?;
    let mut answer = Map::new();
    answer.insert("accessToken".into(), valid.access.as_ref().map_or("", Secret::expose).into());
    if let Some(ends) = valid.ends {
        answer.insert("accessTokenExpiresAt".into(), date(ends));
    }
    answer.insert("scopes".into(), valid.scopes.into());
    if let Some(token) = &valid.id {
        answer.insert("idToken".into(), token.expose().into());
    }
    Ok(Json(answer).into_response())
}

/// A new access token.
pub(super) async fn refresh(
    State(app): State<App>,
    Input(selection): Input<Selection>,
    current: Result<StoredSession>,
    providers: Providers,
) -> Result<Response> {
    let accounts = accounts(&app, current).await?;
    let (account, provider) = supported(&providers, &accounts, &selection)?;
    if account.refresh_token.is_none() {
        return Err(error::REFRESH_TOKEN_NOT_FOUND.into());
    }
    let account = renewal::renew(&app, (&providers, provider), account).await.map_err(|why| match why {
        Unrenewed::Store(error) => error.into(),
        Unrenewed::Provider => Error::from(error::FAILED_TO_REFRESH_ACCESS_TOKEN),
    })?;
    let open = |token| grant::opened(&app, token).map_err(|_| error::FAILED_TO_REFRESH_ACCESS_TOKEN);
    let (access, refresh) = (open(account.access_token.as_ref())?, open(account.refresh_token.as_ref())?);
    let text = |token: &Option<Secret>| token.as_ref().map(|token| token.expose().to_owned());
    let answer = json!({
        "accessToken": text(&access),
        "refreshToken": text(&refresh),
        "accessTokenExpiresAt": account.access_token_expires_at.map(date),
        "refreshTokenExpiresAt": account.refresh_token_expires_at.map(date),
        "scope": account.scope,
        "idToken": text(&account.id_token),
        "providerId": account.provider_id,
        "accountId": account.id,
    });
    Ok(Json(answer).into_response())
}

/// The user as the provider knows them. Clients of 1.4 to 1.6 name the account by the provider's id of the user.
pub(super) async fn info(
    State(app): State<App>,
    Query(selection): Query<Selection>,
    current: Result<StoredSession>,
    providers: Providers,
) -> Result<Response> {
    let accounts = accounts(&app, current).await?;
    let either = match selection {
        Selection::Row(id) => Selection::AnyId(id),
        other => other,
    };
    tell(&app, &providers, &accounts, &either).await
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
    providers: Providers,
) -> Result<Response> {
    let accounts = accounts(&app, current).await?;
    tell(&app, &providers, &accounts, &selection).await
}

async fn tell(app: &App, providers: &Providers, accounts: &[Account], selection: &Selection) -> Result<Response> {
    let account = selection.find(accounts).ok_or(error::ACCOUNT_NOT_FOUND)?;
    let provider = providers.get(&account.provider_id).ok_or(error::PROVIDER_NOT_CONFIGURED)?;
    let valid = valid(app, (providers, provider), account).await?;
    if valid.access.is_none() {
        return Err(error::ACCESS_TOKEN_NOT_FOUND.into());
    }
    let now = app.clock.now();
    let nothing = || Error::from(error::FAILED_TO_GET_USER_INFO.with(StatusCode::UNAUTHORIZED));
    let endpoints = provider.discovery.endpoints(providers.outbound(), now).await.ok_or_else(nothing)?;
    let tokens = Tokens { access: valid.access, id: valid.id, ..Tokens::default() };
    let outbound = providers.outbound();
    let asking = Asking { outbound, provider, endpoints: &endpoints, tokens: &tokens, user: None, nonce: None, now };
    let (person, data) = exchange::identify(asking).await.ok_or_else(nothing)?;
    let mut user = Map::new();
    for (name, value) in [("name", person.name), ("email", person.email), ("image", person.image)] {
        user.extend(value.map(|value| (name.to_owned(), Value::from(value))));
    }
    user.insert("emailVerified".into(), person.email_verified.into());
    let account = json!({ "id": account.id, "providerId": account.provider_id, "accountId": account.account_id });
    Ok(Json(json!({ "user": user, "data": data, "account": account })).into_response())
}

/// What can be done with an account at its provider just now.
struct Valid {
    access: Option<Secret>,
    ends: Option<DateTime<Utc>>,
    id: Option<Secret>,
    scopes: Vec<String>,
}

/// The tokens of an account, renewed if the access token is about to end.
async fn valid(app: &App, (providers, provider): (&Providers, &Provider), account: &Account) -> Result<Valid> {
    let failed = || Error::from(error::FAILED_TO_GET_ACCESS_TOKEN);
    let renewed = match renewal::is_due(app, account) {
        false => None,
        true => Some(renewal::renew(app, (providers, provider), account).await.map_err(|why| match why {
            Unrenewed::Store(error) => error.into(),
            Unrenewed::Provider => failed(),
        })?),
    };
    let account = renewed.as_ref().unwrap_or(account);
    let scopes = account.scope.as_deref().unwrap_or_default().split(',').map(str::trim);
    Ok(Valid {
        access: grant::opened(app, account.access_token.as_ref()).map_err(|_| failed())?,
        ends: account.access_token_expires_at,
        id: account.id_token.clone(),
        scopes: scopes.filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
    })
}

/// The user's accounts. A missing session is told without words here.
async fn accounts(app: &App, current: Result<StoredSession>) -> Result<Vec<Account>> {
    let current = current.map_err(|error| match error {
        Error::Refused(error::UNAUTHORIZED) => Error::Bare(StatusCode::UNAUTHORIZED),
        other => other,
    })?;
    Ok(app.store.accounts_of(&current.session.user_id).await?)
}

/// The account that is meant, and its provider.
fn supported<'a, 'p>(
    providers: &'p Providers,
    accounts: &'a [Account],
    selection: &Selection,
) -> Result<(&'a Account, &'p Provider)> {
    // Older servers looked for the provider first.
    if let Selection::Provider { provider, .. } = selection {
        providers.get(provider).ok_or_else(|| Error::provider_not_supported(provider))?;
    }
    let account = selection.find(accounts).ok_or(error::ACCOUNT_NOT_FOUND)?;
    let provider = providers.get(&account.provider_id);
    Ok((account, provider.ok_or_else(|| Error::provider_not_supported(&account.provider_id))?))
}

fn date(date: DateTime<Utc>) -> Value {
    date.to_rfc3339_opts(SecondsFormat::Millis, true).into()
}
