//! Which of a user's accounts is meant: by the id of its row, as clients of 1.7 say it, or by provider, as those of
//! 1.3 to 1.6 do.

use serde_json::{Value, json};

use crate::{
    auth::fields::{Fields, Form, Presence},
    store::Account,
};

/// One of the user's accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selection {
    /// By the id of its row.
    Row(String),
    /// By provider and, if there are several, by the provider's id of the user. Some clients sent the row's id there.
    Provider {
        /// The provider.
        provider: String,
        /// Whichever id.
        account: Option<String>,
    },
    /// By whichever of its ids.
    AnyId(String),
    /// From a cookie that holds an account. There is none here.
    Cookie,
}

impl Selection {
    /// The account that is meant.
    pub(crate) fn find<'a>(&self, accounts: &'a [Account]) -> Option<&'a Account> {
        accounts.iter().find(|candidate| {
            let has_id = |id: &String| candidate.id == *id || candidate.account_id == *id;
            match self {
                Self::Row(id) => candidate.id == *id,
                Self::Provider { provider, account } => {
                    candidate.provider_id == *provider && account.as_ref().is_none_or(has_id)
                }
                Self::AnyId(id) => has_id(id),
                Self::Cookie => false,
            }
        })
    }

    /// The older form. Keys that it doesn't name were passed over.
    fn by_provider(fields: &Fields<'_>) -> Option<Self> {
        let text = |name| fields.value(name).map(|value| value.as_str().map(str::to_owned));
        let provider = text("providerId")??;
        let account = text("accountId");
        if account == Some(None) || text("userId") == Some(None) {
            return None;
        }
        Some(Self::Provider { provider, account: account.flatten().filter(|id| !id.is_empty()) })
    }

    fn by_row(fields: &Fields<'_>) -> Option<Self> {
        let id = fields.value("accountId")?.as_str()?;
        fields.value("userId").is_none_or(Value::is_string).then(|| Self::Row(id.to_owned()))
    }

    fn by_cookie(fields: &Fields<'_>) -> Option<Self> {
        let wanted = fields.value("useAccountCookie") == Some(&Value::Bool(true));
        (wanted && fields.value("userId").is_none_or(Value::is_string)).then_some(Self::Cookie)
    }
}

impl Form for Selection {
    const PRESENCE: Presence = Presence::OneOf;

    fn read(fields: &mut Fields<'_>) -> Self {
        for (name, kind) in [("accountId", "string"), ("useAccountCookie", "boolean"), ("userId", "string")] {
            fields.note(name, false, || json!({ "type": kind }));
        }
        if let Some(older) = Self::by_provider(fields) {
            return older;
        }
        let (selection, known) = match (Self::by_row(fields), Self::by_cookie(fields)) {
            (Some(row), None) => (row, "accountId"),
            (None, Some(cookie)) => (cookie, "useAccountCookie"),
            _ => {
                fields.complain_of_all("Invalid input");
                return Self::Cookie;
            }
        };
        let strange: Vec<_> =
            fields.names().filter(|name| ![known, "userId"].contains(name)).map(|name| format!("{name:?}")).collect();
        if !strange.is_empty() {
            let keys = if strange.len() == 1 { "key" } else { "keys" };
            fields.complain_of_all(&format!("Unrecognized {keys}: {}", strange.join(", ")));
        }
        selection
    }
}
