//! The twelve named providers: people are sent there with the same words by both servers, and what comes back is taken
//! in the same way. The providers are played at their HTTP edge by what their documentation shows.

mod faults;
mod id_tokens;

use gateway_tests::client::Answer;
use gateway_tests::db::Database;
use gateway_tests::peers::providers::{IDS, Providers};
use http::Method;
use regex::Regex;
use serde_json::{Value, json};

use super::both::{Both, Original};

on_both!(everybody_signs_in, ways_to_the_providers, configured_ways);

/// Both servers with these providers.
async fn both(database: &Database, providers: &Providers, config: &str, options: &Value) -> Both {
    both_with(database, providers, &IDS, (config, options)).await
}

async fn both_with(
    database: &Database,
    providers: &Providers,
    ids: &[&str],
    (config, options): (&str, &Value),
) -> Both {
    let mut all = providers.options(ids);
    merge(&mut all, options);
    let config = overlay(&providers.config(ids), config);
    let original = Original { options: all, providers: providers.url(), ..Original::default() };
    Both::set_up(database, &config, &original).await
}

/// One piece of configuration over another.
fn overlay(base: &str, over: &str) -> String {
    fn lay(base: &mut toml::Table, over: toml::Table) {
        for (key, value) in over {
            match (base.get_mut(&key), value) {
                (Some(toml::Value::Table(under)), toml::Value::Table(over)) => lay(under, over),
                (_, value) => drop(base.insert(key, value)),
            }
        }
    }
    let mut table: toml::Table = base.parse().unwrap();
    lay(&mut table, over.parse().unwrap());
    table.to_string()
}

fn merge(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                merge(base.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over.clone(),
    }
}

/// What differs from one sign-in to the next.
fn masked(text: &str) -> String {
    let varying = Regex::new(r"(state|code_challenge)=[\w-]+").unwrap();
    let hosts = Regex::new(r"(127\.0\.0\.1|localhost)(:|%3A)\d+").unwrap();
    hosts.replace_all(&varying.replace_all(text, "$1=…"), "[host]").into_owned()
}

impl Both {
    /// Where each of them sends somebody who wants to sign in.
    async fn sent(&mut self, what: &str, path: &str, body: &Value) -> [String; 2] {
        let mut sent = Vec::new();
        for person in [&self.ours, &self.theirs] {
            let answer = person.post(&format!("/api/auth{path}"), body.clone()).await.expect(200);
            let url = answer.json()["url"].as_str().unwrap().to_owned();
            assert_eq!(answer.header("location"), Some(url.as_str()));
            sent.push(url);
        }
        self.compare(what, &masked(&sent[1]), &masked(&sent[0]));
        [sent.remove(0), sent.remove(0)]
    }

    /// Signs in with a provider at both, up to where the browser is sent in the end.
    async fn comes_back(&mut self, what: &str, providers: &Providers, id: &str) -> [Answer; 2] {
        let body = json!({ "provider": id, "callbackURL": "/home", "newUserCallbackURL": "/welcome", "errorCallbackURL": "/oops" });
        let sent = self.sent(what, "/sign-in/social", &body).await;
        let mut answers = Vec::new();
        for (person, url) in [&self.ours, &self.theirs].into_iter().zip(sent) {
            answers.push(providers.sign_in(&url).await.follow(person).await);
        }
        let [ours, theirs] = [answers.remove(0), answers.remove(0)];
        let shown = |answer: &Answer| answer.snapshot_with(&["content-type", "location", "set-cookie"]);
        self.compare(&format!("{what}: {id} comes back"), &shown(&theirs), &shown(&ours));
        [ours, theirs]
    }

    fn compare(&mut self, what: &str, expected: &str, found: &str) {
        if expected != found {
            self.differences.push(format!("── {what}\nexpected:\n{expected}\nfound:\n{found}"));
        }
    }

    /// The same where it goes wrong: only where the browser is sent counts.
    async fn fails(&mut self, what: &str, providers: &Providers, id: &str) -> String {
        let body = json!({ "provider": id, "callbackURL": "/home", "errorCallbackURL": "/oops" });
        let sent = self.sent(what, "/sign-in/social", &body).await;
        let mut answers = Vec::new();
        for (person, url) in [&self.ours, &self.theirs].into_iter().zip(sent) {
            answers.push(providers.sign_in(&url).await.follow(person).await);
        }
        // The original has no words for some faults and breaks off.
        if answers[1].status == 302 {
            let shown = |answer: &Answer| masked(answer.header("location").unwrap_or_default());
            self.compare(&format!("{id}: {what}"), &shown(&answers[1]), &shown(&answers[0]));
        }
        let ours = answers.remove(0).expect(302);
        assert!(ours.sets("session_token").is_none(), "{id}: {what}");
        ours.header("location").unwrap().to_owned()
    }

    /// New browsers for both.
    fn start_over(&mut self) {
        (self.ours, self.theirs) = (self.gateway.anon(), self.node.anon());
    }
}

