//! What is told about a database that may be adopted. Pure.

use super::{
    super::schema::{COLUMNS, Kind},
    catalog::{Catalog, Table},
    layout::{Base, Layout},
    plan::Step,
};

/// What a look at a database came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adoption {
    /// Whether it can be adopted.
    pub verdict: Verdict,
    /// Whose layout it is, in words.
    pub layout: String,
    /// Better Auth's tables and what stands for them.
    pub compatible: Vec<String>,
    /// What lacks and would be added.
    pub missing: Vec<String>,
    /// What would be done, in order.
    pub steps: Vec<Step>,
    /// Tables of flows that the gateway doesn't serve: they stay as they are.
    pub untouched: Vec<String>,
    /// What is good to know before.
    pub notes: Vec<String>,
    /// Why it can't be adopted.
    pub problems: Vec<String>,
}

/// Whether a database can be adopted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is to be done: the gateway serves it as it is.
    Ready,
    /// It can be adopted.
    Adoptable,
    /// It can't.
    Refused,
}

/// Tables of Better Auth's plugins.
const PLUGINS: &[(&str, &str)] = &[
    ("jwks", "keys that sign JWTs"),
    ("twoFactor", "second factors"),
    ("passkey", "passkeys"),
    ("apikey", "API keys"),
    ("organization", "organizations"),
    ("member", "members of organizations"),
    ("invitation", "invitations to organizations"),
    ("team", "teams"),
    ("teamMember", "members of teams"),
    ("organizationRole", "roles of organizations"),
    ("deviceCode", "device authorization"),
    ("rateLimit", "counters of rate limits"),
    ("oauthApplication", "OAuth clients"),
    ("oauthAccessToken", "OAuth tokens"),
    ("oauthConsent", "OAuth consents"),
    ("ssoProvider", "SSO providers"),
    ("subscription", "subscriptions"),
    ("walletAddress", "wallet addresses"),
];

impl Adoption {
    /// Of a database in which nothing can be adopted.
    pub(super) fn refused(layout: &str, problems: Vec<String>) -> Self {
        Self { verdict: Verdict::Refused, problems, ..Self::of(layout, Vec::new()) }
    }

    /// Of a database where this is to be done.
    pub(super) fn of(layout: &str, steps: Vec<Step>) -> Self {
        Self {
            verdict: if steps.is_empty() { Verdict::Ready } else { Verdict::Adoptable },
            layout: layout.to_owned(),
            compatible: Vec::new(),
            missing: Vec::new(),
            steps,
            untouched: Vec::new(),
            notes: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// With what a layout means.
    pub(super) fn explained(mut self, catalog: &Catalog, layout: &Layout) -> Self {
        for (logical, base) in &layout.tables {
            let Some(table) = catalog.table(&layout.schema, &base.name) else { continue };
            self.compatible.push(format!("{logical}: {}{}", table.shown(), remarks(logical, table, base)));
            let lacks = |column: &&String| table.column(column).is_none();
            self.missing
                .extend(base.columns.values().filter(lacks).map(|column| format!("column {}.{column}", table.shown())));
        }
        if let (Some(password), Some(user)) = (&layout.password, layout.tables.get("user")) {
            self.compatible.push(format!("passwords: {}.{}.{password}", layout.schema, user.name));
        }
        let absent = ["account", "verification"].into_iter().filter(|logical| !layout.tables.contains_key(*logical));
        self.missing.extend(absent.map(|logical| format!("table {logical}")));
        self
    }

    /// With the tables of a stock layout.
    pub(super) fn listing(mut self, catalog: &Catalog) -> Self {
        const STOCK: &[&str] = &["user", "session", "account", "verification"];
        let named = |name: &&str| catalog.tables.iter().find(|table| table.name == **name);
        self.compatible = STOCK.iter().filter_map(|name| Some(format!("{name}: {}", named(name)?.shown()))).collect();
        self.missing = STOCK.iter().filter(|name| named(name).is_none()).map(|name| format!("table {name}")).collect();
        self.missing
            .extend(self.steps.iter().map(|step| &step.what).filter(|what| what.starts_with("column ")).cloned());
        self
    }

    /// With the tables that stay as they are.
    pub(super) fn untouching(mut self, catalog: &Catalog) -> Self {
        self.untouched = catalog.tables.iter().filter_map(untouched).collect();
        self
    }
}

fn remarks(logical: &str, table: &Table, base: &Base) -> String {
    let mut remarks = Vec::new();
    let renamed = base.columns.iter().filter(|(name, column)| name != column && table.column(column).is_some());
    if renamed.clone().next().is_some() {
        remarks.push("other names".to_owned());
    }
    let field = |column: &str| base.columns.get(column).and_then(|name| table.column(name));
    let times = COLUMNS.iter().filter(|column| column.table == logical && column.kind == Kind::Time);
    if times.filter_map(|column| field(column.name)).any(|field| field.kind == "timestamp without time zone") {
        remarks.push("times without zone, taken for UTC".to_owned());
    }
    let shadows = base.shadows.keys().map(|column| format!("{column} gets a column of text beside it"));
    remarks.extend(shadows);
    if remarks.is_empty() { String::new() } else { format!(" ({})", remarks.join("; ")) }
}

fn untouched(table: &Table) -> Option<String> {
    let plain = |name: &str| name.to_lowercase().replace('_', "");
    let (name, purpose) = PLUGINS.iter().find(|(name, _)| {
        let (found, name) = (plain(&table.name), plain(name));
        found == name || found == format!("{name}s")
    })?;
    let has = |column: &str| table.columns.iter().any(|field| plain(&field.name) == column);
    let age = match *name {
        "apikey" if !has("referenceid") => ", as Better Auth 1.4 and older have it",
        "jwks" if !has("alg") => ", as Better Auth 1.6 and older have it",
        "twoFactor" if !has("verified") => ", as Better Auth 1.5 and older have it",
        "team" if !has("membercount") => ", as Better Auth 1.6 and older have it",
        _ => "",
    };
    Some(format!("{} ({purpose}{age})", table.shown()))
}
