//! The page of whoever is signed in, and ending sessions from it.

use auth_ui::pages::{Account, SessionLine};
use axum::{extract::State, response::Response};
use http::{StatusCode, Uri};

use super::{device, html, own_address, return_to::parameter, see_other, site};
use crate::{
    app::App,
    auth::{
        body::Media,
        error::Result,
        extract::{AnySession, Current, Input, StoredSession},
        fields::{Fields, Form, Presence},
        sessions::list,
    },
    store::{Session, SessionId},
};

/// Value of `notice` after sessions were ended.
const ENDED: &str = "ended";

/// What stands for all sessions but the current one.
const ALL_OTHERS: &str = "all";

/// Shows the account; who is not signed in is asked to.
pub(super) async fn show(State(app): State<App>, uri: Uri, AnySession(current): AnySession) -> Result<Response> {
    let Some(current) = current else {
        let here = own_address(&app, "/account", &[]);
        return Ok(see_other(&own_address(&app, "/sign-in", &[("rd", &here)])));
    };
    let mut sessions = list::own_sessions(&app, &current).await?;
    sessions.sort_by_key(|session| session.id != current.session.id);
    let words: Vec<_> = sessions.iter().map(Words::of).collect();
    let user = &current.known.user;
    let page = Account {
        site: site(&app),
        name: &user.name,
        email: &user.email,
        role: user.role.as_deref().unwrap_or_default(),
        email_verified: user.email_verified,
        sessions: sessions.iter().zip(&words).map(|(session, words)| words.line(session, &current)).collect(),
        notice: (parameter(&uri, "notice").as_deref() == Some(ENDED)).then_some("Signed out there."),
    };
    Ok(html(&app, StatusCode::OK, &page))
}

/// A session in words.
struct Words {
    device: String,
    created: String,
}

impl Words {
    fn of(session: &Session) -> Self {
        Self {
            device: device::name(session.user_agent.as_deref().unwrap_or_default()),
            created: session.created_at.format("%-d %B %Y, %H:%M UTC").to_string(),
        }
    }

    fn line<'a>(&'a self, session: &'a Session, current: &Current) -> SessionLine<'a> {
        SessionLine {
            id: session.id.as_str(),
            device: &self.device,
            ip: session.ip_address.as_deref().unwrap_or_default(),
            created: &self.created,
            current: session.id == current.session.id,
        }
    }
}

/// The form as it comes back: the id of a session, which is no secret, or "all".
pub(super) struct Revoke {
    id: String,
}

impl Form for Revoke {
    const MEDIA: Media = Media::Form;
    const PRESENCE: Presence = Presence::Optional;
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { id: fields.optional_text("id").unwrap_or_default() }
    }
}

/// Ends a session of whoever is signed in, or all their others. Ids that are not theirs are passed over.
pub(super) async fn revoke(
    State(app): State<App>,
    Input(form): Input<Revoke>,
    current: StoredSession,
) -> Result<Response> {
    let user = &current.session.user_id;
    if form.id == ALL_OTHERS {
        app.store.delete_other_sessions(user, &current.session.token).await?;
    } else if let Some(session) = app.store.session_by_id(&SessionId::from(form.id)).await? {
        app.store.delete_session_of(user, &session.token).await?;
    }
    Ok(see_other(&own_address(&app, "/account", &[("notice", ENDED)])))
}
