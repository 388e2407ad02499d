//! Somebody whom a provider knows arrives: is that a user of ours, may the account become one's, may a user be made?
//!
//! An account that is linked decides by provider and subject alone. The address only counts for one that isn't, and only
//! if the provider has proof of it or is trusted, and the user has proved it too: otherwise whoever signed up with
//! somebody's address, here or there, could take the other's account.

use super::{
    grant,
    provider::{Person, Provider, Tokens},
};
use crate::{
    app::{
        App,
        audit::{Actor, What},
    },
    auth::{
        email,
        error::{self, Error},
        issue::{self, Remember, Via, Wish},
        jar::Jar,
        last_method,
        newcomer::newcomer,
        verification,
        visitor::Visitor,
        welcome,
    },
    crypto::token,
    store::{Account, Added, NewProviderAccount, NewUser, Session, StoreError, User, UserChange, UserId},
};

/// How often it is looked anew when somebody else was faster.
const TRIES: usize = 3;
/// Most characters of a name that are taken from a provider.
const MOST_NAME: usize = 256;
/// Most bytes of a picture or its address.
const MOST_PICTURE: usize = 32 << 10;

/// Who arrives, and with what.
pub(super) struct Arrival<'a> {
    pub(super) provider: &'a Provider,
    pub(super) person: &'a Person,
    pub(super) tokens: &'a Tokens,
    pub(super) request_sign_up: bool,
    /// Whether the provider's word replaces what is stored, if the settings want that.
    pub(super) may_override: bool,
    pub(super) callback_url: Option<&'a str>,
    pub(super) visitor: &'a Visitor,
    pub(super) jar: &'a Jar,
}

/// Who was let in.
pub(super) struct Arrived {
    pub(super) user: User,
    pub(super) session: Session,
    /// Whether the user was made now.
    pub(super) is_new: bool,
}