async fn everybody_signs_in(database: Database) {
    let providers = Providers::start().await;
    let mut both = both(&database, &providers, "", &json!({})).await;
    for id in IDS {
        both.start_over();
        let [ours, _] = both.comes_back("first time", &providers, id).await;
        assert_eq!(ours.header("location"), Some("/welcome"), "{id}");
        both.get(&format!("{id}: session"), "/get-session").await;
        both.get(&format!("{id}: accounts"), "/list-accounts").await;
        tokens(&mut both, id).await;
        both.start_over();
        let [ours, _] = both.comes_back("again", &providers, id).await;
        assert_eq!(ours.header("location"), Some("/home"), "{id}");
        both.get(&format!("{id}: session again"), "/get-session").await;
    }
    both.end();
}

/// What the provider gave, and what it gives anew.
async fn tokens(both: &mut Both, id: &str) {
    let mut rows = Vec::new();
    for person in [&both.ours, &both.theirs] {
        let accounts = person.get("/api/auth/list-accounts").await.expect(200).json();
        rows.push(accounts[0]["id"].as_str().unwrap().to_owned());
    }
    let own = |us: bool| json!({ "accountId": rows[usize::from(!us)] });
    let what = format!("{id}: access token");
    both.step(&what, Method::POST, "/get-access-token", |ask, us| ask.json(&own(us))).await;
    let paths = [&rows[0], &rows[1]].map(|row| format!("/api/auth/account-info?accountId={row}"));
    both.step_at(&format!("{id}: account info"), Method::GET, &paths, |ask, _| ask).await;
    both.step(&format!("{id}: refresh"), Method::POST, "/refresh-token", |ask, us| ask.json(&own(us))).await;
}

/// To the letter, parameters in their order.
async fn ways_to_the_providers(database: Database) {
    let providers = Providers::start().await;
    let mut plain = both(&database, &providers, "", &json!({})).await;
    for id in IDS {
        let wishes = [
            json!({}),
            json!({ "scopes": ["one", "two"] }),
            json!({ "scopes": [] }),
            json!({ "loginHint": "ada@example.com" }),
            json!({ "additionalParams": { "b": "2 & 3", "a": "1" } }),
            json!({ "additionalParams": { "prompt": "login", "include_granted_scopes": "false", "response_mode": "query" } }),
            json!({ "scopes": ["x"], "loginHint": "a+b@example.com", "additionalParams": { "hd": "example.com" }, "callbackURL": "/home" }),
        ];
        for wish in wishes {
            let mut body = wish.clone();
            body["provider"] = id.into();
            plain.sent(&format!("{id}: {wish}"), "/sign-in/social", &body).await;
        }
    }
    plain.end();
}

/// The same with settings of every kind.
async fn configured_ways(database: Database) {
    let providers = Providers::start().await;
    let config = r#"
[oauth.apple]
scope = ["more"]
[oauth.discord]
scope = "bot guilds"
permissions = 8
prompt = "consent"
[oauth.facebook]
config_id = "42"
scope = ["pages_show_list"]
[oauth.github]
disable_default_scope = true
prompt = "select_account"
[oauth.gitlab]
issuer = "https://git.example.com/gitlab"
disable_default_scope = true
scope = ["openid"]
[oauth.google]
access_type = "offline"
prompt = "select_account consent"
hd = "example.com"
include_granted_scopes = false
client_id = ["google-client", "google-app"]
[oauth.linkedin]
redirect_uri = "https://app.example.com/back"
[oauth.microsoft]
tenant_id = "contoso.com"
authority = "https://login.microsoftonline.us/"
prompt = "login"
[oauth.slack]
scope = ["admin"]
prompt = "ignored"
[oauth.spotify]
scope = ["user-top-read"]
[oauth.twitch]
scope = ["chat:read"]
[oauth.twitter]
scope = ["like.read"]
"#;
    let options = json!({ "socialProviders": {
        "apple": { "scope": ["more"] },
        "discord": { "scope": ["bot", "guilds"], "permissions": 8, "prompt": "consent" },
        "facebook": { "configId": "42", "scope": ["pages_show_list"] },
        "github": { "disableDefaultScope": true, "prompt": "select_account" },
        "gitlab": { "issuer": "https://git.example.com/gitlab", "disableDefaultScope": true, "scope": ["openid"] },
        "google": {
            "accessType": "offline", "prompt": "select_account consent", "hd": "example.com", "includeGrantedScopes": false,
            "clientId": ["google-client", "google-app"],
        },
        "linkedin": { "redirectURI": "https://app.example.com/back" },
        "microsoft": { "tenantId": "contoso.com", "authority": "https://login.microsoftonline.us/", "prompt": "login" },
        "slack": { "scope": ["admin"], "prompt": "ignored" },
        "spotify": { "scope": ["user-top-read"] },
        "twitch": { "scope": ["chat:read"] },
        "twitter": { "scope": ["like.read"] },
    } });
    let mut both = both(&database, &providers, config, &options).await;
    for id in IDS {
        both.sent(&format!("{id}: as configured"), "/sign-in/social", &json!({ "provider": id })).await;
        let wish = json!({ "provider": id, "scopes": ["wished"], "loginHint": "ada", "additionalParams": { "permissions": "0" } });
        both.sent(&format!("{id}: with wishes"), "/sign-in/social", &wish).await;
    }
    both.end();
}
