//! Signing in with a provider, at the gateway and at the original server with its generic-oauth plugin, step by step.

use gateway_tests::client::{Answer, Person};
use gateway_tests::db::Database;
use gateway_tests::peers::OpenIdProvider;
use http::Method;
use regex::Regex;
use serde_json::{Value, json};

use super::both::{Both, PASSWORD};

on_both!(sign_in_and_tokens_are_alike, failures_are_alike, linking_is_alike);

/// Headers whose presence and value belong to the contract.
const HEADERS: &[&str] = &["content-type", "location", "set-cookie"];

/// The same persona at both servers, and the provider that both know.
struct Scene {
    both: Both,
    provider: OpenIdProvider,
    random: Regex,
}

impl Scene {
    async fn open(database: &Database) -> Self {
        let provider = tokio::task::block_in_place(OpenIdProvider::start);
        let config = format!("[rate_limit]\nenabled = false\n{}", provider.section(""));
        let both = Both::plugged(database, &config, "generic-oauth", &provider.options(&json!({}))).await;
        let names = "state|nonce|code_challenge|sid|at_hash|accessToken|refreshToken|idToken";
        let random = Regex::new(&format!(r#"\b({names})("?[=:] ?"?)(?:\[[^\]]*\]|[\w.%\-])+"#));
        Self { both, provider, random: random.expect("it is one") }
    }

    /// Both personas begin anew, with empty browsers.
    fn forget(&mut self) {
        self.both.ours.jar.clear();
        self.both.theirs.jar.clear();
    }

    fn people(&self) -> [Person; 2] {
        [self.both.ours.clone(), self.both.theirs.clone()]
    }

    fn compare(&mut self, what: &str, answers: &[Answer]) {
        let seen: Vec<String> = answers.iter().map(|answer| self.shown(answer)).collect();
        if seen[0] != seen[1] {
            self.both.differences.push(format!("── {what}\nexpected:\n{}\nfound:\n{}", seen[1], seen[0]));
        }
    }

    /// What can be compared: without what is random, and with one name for both servers.
    fn shown(&self, answer: &Answer) -> String {
        let text = answer.snapshot_with(HEADERS);
        let numbers = Regex::new(r#""(iat|exp|auth_time)": \d+"#).expect("it is one");
        let text = numbers.replace_all(&text, "\"$1\": …").into_owned();
        let back = Regex::new(r"redirect_uri=http%3A%2F%2F[^%]+%3A\d+").expect("it is one");
        let text = back.replace_all(&text, "redirect_uri=[here]").into_owned();
        self.random.replace_all(&text, "$1$2…").into_owned()
    }

    /// Begins at both; gives the addresses to go to.
    async fn begin(&mut self, what: &str, path: &str, body: Value) -> Vec<String> {
        let mut answers = Vec::new();
        for person in [&self.both.ours, &self.both.theirs] {
            answers.push(person.post(path, body.clone()).await);
        }
        self.compare(what, &answers);
        answers.iter().filter_map(|answer| answer.json()["url"].as_str().map(str::to_owned)).collect()
    }

    /// Goes to the provider from both, as `who`, and comes back, with the address changed by `twist`.
    async fn go(&mut self, what: &str, urls: &[String], who: &str, twist: impl Fn(String) -> String) {
        let mut answers = Vec::new();
        for (url, person) in urls.iter().zip([&self.both.ours, &self.both.theirs]) {
            let back = twist(self.provider.visitor().sign_in(url, who).await);
            let path = back.find("/api/auth").map(|at| &back[at..]).expect("it is the server's");
            let ask = person.ask(Method::GET, path).header("x-forwarded-for", "127.0.0.1");
            answers.push(ask.header("user-agent", "a story").send().await);
        }
        self.compare(what, &answers);
    }

    async fn sign_in(&mut self, what: &str, who: &str) {
        let urls = self.begin(what, "/api/auth/sign-in/social", wish()).await;
        self.go(what, &urls, who, |back| back).await;
        self.both.get("the session", "/get-session").await;
    }

    /// The id of the provider's account at each server, then a request with it.
    async fn with_account(&mut self, what: &str, ask: impl AsyncFn(&Person, &str) -> Answer) {
        let mut answers = Vec::new();
        for person in self.people() {
            let accounts = person.get("/api/auth/list-accounts").await.expect(200).json();
            let all = accounts.as_array().expect("a list");
            let account = all.iter().find(|account| account["providerId"] == "acme").expect("one of the provider");
            answers.push(ask(&person, account["id"].as_str().expect("it has an id")).await);
        }
        self.compare(what, &answers);
    }
}

fn wish() -> Value {
    json!({ "provider": "acme", "callbackURL": "/dash", "newUserCallbackURL": "/welcome", "errorCallbackURL": "/err?x=1" })
}

async fn sign_in_and_tokens_are_alike(database: Database) {
    let mut scene = Scene::open(&database).await;
    scene.sign_in("the first sign-in", "ada").await;
    scene.both.get("accounts", "/list-accounts").await;
    scene.sign_in("the second sign-in", "ada").await;
    let ask =
        async |person: &Person, id: &str| person.post("/api/auth/get-access-token", json!({ "accountId": id })).await;
    scene.with_account("the access token", ask).await;
    let ask =
        async |person: &Person, id: &str| person.post("/api/auth/refresh-token", json!({ "accountId": id })).await;
    scene.with_account("a renewal", ask).await;
    let ask = async |person: &Person, id: &str| person.get(&format!("/api/auth/account-info?accountId={id}")).await;
    scene.with_account("the profile", ask).await;
    scene.forget();
    scene.sign_in("somebody without proof of the address", "unverified-1").await;
    scene.forget();
    scene.sign_in("somebody without an address", "nobody-1").await;
    let more = json!({
        "provider": "acme", "scopes": ["offline_access", "more"], "loginHint": "a@example.com",
        "additionalParams": { "ui_locales": "de", "prompt": "login" }, "additionalData": { "ref": "x" },
        "disableRedirect": true,
    });
    scene.forget();
    scene.begin("more wishes", "/api/auth/sign-in/social", more).await;
    scene.both.end();
}

async fn failures_are_alike(database: Database) {
    let mut scene = Scene::open(&database).await;
    let code = Regex::new("code=[^&]+&?").expect("it is one");
    let twists: [(&str, &str); 4] = [
        ("refused by the provider", "error=access_denied&error_description=no+way&"),
        ("a code that is not the provider's", "code=made-up&"),
        ("no code", ""),
        ("another issuer", "code=x&iss=http%3A%2F%2Fevil.example&"),
    ];
    for (what, instead) in twists {
        scene.forget();
        let urls = scene.begin(what, "/api/auth/sign-in/social", wish()).await;
        let twist = |back: String| code.replace(&back, instead).replace("&iss=", "&other=");
        let keep = |back: String| code.replace(&back, instead).into_owned();
        match what {
            "another issuer" => scene.go(what, &urls, "ada", twist).await,
            _ => scene.go(what, &urls, "ada", keep).await,
        }
    }
    scene.forget();
    let urls = scene.begin("a browser without the cookie", "/api/auth/sign-in/social", wish()).await;
    scene.forget();
    scene.go("a browser without the cookie", &urls, "ada", |back| back).await;
    scene.both.get("a state that is not known", "/callback/acme?code=x&state=made-up").await;
    scene.both.get("no state", "/callback/acme?code=x").await;
    scene.both.post("no such provider", "/sign-in/social", json!({ "provider": "nobody" })).await;
    let token = json!({ "provider": "acme", "idToken": { "token": "a.b.c" } });
    scene.both.post("an ID token that is none", "/sign-in/social", token).await;
    let reserved = json!({ "provider": "acme", "additionalParams": { "state": "x" } });
    scene.both.post("a parameter that only the server sets", "/sign-in/social", reserved).await;
    scene.both.end();
}

async fn linking_is_alike(database: Database) {
    let mut scene = Scene::open(&database).await;
    scene.sign_in("somebody else signs in", "eve").await;
    scene.forget();
    let new = json!({ "name": "Bob", "email": "bob@example.com", "password": PASSWORD });
    scene.both.post("sign up", "/sign-up/email", new).await;
    let wish = json!({ "provider": "acme", "callbackURL": "/linked", "errorCallbackURL": "/err" });
    for (what, who) in [
        ("link", "bob"),
        ("link once more", "bob"),
        ("another address", "carl"),
        ("no proof of the address", "unverified-9"),
        ("somebody else's", "eve"),
    ] {
        let urls = scene.begin(what, "/api/auth/link-social", wish.clone()).await;
        scene.go(what, &urls, who, |back| back).await;
    }
    scene.both.get("accounts", "/list-accounts").await;
    let urls = scene.begin("sign out meanwhile", "/api/auth/link-social", wish.clone()).await;
    for person in [&scene.both.ours, &scene.both.theirs] {
        person.post("/api/auth/revoke-sessions", json!({})).await.expect(200);
    }
    scene.go("sign out meanwhile", &urls, "bob", |back| back).await;
    scene.both.post("nobody links", "/link-social", wish).await;
    scene.forget();
    let new = json!({ "name": "Carl", "email": "carl@example.com", "password": PASSWORD });
    scene.both.post("sign up", "/sign-up/email", new).await;
    scene.forget();
    scene.sign_in("an address that is not proved here", "carl").await;
    scene.both.end();
}
