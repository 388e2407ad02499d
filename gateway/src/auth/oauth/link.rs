//! Adding an account at a provider to the user who is signed in.

use super::{
    arrive::{copy_on_link, new_account},
    grant,
    provider::{Person, Provider, Tokens},
    state::Link,
};
use crate::{
    app::{
        App,
        audit::{Actor, What},
    },
    auth::visitor::Visitor,
    store::{Account, Added, StoreError, UserId},
};

/// Why an account is not added.
#[derive(Debug)]
pub(super) enum Unlinked {
    /// The session in which it began is over, the address is not believed, or nothing is linked here at all.
    NotAllowed,
    /// The address is another one.
    OtherAddress,
    /// It is somebody else's.
    Taken,
    /// By a fault.
    Failed(StoreError),
}

impl From<StoreError> for Unlinked {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl Unlinked {
    /// In the contract's words for redirects.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::NotAllowed | Self::Failed(_) => "unable_to_link_account",
            Self::OtherAddress => "email_does_not_match",
            Self::Taken => "account_already_linked_to_different_user",
        }
    }
}

/// Who comes with which account.
#[derive(Clone, Copy)]
pub(super) struct Bringing<'a> {
    pub(super) provider: &'a Provider,
    pub(super) person: &'a Person,
    pub(super) tokens: &'a Tokens,
    pub(super) visitor: &'a Visitor,
}

/// Adds an account to the user who went to the provider for it.
pub(super) async fn finish(app: &App, link: &Link, bringing: Bringing<'_>) -> Result<(), Unlinked> {
    let user = UserId::from(link.user_id.as_str());
    if !is_live(app, link, &user).await? {
        return Err(Unlinked::NotAllowed);
    }
    allow(app, bringing, &link.email)?;
    let Bringing { provider, person, tokens, .. } = bringing;
    match app.store.provider_account(&provider.id, &person.subject).await? {
        Some(account) => keep(app, &account, &user, tokens).await?,
        None => add(app, &user, bringing).await?,
    }
    copy_on_link(app, &user, person).await;
    Ok(())
}

/// Whether accounts of this person may be linked to a user of this address.
pub(super) fn allow(app: &App, bringing: Bringing<'_>, email: &str) -> Result<(), Unlinked> {
    let (rules, person) = (&app.config.account_linking, bringing.person);
    let is_believed = rules.trusted_providers.contains(&bringing.provider.id) || person.email_verified;
    if !rules.enabled || !is_believed {
        return Err(Unlinked::NotAllowed);
    }
    let same = person.email.as_ref().is_some_and(|other| other.to_lowercase() == email.to_lowercase());
    if same || rules.allow_different_emails { Ok(()) } else { Err(Unlinked::OtherAddress) }
}

/// Keeps what the provider gave, with the scopes that were granted before and now.
pub(super) async fn keep(app: &App, account: &Account, user: &UserId, tokens: &Tokens) -> Result<(), Unlinked> {
    if account.user_id != *user {
        return Err(Unlinked::Taken);
    }
    let scope = grant::merged(Some(account), &tokens.scopes);
    app.store.keep_grant(&account.id, &grant::stored(app, tokens, scope)).await?;
    Ok(())
}

/// Adds the account, unless it became somebody's meanwhile.
pub(super) async fn add(app: &App, user: &UserId, bringing: Bringing<'_>) -> Result<(), Unlinked> {
    let Bringing { provider, person, tokens, visitor } = bringing;
    match app.store.add_provider_account(user, &new_account(app, provider, person, tokens)).await? {
        Added::Taken(owner) if owner != *user => return Err(Unlinked::Taken),
        Added::Taken(_) => {}
        Added::Done(()) => {
            let act = visitor.act_as(Actor::User(user.clone()), What::AccountLink).about(user);
            app.note(act.with("provider", provider.id.as_str())).await;
        }
    }
    Ok(())
}

/// Whether the session in which it began is still one of the user's. A flow of an older server doesn't tell it.
async fn is_live(app: &App, link: &Link, user: &UserId) -> Result<bool, StoreError> {
    let Some(sealed) = &link.session else { return Ok(true) };
    let Some(token) = app.unseal_link(sealed) else { return Ok(false) };
    let found = app.store.session_with_user(&token).await?;
    Ok(found.is_some_and(|(session, _)| session.user_id == *user && session.expires_at > app.clock.now()))
}
