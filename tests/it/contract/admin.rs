//! The admin API, step by step beside the original server: permissions, every field, every refusal.

mod powers;

use gateway_tests::client::Person;
use gateway_tests::db::Database;
use http::Method;
use serde_json::{Value, json};

use super::both::{Both, Original, PASSWORD};

on_both!(users_are_made_and_changed, users_are_listed);

/// Both servers, an admin signed in at them, and people by name.
struct Town {
    both: Both,
    admin: [Person; 2],
    people: Vec<(&'static str, [String; 2])>,
}

impl Town {
    async fn new(database: &Database, people: &[&'static str]) -> Self {
        Self::with(database, "", &json!({}), people).await
    }

    async fn with(database: &Database, config: &str, options: &Value, people: &[&'static str]) -> Self {
        let plugin_options = json!({ "admin": options });
        let both = Both::set_up(database, config, &Original { plugin_options, ..Original::default() }).await;
        let nobody = [both.ours.clone(), both.theirs.clone()];
        let mut town = Self { both, admin: nobody, people: Vec::new() };
        for name in people.iter().copied().chain(["ada"]) {
            town.arrive(name).await;
        }
        town.both.execute("update \"user\" set role = 'admin' where email = 'ada@example.com'").await;
        town.admin = [town.both.ours.clone(), town.both.theirs.clone()];
        town
    }

    /// Somebody makes an account and is the one who asks from then on.
    async fn arrive(&mut self, name: &'static str) {
        self.leave();
        let new = json!({ "name": name, "email": format!("{name}@example.com"), "password": PASSWORD });
        self.both.post("sign up", "/sign-up/email", new).await;
        let ids = self.both.texts(&format!("select id from \"user\" where email = '{name}@example.com'")).await;
        self.people.push((name, ids));
    }

    /// Somebody without cookies asks from then on.
    fn leave(&mut self) {
        self.both.ours = self.both.gateway.anon();
        self.both.theirs = self.both.node.anon();
    }

    /// The admin asks from then on.
    fn govern(&mut self) {
        [self.both.ours, self.both.theirs] = self.admin.clone();
    }

    async fn sign_in(&mut self, name: &str, more: Value) {
        self.leave();
        let mut body = json!({ "email": format!("{name}@example.com"), "password": PASSWORD });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.both.post("sign in", "/sign-in/email", body).await;
    }

    /// Puts ids where `<name>` stands.
    fn fill(&self, text: &str, us: bool) -> String {
        self.people
            .iter()
            .fold(text.to_owned(), |text, (name, ids)| text.replace(&format!("<{name}>"), &ids[usize::from(!us)]))
    }

    /// POST below `/admin/`, with `<name>` for ids.
    async fn post(&mut self, path: &str, body: Value) {
        let text = body.to_string();
        let bodies: [Value; 2] = [true, false].map(|us| serde_json::from_str(&self.fill(&text, us)).unwrap());
        let path = format!("/admin/{path}");
        self.both.step(&text, Method::POST, &path, |ask, us| ask.json(&bodies[usize::from(!us)])).await;
    }

    async fn get(&mut self, path: &str) {
        let paths = [true, false].map(|us| self.fill(&format!("/api/auth{path}"), us));
        self.both.step_at(path, Method::GET, &paths, |ask, _| ask).await;
    }

    fn end(self) {
        self.both.end();
    }
}

async fn users_are_made_and_changed(database: Database) {
    let mut town = Town::new(&database, &["bob"]).await;
    let made = [
        json!({}),
        json!({ "role": ["user", "admin"] }),
        json!({ "role": [] }),
        json!({ "role": 5 }),
        json!({ "data": { "role": "admin" } }),
        json!({ "data": { "role": 5 } }),
        json!({ "data": { "role": null } }),
        json!({ "role": "user", "data": { "role": 5 } }),
        json!({ "password": "1" }),
        json!({ "password": "" }),
        json!({ "password": "x".repeat(129) }),
        json!({ "password": null }),
        json!({ "data": [] }),
        json!({ "data": { "emailVerified": true, "image": "/i", "colour": 1 } }),
        json!({ "data": { "banned": true, "banReason": "q", "banExpires": "2131-01-01T00:00:00.000Z" } }),
        json!({ "data": { "email": "evil@example.com", "name": "evil", "password": "abc" } }),
        json!({ "email": "bad" }),
        json!({ "email": "ADA@example.com", "password": "x".repeat(129) }),
        json!({ "email": "ada@example.com" }),
        json!({ "email": 5 }),
        json!({ "name": null }),
    ];
    for (number, more) in made.into_iter().enumerate() {
        let mut body = json!({ "email": format!("U{number}@Example.com"), "name": "New" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        town.post("create-user", body).await;
    }
    let changes = [
        json!({ "name": "Bobby", "image": "/b", "emailVerified": true, "colour": "red" }),
        json!({ "image": null }),
        json!({ "colour": 1 }),
        json!({ "email": "BOB2@example.com" }),
        json!({ "email": "ada@example.com" }),
        json!({ "email": "bad" }),
        json!({ "email": null }),
        json!({ "role": "admin" }),
        json!({ "role": ["user", "admin"] }),
        json!({ "role": [] }),
        json!({ "role": null }),
        json!({ "role": "user" }),
        json!({ "banned": true, "banReason": "why", "banExpires": "2130-01-01T00:00:00.000Z" }),
        json!({ "banExpires": null }),
        json!({ "banned": false, "banReason": null }),
        json!({ "password": "x", "id": "y" }),
        json!({ "id": "y" }),
        json!({}),
        json!({ "phoneNumber": "1" }),
    ];
    for data in changes {
        town.post("update-user", json!({ "userId": "<bob>", "data": data })).await;
    }
    for (user, data) in [
        (json!("<ada>"), json!({ "banned": true })),
        (json!("nobody"), json!({ "name": "x" })),
        (json!("nobody"), json!({ "email": "ada@example.com" })),
        (json!(7), json!({ "name": "x" })),
        (json!(null), json!({ "name": "x" })),
        (json!("<bob>"), json!([])),
        (json!("<bob>"), json!("x")),
    ] {
        town.post("update-user", json!({ "userId": user, "data": data })).await;
    }
    town.post("update-user", json!({ "data": {} })).await;
    for role in [json!("admin"), json!(["user", "admin"]), json!([]), json!(""), json!(5), json!([5]), json!("user")] {
        town.post("set-role", json!({ "userId": "<bob>", "role": role })).await;
    }
    town.post("set-role", json!({ "userId": "nobody", "role": "user" })).await;
    town.post("set-role", json!({ "role": "user" })).await;
    for query in ["?id=<bob>", "?id=nobody", "?id=", "", "?id=a&id=b"] {
        town.get(&format!("/admin/get-user{query}")).await;
    }
    town.end();
}

async fn users_are_listed(database: Database) {
    let mut town = Town::new(&database, &["Bob", "cyd", "a_a"]).await;
    town.both.execute("update \"user\" set role = null where email = 'cyd@example.com'").await;
    let queries = [
        "limit=0",
        "limit=abc",
        "limit=2&offset=1",
        "limit=1e1",
        "limit=1.5",
        "limit=99999999999999999999",
        "limit=1&limit=2",
        "offset=1&limit=100",
        "offset=999&limit=5",
        "sortBy=nope",
        "sortBy=password",
        "sortBy=name",
        "sortBy=name&sortDirection=desc",
        "sortBy=createdAt&sortDirection=desc&limit=2",
        "sortBy=&sortDirection=desc",
        "sortBy=name&sortBy=email",
        "sortBy=user.email",
        "sortDirection=x",
        "searchValue=bob",
        "searchValue=%25",
        "searchValue=a_a",
        "searchValue=",
        "searchField=name&searchValue=c&searchOperator=starts_with",
        "searchField=name&searchValue=d&searchOperator=ends_with",
        "searchField=role&searchValue=a",
        "searchField=",
        "searchOperator=eq",
        "filterField=nope&filterValue=1",
        "filterField=role&filterValue=admin",
        "filterField=role&filterOperator=in&filterValue=admin",
        "filterField=role&filterOperator=in&filterValue=admin&filterValue=user",
        "filterField=role&filterOperator=not_in&filterValue=admin&filterValue=x",
        "filterField=banned&filterValue=false",
        "filterField=banned&filterValue=true",
        "filterField=banned&filterOperator=ne&filterValue=true",
        "filterField=emailVerified&filterValue=false",
        "filterField=createdAt&filterOperator=gt&filterValue=2020-01-01",
        "filterField=createdAt&filterOperator=lt&filterValue=2020-01-01T00:00:00.000Z",
        "filterField=id&filterValue=x",
        "filterField=image&filterValue=null",
        "filterOperator=like",
        "filterValue=",
        "filterValue=a&filterValue=b",
        "filterOperator=contains&filterValue=bo&filterValue=b",
        "filterField=email&filterOperator=ne&filterValue=x",
        "filterField=name&filterOperator=ends_with&filterValue=a",
        "filterOperator=gte&filterValue=b&sortBy=name",
        "filterOperator=lt&filterValue=b&sortBy=name",
        "filterValue=bob@example.com",
        "colour=red",
        "searchValue=a&filterField=role&filterValue=admin",
        "searchValue=a&searchValue=b",
        "searchValue=%27%20or%201=1--",
        "filterField=name%22%20or%201=1&filterValue=x",
    ];
    for query in queries {
        town.get(&format!("/admin/list-users?{query}")).await;
    }
    town.get("/admin/list-users").await;
    town.end();
}
