//! `gateway mail test`: one mail, sent at once and by the configured way.

use std::process::ExitCode;

use anyhow::{anyhow, bail};
use clap::Args;

use crate::{
    cli::{
        Outcome, Settings,
        database::{block_on, log_warnings},
        output::{note, print},
        user::create::canonical,
    },
    clock::Clock,
    config::{Config, MailTransport},
    crypto::token,
    mail::{Kind, Language, Mail, Outgoing, Recipient, Transport},
};

#[derive(Args)]
pub(in crate::cli) struct SendTest {
    /// E-mail address.
    #[arg(value_parser = canonical)]
    address: String,
}

impl SendTest {
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        let config = settings.load()?.config;
        log_warnings()?;
        let mail = self.mail(&config);
        if config.mail.transport == MailTransport::Console {
            note("note: mail.transport is \"console\": mails go into the log and nowhere else");
            print(&format!("To: {}\nSubject: {}\n\n{}", mail.to, mail.letter.subject, mail.letter.text))?;
            return Ok(ExitCode::SUCCESS);
        }
        let transport = Transport::new(&config.mail).map_err(|why| anyhow!(why))?;
        let way = way(&config);
        block_on(async {
            if let Err(failure) = transport.send(&mail).await {
                bail!("no mail was sent by {way}: {failure}");
            }
            print(&format!("{way} took the mail to {}", mail.to))?;
            Ok(ExitCode::SUCCESS)
        })
    }

    fn mail(&self, config: &Config) -> Outgoing {
        let to = Recipient { name: String::new(), email: self.address.clone() };
        let mail = Mail { to, language: Language::default(), kind: Kind::Test };
        Outgoing {
            id: token::id(),
            to: self.address.clone(),
            posted_at: Clock::system().now(),
            letter: mail.letter(&config.auth.app_name),
        }
    }
}

/// Who is to take the mail; no user, no password.
fn way(config: &Config) -> String {
    match config.mail.transport {
        MailTransport::Console => "the console".to_owned(),
        MailTransport::Smtp => match config.mail.smtp_server() {
            Ok(server) => format!("the mail server {}:{}", server.host, server.port),
            Err(_) => "the mail server".to_owned(),
        },
        MailTransport::Resend => match config.mail.resend_endpoint() {
            Ok(url) => format!("Resend at {}", url.host_str().unwrap_or_default()),
            Err(_) => "Resend".to_owned(),
        },
    }
}
