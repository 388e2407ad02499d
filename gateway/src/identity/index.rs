//! Which cached sessions a change concerns: by the session's id and by the user's.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{BuildHasher, RandomState},
    sync::{Arc, Weak},
};

use super::Known;

/// Where a change finds its sessions. Ids are hashed: should two ever share a hash, a session is read once more than
/// needed.
#[derive(Default)]
pub(super) struct Index {
    by_session: HashMap<u64, Few>,
    by_user: HashMap<u64, Few>,
    hasher: RandomState,
}

/// Some sessions; mostly one.
enum Few {
    One(Weak<Known>),
    More(Vec<Weak<Known>>),
}

impl Index {
    /// Makes a session findable.
    pub(super) fn add(&mut self, known: &Arc<Known>) {
        let (session, user) = (self.hash(known.session_id()), self.hash(known.user_id()));
        for entry in [self.by_session.entry(session), self.by_user.entry(user)] {
            match entry {
                Entry::Vacant(place) => drop(place.insert(Few::One(Arc::downgrade(known)))),
                Entry::Occupied(mut place) => place.get_mut().add(Arc::downgrade(known)),
            }
        }
    }

    /// The session with this id, which is forgotten.
    pub(super) fn take_session(&mut self, session: &str) -> Vec<Arc<Known>> {
        let session = self.hash(session);
        self.by_session.remove(&session).into_iter().flat_map(Few::into_live).collect()
    }

    /// All sessions of the user with this id, which are forgotten.
    pub(super) fn take_user(&mut self, user: &str) -> Vec<Arc<Known>> {
        let user = self.hash(user);
        let mut gone: Vec<_> = self.by_user.remove(&user).into_iter().flat_map(Few::into_live).collect();
        for at in 0..gone.len() {
            gone.extend(self.take_session(gone[at].session_id()));
        }
        gone
    }

    /// All there are.
    pub(super) fn take_all(&mut self) -> Vec<Arc<Known>> {
        self.by_user.clear();
        self.by_session.drain().flat_map(|(_, known)| known.into_live()).collect()
    }

    /// Frees what is left of sessions that nobody holds any more.
    pub(super) fn prune(&mut self) {
        self.by_session.retain(|_, known| known.prune());
        self.by_user.retain(|_, known| known.prune());
    }

    fn hash(&self, id: &str) -> u64 {
        self.hasher.hash_one(id)
    }
}

impl Few {
    fn add(&mut self, known: Weak<Known>) {
        if !self.prune() {
            *self = Self::One(known);
            return;
        }
        match self {
            Self::One(one) => *self = Self::More(vec![one.clone(), known]),
            Self::More(more) => more.push(known),
        }
    }

    /// Forgets those that nobody holds any more; says whether any are left.
    fn prune(&mut self) -> bool {
        match self {
            Self::One(one) if one.strong_count() > 0 => return true,
            Self::One(_) => *self = Self::More(Vec::new()),
            Self::More(more) => more.retain(|known| known.strong_count() > 0),
        }
        matches!(self, Self::More(more) if !more.is_empty())
    }

    fn into_live(self) -> Vec<Arc<Known>> {
        match self {
            Self::One(one) => one.upgrade().into_iter().collect(),
            Self::More(more) => more.iter().filter_map(Weak::upgrade).collect(),
        }
    }
}
