//! All results, the budgets beside them, and how both look as a table and as JSON. The budgets are ratios wherever
//! the machine's speed would decide otherwise.

use std::fmt::{self, Display, Write};

use serde::Serialize;

use crate::miss::Misses;
use crate::revocation::Revocation;
use crate::rounds::Best;
use crate::sign_in::{Flood, Rate};
use crate::start::Start;

/// Names of the targets, as they stand in the table.
pub(crate) mod names {
    /// nginx `proxy_pass`.
    pub(crate) const NGINX: &str = "nginx, plain proxy";
    /// nginx with `auth_request`.
    pub(crate) const AUTH_REQUEST: &str = "nginx, auth_request to a constant";
    /// Pingora alone.
    pub(crate) const BARE: &str = "Pingora, bare proxy";
    /// The gateway on SQLite.
    pub(crate) const SQLITE: &str = "gateway, proxied with session";
    /// The gateway on PostgreSQL.
    pub(crate) const POSTGRES: &str = "gateway, the same on PostgreSQL";
    /// The gateway without looking for a session.
    pub(crate) const PUBLIC: &str = "gateway, public route";
    /// The gateway asked by nginx.
    pub(crate) const FORWARD: &str = "gateway, forward-auth check";
    /// get-session.
    pub(crate) const GET_SESSION: &str = "gateway, get-session";
}

/// Requests per second and core of get-session by Better Auth on Node, without its cookie cache.
const BETTER_AUTH_PER_CORE: f64 = 253.0;
const MIB: f64 = 1024.0 * 1024.0;

/// Everything that was measured; what was left out is `None`.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// How busy the machine was before the bench began, as the kernel tells it.
    pub(crate) load_average: String,
    /// The steady loads.
    pub(crate) steady: Vec<Best>,
    /// Session misses on SQLite.
    pub(crate) misses: Option<Misses>,
    /// Session misses on PostgreSQL.
    pub(crate) misses_postgres: Option<Misses>,
    /// Sign-ins without hurry.
    pub(crate) sign_in: Option<Rate>,
    /// Many sign-ins at once.
    pub(crate) flood: Option<Flood>,
    /// Changes in the database.
    pub(crate) revocation: Option<Revocation>,
    /// Starting.
    pub(crate) start: Option<Start>,
    /// Every budget and whether it is kept. Filled by [`Report::judge`].
    pub(crate) budgets: Vec<Budget>,
}

/// One line of the budgets.
#[derive(Debug, Serialize)]
pub(crate) struct Budget {
    /// What is limited.
    pub(crate) what: &'static str,
    /// What was measured.
    pub(crate) measured: String,
    /// What it should be.
    pub(crate) budget: &'static str,
    /// Whether it is.
    pub(crate) kept: bool,
}

impl Report {
    /// Holds everything that was measured against its budget.
    pub(crate) fn judge(&mut self) {
        let mut budgets = Vec::new();
        self.judge_steady(&mut budgets);
        self.judge_memory(&mut budgets);
        self.judge_passwords(&mut budgets);
        if let Some(seen) = &self.revocation {
            let measured = format!("p50 {:.2} ms, p99 {:.2} ms", seen.p50_ms, seen.p99_ms);
            budgets.push(Budget::new("revocation, p99", measured, "<= 10 ms", seen.p99_ms <= 10.0));
        }
        if let Some(seen) = &self.start {
            let measured = format!("{:.0} ms", seen.least_ms);
            budgets.push(Budget::new("start to readiness", measured, "<= 300 ms", seen.least_ms <= 300.0));
        }
        self.budgets = budgets;
    }

    fn of(&self, name: &str) -> Option<&Best> {
        self.steady.iter().find(|best| best.name == name)
    }

    fn judge_steady(&self, budgets: &mut Vec<Budget>) {
        let (Some(nginx), Some(bare)) = (self.of(names::NGINX), self.of(names::BARE)) else { return };
        let times = |ratio: f64| format!("{ratio:.2} x");
        for (name, over_bare, over_nginx) in [
            (names::SQLITE, "proxied with session / bare Pingora", "proxied with session / nginx"),
            (names::POSTGRES, "on PostgreSQL / bare Pingora", "on PostgreSQL / nginx"),
        ] {
            let Some(best) = self.of(name) else { continue };
            let (bare, nginx) = (best.cpu_us / bare.cpu_us, best.cpu_us / nginx.cpu_us);
            budgets.push(Budget::new(over_bare, times(bare), "<= 1.10 x CPU", bare <= 1.10));
            budgets.push(Budget::new(over_nginx, times(nginx), "<= 2.4 x CPU", nginx <= 2.4));
        }
        if let (Some(ours), Some(theirs)) = (self.of(names::SQLITE), self.of(names::AUTH_REQUEST)) {
            let measured = format!("{:.0} : {:.0}", ours.per_second, theirs.per_second);
            let ahead = ours.per_second > theirs.per_second;
            budgets.push(Budget::new("requests/s, proxied : auth_request", measured, "ahead", ahead));
            let measured = format!("{:.2} : {:.2} ms", ours.p99_ms, theirs.p99_ms);
            budgets.push(Budget::new("p99, proxied : auth_request", measured, "ahead", ours.p99_ms < theirs.p99_ms));
        }
        if let Some(best) = self.of(names::FORWARD) {
            let ratio = best.cpu_us / nginx.cpu_us;
            budgets.push(Budget::new("forward-auth check / nginx", times(ratio), "<= 1.2 x CPU", ratio <= 1.2));
        }
        if let Some(best) = self.of(names::GET_SESSION) {
            let ratio = 1e6 / best.cpu_us / BETTER_AUTH_PER_CORE;
            let measured = format!("{:.0} x ({:.0}/s)", ratio, 1e6 / best.cpu_us);
            budgets.push(Budget::new("get-session / Better Auth, per core", measured, ">= 100 x", ratio >= 100.0));
        }
    }

