//! A real mail server that keeps all mails, and can be stopped and started again.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;

use crate::peers::command;
use crate::ports;
use crate::process::Process;

/// How long a mail may take to arrive.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running mail server, or a stopped one.
pub struct Mailbox {
    setup: MailboxSetup,
    port: u16,
    process: Option<Process>,
    /// What it printed before it was stopped.
    before: String,
}

/// What a mail server is started with. Made by [`Mailbox::with`].
#[derive(Default)]
pub struct MailboxSetup {
    env: Vec<(&'static str, String)>,
    tls: Option<Tls>,
    login: Option<&'static str>,
}

struct Tls {
    mode: &'static str,
    folder: TempDir,
}

/// A mail as it arrived.
#[derive(Debug, Clone)]
pub struct Mail(Value);

impl Mailbox {
    /// A server that speaks plain text and takes every mail, as developers have one on their machine.
    pub fn start() -> Self {
        Self::with().start()
    }

    /// One with encryption, a login, or a will of its own.
    pub fn with() -> MailboxSetup {
        MailboxSetup::default()
    }

    /// A setting `mail.smtp_url` that leads here.
    pub fn url(&self) -> String {
        let implicit = self.setup.tls.as_ref().is_some_and(|tls| tls.mode == "implicit");
        let scheme = if implicit { "smtps" } else { "smtp" };
        let login = self.setup.login.map(|login| format!("{login}@")).unwrap_or_default();
        let host = if implicit { "localhost" } else { "127.0.0.1" };
        format!("{scheme}://{login}{host}:{}", self.port)
    }

    /// The section `[mail]` that leads here.
    pub fn config(&self) -> String {
        let ca = self.authority().map(|path| format!("smtp_ca = {path:?}\n")).unwrap_or_default();
        format!("[mail]\ntransport = \"smtp\"\nfrom = \"Acme <noreply@acme.test>\"\nsmtp_url = {:?}\n{ca}", self.url())
    }

    /// The certificate that whoever wants encryption from the start has to trust.
    pub fn authority(&self) -> Option<PathBuf> {
        let tls = self.setup.tls.as_ref().filter(|tls| tls.mode == "implicit");
        tls.map(|tls| tls.folder.path().join("cert.pem"))
    }

    /// Everything that has arrived so far.
    pub fn mails(&self) -> Vec<Mail> {
        let said = self.said();
        let mails = said.lines().filter_map(|line| line.strip_prefix("mail "));
        mails.map(|json| Mail(serde_json::from_str(json).expect("the server writes JSON"))).collect()
    }

    /// What has arrived for this address, in the order of arrival.
    pub fn mails_to(&self, address: &str) -> Vec<Mail> {
        self.mails().into_iter().filter(|mail| mail.to() == address).collect()
    }

    /// How often somebody wanted to send a mail to this address, whether or not it was taken.
    pub fn tries(&self, address: &str) -> usize {
        self.said().lines().filter(|line| line.strip_prefix("rcpt ") == Some(address)).count()
    }

    /// Waits for the first mail to this address.
    pub async fn mail_to(&self, address: &str) -> Mail {
        self.nth_mail_to(address, 1).await
    }

    /// Waits for the `n`th mail to this address, counted from 1.
    pub async fn nth_mail_to(&self, address: &str, n: usize) -> Mail {
        let began = Instant::now();
        loop {
            let mut mails = self.mails_to(address);
            if mails.len() >= n {
                return mails.swap_remove(n - 1);
            }
            let all: Vec<_> = self.mails().iter().map(|mail| (mail.to(), mail.subject())).collect();
            assert!(began.elapsed() < PATIENCE, "mail {n} to {address} never came; there are {all:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Stops it. What it has taken stays.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            tokio::task::block_in_place(|| process.stop(PATIENCE));
            self.before.push_str(&process.stdout());
        }
    }

    /// Starts it again, on the same port.
    pub fn restart(&mut self) {
        self.stop();
        self.process = Some(self.setup.process(self.port));
    }

    fn said(&self) -> String {
        let now = self.process.as_ref().map(Process::stdout).unwrap_or_default();
        format!("{}{now}", self.before)
    }
}

impl MailboxSetup {
    /// Encrypted after STARTTLS, and not usable before.
    pub fn starttls(self) -> Self {
        self.tls("starttls")
    }

