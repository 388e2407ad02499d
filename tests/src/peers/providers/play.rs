//! How the providers behave: who may have a code, what it is given for, and who is told a profile.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{LazyLock, Mutex};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::recorded::{IDS, Recorded, secret};
use super::signer::Signer;
use crate::upstream::{Reply, Seen};

/// What the providers remember.
#[derive(Default)]
pub(super) struct State {
    changed: BTreeMap<String, Recorded>,
    codes: HashMap<String, Code>,
    tokens: HashSet<String>,
    count: usize,
}

/// What a code was given for.
struct Code {
    client: String,
    redirect_uri: String,
    challenge: Option<String>,
    nonce: Option<String>,
}

type Pairs = BTreeMap<String, String>;

impl State {
    /// What a provider answers in this story.
    pub(super) fn recorded(&mut self, id: &str) -> &mut Recorded {
        self.changed.entry(id.to_owned()).or_insert_with(|| Recorded::of(id))
    }

    /// A new access token.
    pub(super) fn grant(&mut self) -> String {
        // As long as secrets are that snapshots mask.
        self.count += 1;
        let token = format!("access{:018}", self.count);
        self.tokens.insert(token.clone());
        token
    }

    fn next(&mut self, what: &str) -> String {
        self.count += 1;
        format!("{what}-{}", self.count)
    }
}

/// Answers a request.
pub(super) fn answer(state: &Mutex<State>, seen: &Seen) -> Reply {
    let mut state = state.lock().expect("nobody panics with it");
    // Some clients escape these two.
    let address = format!("https:/{}", seen.path().replace("%40", "@").replace("%24", "$"));
    let ids = IDS.iter().find_map(|id| {
        let recorded = state.recorded(id).clone();
        recorded.reply(id, &address, seen, &mut state)
    });
    ids.unwrap_or_else(|| Reply::text(404, &[], "nothing here"))
}

impl Recorded {
    fn reply(&self, id: &str, address: &str, seen: &Seen, state: &mut State) -> Option<Reply> {
        if address == self.authorize {
            return Some(self.authorize(seen, state));
        }
        if address == self.token {
            return Some(self.exchange(id, seen, state));
        }
        if address == self.keys {
            return Some(reply(200, &Signer::shared().keys()));
        }
        let whole = format!("https:/{}", seen.target);
        if let Some(picture) = self.pictures.get(address) {
            return Some(match state.knows(seen) {
                true => Reply::text(200, &[("content-type", "image/jpeg")], picture),
                false => refused(),
            });
        }
        let profile = self.profiles.get(&whole).or_else(|| self.profiles.get(address))?;
        let allowed = if address.ends_with("/debug_token") { inspected(id, seen, state) } else { state.knows(seen) };
        Some(if allowed { reply(200, profile) } else { refused() })
    }

