//! What needs neither a provider nor a database.

use chrono::DateTime;
use serde_json::json;

use super::{
    authorize::{self, Wishes},
    exchange, generic, grant,
    outbound::Outbound,
    provider::{Asking, Endpoints, Provider, Tokens},
    state::Begun,
};
use crate::{config::ProviderConfig, store::Account};

fn provider(settings: &str) -> Provider {
    let config: ProviderConfig = toml::from_str(settings).unwrap();
    Provider::new("acme", &generic::FACTS, &config)
}

fn endpoints(openid: bool) -> Endpoints {
    Endpoints {
        authorization: "https://id.example/authorize?tenant=a".into(),
        algorithms: if openid { vec!["RS256".into()] } else { Vec::new() },
        ..Endpoints::default()
    }
}

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn address(settings: &str, openid: bool, wishes: &Wishes) -> String {
    let begun = Begun { state: "S".into(), verifier: VERIFIER.into(), nonce: Some("N".into()) };
    authorize::address(&provider(settings), &endpoints(openid), (&begun, "https://me.example/cb"), wishes).unwrap()
}

#[test]
fn every_parameter_has_its_place() {
    let settings = r#"
        client_id = ["first", "second"]
        scope = "profile email"
        prompt = "consent"
        access_type = "offline"
        hd = "example.com"
        response_mode = "form_post"
        authorization_params = { audience = "api", state = "never" }
    "#;
    let wishes = Wishes {
        scopes: vec!["more".into()],
        login_hint: Some("a@b.c".into()),
        parameters: vec![("prompt".into(), "login".into())],
    };
    let address = address(settings, true, &wishes);
    let (before, after) = address.split_once("&code_challenge=").unwrap();
    assert_eq!(
        before,
        "https://id.example/authorize?tenant=a&response_type=code&client_id=first&state=S\
         &scope=openid+more+profile+email&redirect_uri=https%3A%2F%2Fme.example%2Fcb&login_hint=a%40b.c&nonce=N\
         &prompt=login&hd=example.com&access_type=offline&response_mode=form_post&code_challenge_method=S256"
    );
    assert_eq!(after, format!("{CHALLENGE}&audience=api"));
}

#[test]
fn nothing_is_sent_that_was_not_asked_for() {
    let address = address("client_id = \"x\"\npkce = false", false, &Wishes::default());
    assert_eq!(
        address,
        "https://id.example/authorize?tenant=a&response_type=code&client_id=x&state=S\
         &redirect_uri=https%3A%2F%2Fme.example%2Fcb&nonce=N"
    );
}

#[test]
fn scopes_are_merged_each_once() {
    let account = |scope: &str| Account { scope: Some(scope.into()), ..bare() };
    let granted = ["b".to_owned(), " c ".to_owned(), String::new()];
    assert_eq!(grant::merged(Some(&account("a, b")), &granted).as_deref(), Some("a,b,c"));
    assert_eq!(grant::merged(None, &granted).as_deref(), Some("b,c"));
    assert_eq!(grant::merged(Some(&account("")), &[]), None);
}

fn bare() -> Account {
    Account {
        id: String::new(),
        account_id: String::new(),
        provider_id: String::new(),
        user_id: "u".into(),
        access_token: None,
        refresh_token: None,
        id_token: None,
        access_token_expires_at: None,
        refresh_token_expires_at: None,
        scope: None,
        password: None,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

#[test]
fn the_settings_say_which_field_is_what() {
    let settings = "client_id = \"x\"\nmap = { id = \"user.id\", email = \"user.mail\", name = \"login\" }";
    let (provider, endpoints) = (provider(settings), endpoints(false));
    let (outbound, tokens, now) = (Outbound::new(), Tokens::default(), DateTime::UNIX_EPOCH);
    let (outbound, tokens) = (&outbound, &tokens);
    let asking = Asking { outbound, provider: &provider, endpoints: &endpoints, tokens, user: None, nonce: None, now };
    let profile = json!({ "user": { "id": 7, "mail": "A@b.c" }, "login": "ada", "email_verified": true });
    let (person, told) = exchange::person(asking, profile.clone().into()).unwrap();
    assert_eq!((person.subject.as_str(), person.email.as_deref()), ("7", Some("A@b.c")));
    assert_eq!((person.name.as_deref(), told), (Some("ada"), profile));
    for nobody in [json!({}), json!({ "user": { "id": "" } }), json!({ "user": { "id": "  " } })] {
        assert!(exchange::person(asking, nobody.into()).is_none());
    }
}
