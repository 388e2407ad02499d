//! The beginning of a user: the row, with account and session if they are wanted, in one transaction.

use super::{
    super::{
        NewSession, NewUser, Result, Session, Store, User, account::insert_credential, lease::on_db,
        session::insert_session, time::Time,
    },
    NewCredential,
};

pub(in crate::store) const INSERT: &str = r#"
    insert into "user" (id, name, email, "emailVerified", image, "createdAt", "updatedAt", role, banned,
        username, "displayUsername", "isAnonymous", "lastLoginMethod")
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"#;

/// Inserts a finished row within a write.
macro_rules! insert_user {
    ($db:expr, $user:expr) => {{
        let user: &crate::store::User = $user;
        let query = sqlx::query(crate::store::user::creation::INSERT).bind(&user.id).bind(&user.name).bind(&user.email);
        let query = query.bind(user.email_verified).bind(&user.image);
        let query = query.bind(Time(user.created_at)).bind(Time(user.updated_at));
        let query = query.bind(&user.role).bind(user.banned).bind(&user.username).bind(&user.display_username);
        query.bind(user.is_anonymous).bind(&user.last_login_method).execute(&mut *$db)
    }};
}
pub(in crate::store) use insert_user;

impl Store {
    /// Makes a user, the credential account if there is a password, and the first session if one is wanted.
    ///
    /// A taken address is [`StoreError::Unique`](super::StoreError::Unique), found by the database, not by looking first.
    pub async fn create_user(&self, new: &NewUser, session: Option<&NewSession>) -> Result<(User, Option<Session>)> {
        let user = new.row(self);
        let session = session.map(|session| session.row(self));
        on_db!(write self, |db| {
            insert_user!(db, &user).await?;
            if let Some(NewCredential { id, hash }) = &new.credential {
                let id = self.fitting(id);
                insert_credential!(db, id, &user.id, hash.expose(), Time(user.created_at)).await?;
            }
            if let Some(session) = &session {
                insert_session!(db, session).await?;
            }
            Ok(())
        })?;
        Ok((user, session))
    }
}

impl NewUser {
    /// The row to be inserted.
    pub(in crate::store) fn row(&self, store: &Store) -> User {
        let now = store.now();
        User {
            id: store.fitting(self.id.as_str()).into(),
            name: self.name.clone(),
            email: self.email.clone(),
            email_verified: self.email_verified,
            image: self.image.clone(),
            created_at: now,
            updated_at: now,
            role: self.role.clone(),
            // As the admin plugin does it: whoever has a role is known not to be banned.
            banned: self.role.is_some().then_some(false),
            username: self.username.clone(),
            display_username: self.display_username.clone(),
            is_anonymous: self.is_anonymous,
            last_login_method: self.last_login_method.clone(),
            ..User::default()
        }
    }
}