    /// Sends the browser back with a code, or has it post one.
    fn authorize(&self, seen: &Seen, state: &mut State) -> Reply {
        let asked = query(seen);
        let text = |name: &str| asked.get(name).cloned().unwrap_or_default();
        let code = Code {
            client: text("client_id"),
            redirect_uri: text("redirect_uri"),
            challenge: asked.get("code_challenge").cloned(),
            nonce: asked.get("nonce").cloned(),
        };
        let (redirect_uri, client) = (code.redirect_uri.clone(), code.client.clone());
        let name = state.next("code");
        state.codes.insert(name.clone(), code);
        if text("response_mode") == "form_post" {
            let id_token = id_token(self, &client, &json!({}));
            let user = self.form_post.as_ref().map(Value::to_string);
            let fields =
                [("state", Some(text("state"))), ("code", Some(name)), ("id_token", Some(id_token)), ("user", user)];
            let inputs = fields.into_iter().filter_map(|(name, value)| Some((name, value?.replace('"', "&quot;"))));
            let inputs: String = inputs
                .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">"))
                .collect();
            let page = format!("<form method=\"post\" action=\"{redirect_uri}\">{inputs}</form>");
            return Reply::text(200, &[("content-type", "text/html")], &page);
        }
        let mut target = url::Url::parse(&redirect_uri).expect("we are asked to send the browser somewhere");
        target.query_pairs_mut().append_pair("code", &name).append_pair("state", &text("state"));
        Reply::text(302, &[("location", target.as_str())], "")
    }

    fn exchange(&self, id: &str, seen: &Seen, state: &mut State) -> Reply {
        let form: Pairs = url::form_urlencoded::parse(&seen.body).into_owned().collect();
        let text = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let refuse = |error: &str| reply(if id == "github" { 200 } else { 400 }, &json!({ "error": error }));
        if !self.is_us(id, &form, seen) {
            return refuse("invalid_client");
        }
        let code = match text("grant_type") {
            "refresh_token" if text("refresh_token") == format!("r-{id}") => None,
            "authorization_code" => match state.codes.remove(text("code")) {
                Some(code) if code.is_for(&form) => Some(code),
                _ => return refuse("invalid_grant"),
            },
            _ => return refuse("invalid_grant"),
        };
        let mut answer = self.answer.clone();
        answer["access_token"] = state.grant().into();
        if self.id_token_in_answer {
            let nonce = code.and_then(|code| code.nonce);
            let client = format!("{id}-client");
            answer["id_token"] =
                id_token(self, &client, &nonce.map_or(json!({}), |nonce| json!({ "nonce": nonce }))).into();
        }
        reply(200, &answer)
    }

    /// Whether we prove who we are, in the way that this provider wants.
    fn is_us(&self, id: &str, form: &Pairs, seen: &Seen) -> bool {
        let text = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        if self.basic {
            let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let both = format!("{}:{}", encode(&format!("{id}-client")), encode(&secret(id)));
            return seen.header("authorization") == Some(&format!("Basic {}", STANDARD.encode(both)));
        }
        let secret_fits = match id {
            "apple" => Signer::shared().is_apple_secret(text("client_secret")),
            _ => text("client_secret") == secret(id),
        };
        secret_fits && text("client_id") == format!("{id}-client")
    }
}

impl Code {
    fn is_for(&self, form: &Pairs) -> bool {
        let proof =
            form.get("code_verifier").map(|verifier| URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())));
        proof == self.challenge
            && form.get("redirect_uri") == Some(&self.redirect_uri)
            && form.get("client_id").is_none_or(|client| *client == self.client)
    }
}

impl State {
    /// Whether the bearer of a request was given its token here.
    fn knows(&self, seen: &Seen) -> bool {
        let token = seen.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        token.is_some_and(|token| self.tokens.contains(token)) && seen.header("user-agent").is_some()
    }
}

/// Whether a token may be looked at: by its app, which says who it is.
fn inspected(id: &str, seen: &Seen, state: &State) -> bool {
    let asked = query(seen);
    asked.get("access_token") == Some(&format!("{id}-client|{}", secret(id)))
        && asked.get("input_token").is_some_and(|token| state.tokens.contains(token))
}

/// A signed ID token.
pub(super) fn id_token(recorded: &Recorded, client: &str, over: &Value) -> String {
    let mut claims = recorded.claims.clone().expect("the provider has ID tokens");
    // The same in every token of a run, so that they can be compared.
    static NOW: LazyLock<i64> = LazyLock::new(crate::seconds_now);
    (claims["aud"], claims["iat"], claims["exp"]) = (client.into(), (*NOW).into(), (*NOW + 3_000).into());
    for (name, value) in over.as_object().into_iter().flatten() {
        match value {
            Value::Null => drop(claims.as_object_mut().expect("claims are an object").remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    Signer::shared().sign(&claims)
}

fn query(seen: &Seen) -> Pairs {
    let query = seen.target.split_once('?').map_or("", |(_, query)| query);
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn reply(status: u16, json: &Value) -> Reply {
    Reply::text(status, &[("content-type", "application/json; charset=utf-8")], &json.to_string())
}

fn refused() -> Reply {
    reply(401, &json!({ "message": "Bad credentials", "status": "401" }))
}