/// Why somebody was not let in.
#[derive(Debug)]
pub(super) enum Turned {
    /// For this reason, in the contract's words.
    Away(&'static str),
    /// For another one, or by a fault.
    Failed(Error),
}

impl From<StoreError> for Turned {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

type Result<T> = std::result::Result<T, Turned>;

/// Lets somebody in, or says why not.
pub(super) async fn arrive(app: &App, arrival: &Arrival<'_>) -> Result<Arrived> {
    let (mut user, is_new) = settle(app, arrival).await?;
    if !is_new {
        user = refresh(app, arrival, user).await?;
    }
    require_proof(app, arrival, &user, is_new).await?;
    let via = Via::Provider(&arrival.provider.id);
    let wish = Wish { jar: arrival.jar, visitor: arrival.visitor.clone(), remember: Remember::Yes, via };
    let session = issue::sign_in(app, &user, wish).await.map_err(Turned::Failed)?;
    Ok(Arrived { user, session, is_new })
}

/// The user whose account it is, made or joined if need be, and whether it was made.
async fn settle(app: &App, arrival: &Arrival<'_>) -> Result<(User, bool)> {
    let email = address(arrival.person);
    for _ in 0..TRIES {
        if let Some((account, user)) = owner(app, arrival).await? {
            renew(app, arrival, &account).await?;
            return Ok((prove(app, arrival, user).await?, false));
        }
        if let Some(user) = app.store.user_by_email(&email).await? {
            may_join(app, arrival, &user)?;
            match app.store.add_provider_account(&user.id, &account(app, arrival)).await? {
                Added::Done(()) => {
                    noted(app, arrival, What::AccountLink, &user.id).await;
                    let user = prove(app, arrival, user).await?;
                    return Ok((copy_on_link(app, &user.id, arrival.person).await.unwrap_or(user), false));
                }
                Added::Taken(_) => continue,
            }
        }
        let config = &arrival.provider.config;
        if config.disable_sign_up || config.disable_implicit_sign_up && !arrival.request_sign_up {
            return Err(Turned::Away("signup disabled"));
        }
        let new = new_user(app, arrival, email.clone());
        match app.store.create_user_of_provider(&new, &account(app, arrival)).await {
            Ok(Added::Done(user)) => {
                noted(app, arrival, What::SignUp, &user.id).await;
                welcome::greet(app, &new, arrival.visitor.language).await;
                return Ok((user, true));
            }
            Ok(Added::Taken(_)) => {}
            Err(taken) if taken.is_taken_email() => {}
            Err(error @ StoreError::Unreachable(_)) => return Err(error.into()),
            Err(error) => {
                tracing::error!(%error, "a user of a provider could not be made");
                return Err(Turned::Away("unable to create user"));
            }
        }
    }
    Err(Turned::Away("unable to create user"))
}

async fn owner(app: &App, arrival: &Arrival<'_>) -> Result<Option<(Account, User)>> {
    let (provider, subject) = (&arrival.provider.id, &arrival.person.subject);
    let Some(account) = app.store.provider_account(provider, subject).await? else { return Ok(None) };
    match app.store.user_by_id(&account.user_id).await? {
        Some(user) => Ok(Some((account, user))),
        None => Err(Turned::Away("unable to link account")),
    }
}

/// Whether an account of this person may become the user's, who has the same address.
fn may_join(app: &App, arrival: &Arrival<'_>, user: &User) -> Result<()> {
    let rules = &app.config.account_linking;
    let is_trusted = rules.trusted_providers.contains(&arrival.provider.id) || arrival.person.email_verified;
    let is_proved = user.email_verified || !rules.require_local_email_verified;
    let may = rules.enabled && !rules.disable_implicit_linking && is_trusted && is_proved;
    if may { Ok(()) } else { Err(Turned::Away("account not linked")) }
}

/// Keeps the new tokens of an account that is linked. Its scopes stay: a sign-in may ask for fewer.
async fn renew(app: &App, arrival: &Arrival<'_>, account: &Account) -> Result<()> {
    if !app.config.account_linking.update_account_on_sign_in {
        return Ok(());
    }
    let kept = app.store.keep_grant(&account.id, &grant::stored(app, arrival.tokens, None)).await?;
    kept.map(drop).ok_or(Turned::Away("unable to update account"))
}

/// The provider has proof of the address that the user has: then it is proved here too.
async fn prove(app: &App, arrival: &Arrival<'_>, user: User) -> Result<User> {
    let proved = arrival.person.email_verified && !user.email_verified && address(arrival.person) == user.email;
    if !proved {
        return Ok(user);
    }
    let change = UserChange { email_verified: Some(true), ..UserChange::default() };
    Ok(app.store.update_user(&user.id, &change).await?.unwrap_or(user))
}

/// What the provider says replaces what is stored, if the settings want that. A taken address changes nothing.
async fn refresh(app: &App, arrival: &Arrival<'_>, user: User) -> Result<User> {
    if !arrival.may_override || !arrival.provider.config.override_user_info_on_sign_in {
        return Ok(user);
    }
    let (person, email) = (arrival.person, address(arrival.person));
    let verified =
        if email == user.email { user.email_verified || person.email_verified } else { person.email_verified };
    let change = UserChange {
        name: Some(short(person.name.as_deref())),
        image: picture(person).map(Some),
        email: Some(email),
        email_verified: Some(verified),
        ..UserChange::default()
    };
    match app.store.update_user(&user.id, &change).await {
        Ok(changed) => Ok(changed.unwrap_or(user)),
        Err(taken) if taken.is_taken_email() => {
            tracing::warn!(user.id = user.id.as_str(), "the provider's address of a user is somebody else's here");
            Ok(user)
        }
        Err(error) => Err(error.into()),
    }
}

/// Where a provider asks for it, nobody signs in whose address is not verified.
async fn require_proof(app: &App, arrival: &Arrival<'_>, user: &User, is_new: bool) -> Result<()> {
    let (rules, required) = (&app.config.email_verification, arrival.provider.config.require_email_verification);
    if user.email_verified {
        return Ok(());
    }
    let sends = if is_new { rules.send_on_sign_up.unwrap_or(required) } else { required && rules.send_on_sign_in };
    if sends && let Err(error) = verification::mail_link(app, user, arrival.visitor, arrival.callback_url).await {
        tracing::warn!(?error, "a link could not be posted to a user of a provider");
    }
    if required { Err(Turned::Away("email_not_verified")) } else { Ok(()) }
}

/// Linking takes name and picture from the provider, if the settings want that; never the address.
pub(super) async fn copy_on_link(app: &App, user: &UserId, person: &Person) -> Option<User> {
    if !app.config.account_linking.update_user_info_on_link {
        return None;
    }
    let change = UserChange {
        name: person.name.as_deref().map(|name| short(Some(name))),
        image: picture(person).map(Some),
        ..UserChange::default()
    };
    match app.store.update_user(user, &change).await {
        Ok(user) => user,
        Err(error) => {
            tracing::warn!(%error, "what a provider says of a user could not be stored");
            None
        }
    }
}

/// The account as it is added.
pub(super) fn new_account(app: &App, provider: &Provider, person: &Person, tokens: &Tokens) -> NewProviderAccount {
    NewProviderAccount {
        id: token::id(),
        provider_id: provider.id.clone(),
        account_id: person.subject.clone(),
        grant: grant::stored(app, tokens, Some(tokens.scopes.join(","))),
    }
}

fn account(app: &App, arrival: &Arrival<'_>) -> NewProviderAccount {
    new_account(app, arrival.provider, arrival.person, arrival.tokens)
}

fn new_user(app: &App, arrival: &Arrival<'_>, email: String) -> NewUser {
    let person = arrival.person;
    NewUser {
        email_verified: person.email_verified,
        image: picture(person),
        last_login_method: last_method::of_new_user(app, Via::Provider(&arrival.provider.id)),
        ..newcomer(app, short(person.name.as_deref()), email)
    }
}

/// Whether the provider tells an address that a user can have.
pub(super) fn has_address(person: &Person) -> bool {
    !address(person).is_empty()
}

/// The address as users have it; empty for none.
fn address(person: &Person) -> String {
    person.email.as_deref().and_then(email::canonical).unwrap_or_default()
}

/// The address of a picture, or the picture itself. What is too long for either is left out.
fn picture(person: &Person) -> Option<String> {
    person.image.clone().filter(|image| image.len() <= MOST_PICTURE && !image.contains('\0'))
}

/// A text of a provider's, without what no database takes.
fn short(text: Option<&str>) -> String {
    text.unwrap_or_default().chars().filter(|c| *c != '\0').take(MOST_NAME).collect()
}

async fn noted(app: &App, arrival: &Arrival<'_>, what: What, user: &UserId) {
    let act = arrival.visitor.act_as(Actor::User(user.clone()), what).about(user);
    app.note(act.with("provider", arrival.provider.id.as_str())).await;
}

/// What is told a client that brought an ID token.
pub(super) fn told(turned: Turned) -> Error {
    match turned {
        Turned::Away("email_not_verified") => error::EMAIL_NOT_VERIFIED.into(),
        Turned::Away(reason) => Error::not_linked(reason),
        Turned::Failed(error) => error,
    }
}