    fn judge_memory(&self, budgets: &mut Vec<Budget>) {
        let Some(seen) = &self.misses else { return };
        let idle = seen.idle_bytes as f64 / MIB;
        budgets.push(Budget::new("memory when idle", format!("{idle:.1} MiB"), "<= 30 MiB", idle <= 30.0));
        let each = seen.bytes_per_session;
        budgets.push(Budget::new("memory per cached session", format!("{each:.0} B"), "<= 1024 B", each <= 1024.0));
    }

    fn judge_passwords(&self, budgets: &mut Vec<Budget>) {
        let Some(seen) = &self.flood else { return };
        let measured = format!("{} in, {} sent back, {} failed", seen.signed_in, seen.sent_back, seen.failed);
        budgets.push(Budget::new("sign-ins at once", measured, "0 failed", seen.failed == 0));
        let ratio = seen.flooded_p99_ms / seen.quiet_p99_ms;
        let measured = format!("{ratio:.2} x ({:.1} / {:.1} ms)", seen.flooded_p99_ms, seen.quiet_p99_ms);
        budgets.push(Budget::new("p99 of proxied requests meanwhile", measured, "<= 2 x quiet", ratio <= 2.0));
    }

    fn write_steady(&self, out: &mut String) -> fmt::Result {
        if self.steady.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "{:36}{:>9}{:>9}{:>11}{:>9}{:>9}  rounds",
            "steady load", "CPU us", "x nginx", "x Pingora", "req/s", "p99 ms"
        )?;
        let of = |name| self.of(name).map_or(f64::NAN, |best: &Best| best.cpu_us);
        let (nginx, bare) = (of(names::NGINX), of(names::BARE));
        for best in &self.steady {
            let cpu = best.cpu_us;
            let rounds: Vec<String> = best.rounds_us.iter().map(|round| format!("{round:.1}")).collect();
            write!(out, "{:36}{cpu:>9.1}{:>9.2}{:>11.2}", best.name, cpu / nginx, cpu / bare)?;
            write!(out, "{:>9.0}{:>9.2}  {}", best.per_second, best.p99_ms, rounds.join(" "))?;
            let errors = if best.errors > 0 { format!("  ({} errors)", best.errors) } else { String::new() };
            writeln!(out, "{errors}")?;
        }
        writeln!(out)
    }

    fn write_rest(&self, out: &mut String) -> fmt::Result {
        for (name, misses) in [("SQLite", &self.misses), ("PostgreSQL", &self.misses_postgres)] {
            let Some(seen) = misses else { continue };
            writeln!(
                out,
                "session miss, {name}: {:.1} us CPU; {} sessions cached: {:.1} MiB, {:.0} B each; idle {:.1} MiB",
                seen.cpu_us,
                seen.sessions,
                seen.full_bytes as f64 / MIB,
                seen.bytes_per_session,
                seen.idle_bytes as f64 / MIB
            )?;
        }
        if let Some(seen) = &self.sign_in {
            writeln!(out, "sign-in: {:.1} per second, {:.1} ms CPU each", seen.per_second, seen.cpu_ms)?;
        }
        if let Some(seen) = &self.flood {
            writeln!(
                out,
                "flood: {} sign-ins answered in {:.0} ms; proxied per second {:.0} before, {:.0} meanwhile; {:.1} MiB",
                seen.sign_ins,
                seen.lasted_ms,
                seen.quiet_per_second,
                seen.flooded_per_second,
                seen.resident_bytes as f64 / MIB
            )?;
        }
        if let Some(seen) = &self.revocation {
            writeln!(
                out,
                "revocation: {} changes, commit to answer at both gateways: p50 {:.2}, p99 {:.2}, longest {:.2} ms; \
                 PostgreSQL's bare notification: p50 {:.2}, p99 {:.2} ms",
                seen.trials, seen.p50_ms, seen.p99_ms, seen.max_ms, seen.notify_p50_ms, seen.notify_p99_ms
            )?;
        }
        writeln!(out)
    }
}

impl Budget {
    fn new(what: &'static str, measured: String, budget: &'static str, kept: bool) -> Self {
        Self { what, measured, budget, kept }
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = format!("load average before: {}\n", self.load_average.trim());
        self.write_steady(&mut out)?;
        self.write_rest(&mut out)?;
        writeln!(out, "{:38}{:34}{:16}", "budget", "measured", "wanted")?;
        for budget in &self.budgets {
            let verdict = if budget.kept { "ok" } else { "OVER" };
            writeln!(out, "{:38}{:34}{:16}{verdict}", budget.what, budget.measured, budget.budget)?;
        }
        f.write_str(&out)
    }
}