    /// Encrypted from the start, with a certificate for `localhost` of an authority of its own.
    pub fn implicit_tls(self) -> Self {
        self.tls("implicit")
    }

    /// Only for this user: `name:password`.
    pub fn login(mut self, login: &'static str) -> Self {
        self.login = Some(login);
        self.env.push(("LOGIN", login.into()));
        self
    }

    /// Refuses mails to these addresses for good; commas between them.
    pub fn refuses(mut self, addresses: &str) -> Self {
        self.env.push(("REFUSE", addresses.into()));
        self
    }

    /// Puts addresses that begin with `busy` off this often.
    pub fn busy(mut self, times: usize) -> Self {
        self.env.push(("BUSY", times.to_string()));
        self
    }

    /// Starts it on a port of its own.
    pub fn start(self) -> Mailbox {
        let port = ports::free();
        let process = Some(self.process(port));
        Mailbox { setup: self, port, process, before: String::new() }
    }

    fn tls(mut self, mode: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate can be made");
        std::fs::write(folder.path().join("cert.pem"), made.cert.pem()).expect("the folder can be written");
        std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem())
            .expect("the folder can be written");
        self.tls = Some(Tls { mode, folder });
        self
    }

    fn process(&self, port: u16) -> Process {
        let mut command = command("python", "mailbox.py");
        command.env("PORT", port.to_string()).envs(self.env.iter().map(|(name, value)| (name, value)));
        if let Some(Tls { mode, folder }) = &self.tls {
            command.env("TLS", mode);
            command.env("CERT", folder.path().join("cert.pem")).env("KEY", folder.path().join("key.pem"));
        }
        tokio::task::block_in_place(|| {
            let mut process = Process::start_with_input("the mail server", command.stdin(Stdio::piped()));
            process.wait_for("its address", |line| line.strip_prefix("listening smtp://").map(drop));
            process
        })
    }
}

impl Mail {
    /// The address it was sent to.
    pub fn to(&self) -> String {
        self.0["to"][0].as_str().unwrap_or_default().to_owned()
    }

    /// The address it says to come from, on the envelope.
    pub fn from(&self) -> &str {
        self.0["from"].as_str().unwrap_or_default()
    }

    /// The subject, decoded.
    pub fn subject(&self) -> String {
        self.header("Subject").unwrap_or_default()
    }

    /// The only header of this name, decoded. Panics if there are several.
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<String> {
        let headers = self.0["headers"].as_array().into_iter().flatten();
        let mut found = headers.filter(|header| header[0].as_str().is_some_and(|it| it.eq_ignore_ascii_case(name)));
        let value = found.next().and_then(|header| header[1].as_str()).map(str::to_owned);
        assert!(found.next().is_none(), "there is more than one {name}:\n{}", self.raw());
        value
    }

    /// The plain text.
    pub fn text(&self) -> &str {
        self.0["text"].as_str().unwrap_or_default()
    }

    /// The HTML.
    pub fn html(&self) -> &str {
        self.0["html"].as_str().unwrap_or_default()
    }

    /// The mail byte by byte, as Latin-1.
    pub fn raw(&self) -> &str {
        self.0["raw"].as_str().unwrap_or_default()
    }

    /// The link in it; panics when there is none.
    #[track_caller]
    pub fn link(&self) -> String {
        let link = Regex::new(r"https?://\S+").expect("it is a pattern");
        link.find(self.text()).unwrap_or_else(|| panic!("no link in {}", self.text())).as_str().to_owned()
    }

    /// The code in it, on a line of its own; panics when there is none.
    #[track_caller]
    pub fn code(&self) -> String {
        let is_code = |line: &&str| !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
        let code = self.text().lines().map(str::trim).find(is_code);
        code.unwrap_or_else(|| panic!("no code in {}", self.text())).to_owned()
    }

    /// Whether it came encrypted.
    pub fn was_encrypted(&self) -> bool {
        self.0["encrypted"] == true
    }

    /// Who was logged in when it came.
    pub fn user(&self) -> Option<&str> {
        self.0["user"].as_str()
    }

    /// The number of the connection that it came by, from 1.
    pub fn connection(&self) -> u64 {
        self.0["connection"].as_u64().unwrap_or_default()
    }
}
