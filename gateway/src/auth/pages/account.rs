//! The page of whoever is signed in: who they are, how and where they sign in.

pub(super) mod forms;

use auth_ui::pages::{Account, Deletion, SessionLine, WayLine};
use axum::{extract::State, response::Response};
use chrono::{DateTime, Utc};
use http::{StatusCode, Uri};

use super::{html, own_address, return_to::parameter, see_other, site};
use crate::{
    app::App,
    auth::{
        device,
        error::Result,
        extract::{AnySession, Current},
        sessions::list,
    },
    store::{self, Session},
};

/// Values of `notice` and what they say.
const NOTICES: &[(&str, &str)] = &[
    (forms::ENDED, "Signed out there."),
    (forms::NAMED, "Your name is saved."),
    (forms::PASSWORD_CHANGED, "Your password is changed."),
    (forms::UNLINKED, "You can no longer sign in that way."),
    (
        forms::DELETION_MAILED,
        "We have sent you a mail. Follow the link in it, in this browser, to delete your account.",
    ),
];

/// Shows the account; who is not signed in is asked to.
pub(super) async fn show(State(app): State<App>, uri: Uri, AnySession(current): AnySession) -> Result<Response> {
    let Some(current) = current else {
        let here = own_address(&app, "/account", &[]);
        return Ok(see_other(&own_address(&app, "/sign-in", &[("rd", &here)])));
    };
    let about = parameter(&uri, "notice");
    let notice = NOTICES.iter().find(|(name, _)| about.as_deref() == Some(*name)).map(|(_, text)| *text);
    page(&app, &current, StatusCode::OK, Said { notice, problem: None }).await
}

/// What stands above the account.
#[derive(Default)]
struct Said<'a> {
    notice: Option<&'a str>,
    problem: Option<&'a str>,
}

async fn page(app: &App, current: &Current, status: StatusCode, said: Said<'_>) -> Result<Response> {
    let mut sessions = list::own_sessions(app, current).await?;
    sessions.sort_by_key(|session| session.id != current.session.id);
    let accounts = app.store.accounts_of(&current.session.user_id).await?;
    let session_words: Vec<_> = sessions.iter().map(SessionWords::of).collect();
    let way_words: Vec<_> = accounts.iter().map(WayWords::of).collect();
    let has_password = accounts.iter().any(|account| account.password.is_some());
    let (config, user) = (&app.config, &current.user);
    let deletion = Deletion { password: has_password, mail: config.users.send_delete_account_verification };
    let lines = sessions.iter().zip(&session_words);
    let page = Account {
        site: site(app),
        name: &user.name,
        email: &user.email,
        role: user.role.as_deref().unwrap_or_default(),
        email_verified: user.email_verified,
        ways: accounts.iter().zip(&way_words).map(|(account, words)| words.line(account)).collect(),
        min_length: has_password.then_some(config.email_password.min_length),
        sessions: lines.map(|(session, words)| words.line(session, current)).collect(),
        deletion: config.users.delete_user.then_some(deletion),
        notice: said.notice,
        problem: said.problem,
    };
    Ok(html(app, status, &page))
}

/// A session in words.
struct SessionWords {
    device: String,
    created: String,
    used: String,
}

impl SessionWords {
    /// When a session was used is noted when it is extended, once a day at most.
    fn of(session: &Session) -> Self {
        Self {
            device: device::name(session.user_agent.as_deref().unwrap_or_default()),
            created: session.created_at.format("%-d %B %Y, %H:%M UTC").to_string(),
            used: day(session.updated_at),
        }
    }

    fn line<'a>(&'a self, session: &'a Session, current: &Current) -> SessionLine<'a> {
        let is_current = session.id == current.session.id;
        SessionLine {
            id: session.id.as_str(),
            device: &self.device,
            ip: session.ip_address.as_deref().unwrap_or_default(),
            created: &self.created,
            used: if is_current { "now" } else { &self.used },
            current: is_current,
        }
    }
}

/// A way to sign in, in words.
struct WayWords {
    name: String,
    since: String,
}

impl WayWords {
    fn of(account: &store::Account) -> Self {
        let name = match account.provider_id.as_str() {
            "credential" => "Password".to_owned(),
            provider => capitalised(provider),
        };
        Self { name, since: day(account.created_at) }
    }

    fn line<'a>(&'a self, account: &'a store::Account) -> WayLine<'a> {
        WayLine { id: &account.id, name: &self.name, since: &self.since }
    }
}

fn day(time: DateTime<Utc>) -> String {
    time.format("%-d %B %Y").to_string()
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
