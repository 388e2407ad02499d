//! `[mail]`: a sender, and whatever the transport needs.

use std::fs;

use rustls::pki_types::{CertificateDer, pem::PemObject};

use super::{
    super::{MailTransport, load::file::reason},
    Report,
};

pub(super) fn check(report: &mut Report<'_>) {
    let mail = &report.config().mail;
    if mail.sender().is_none() {
        report.say("mail.from", format!("{:?} is no sender; write \"Name <name@example.com>\"", mail.from));
    }
    if !mail.smtp_url.is_empty() {
        if let Err(why) = mail.smtp_server() {
            report.say("mail.smtp_url", why);
        }
    } else if mail.transport == MailTransport::Smtp {
        let message = "is missing; mail.transport = \"smtp\" needs the mail server, \
                       such as \"smtp://user:password@mail.example.com:587\"";
        report.say("mail.smtp_url", message);
    }
    if mail.transport == MailTransport::Resend && mail.resend_api_key.is_empty() {
        report.say("mail.resend_api_key", "is missing; mail.transport = \"resend\" needs the key of an account there");
    }
    if mail.resend_api_key.expose().chars().any(|c| c.is_control() || !c.is_ascii()) {
        report.say("mail.resend_api_key", "has characters that no key has");
    }
    if let Err(why) = mail.resend_endpoint() {
        report.say("mail.resend_url", why);
    }
    authorities(report);
}

fn authorities(report: &mut Report<'_>) {
    let path = &report.config().mail.smtp_ca;
    if path.as_os_str().is_empty() {
        return;
    }
    let wrong = match fs::read(path) {
        Err(error) => Some(format!("{} can not be read: {}", path.display(), reason(&error))),
        Ok(pem) => {
            let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
            let none = certificates.map_or(true, |certificates| certificates.is_empty());
            none.then(|| format!("{} holds no certificate in PEM form", path.display()))
        }
    };
    if let Some(wrong) = wrong {
        report.say("mail.smtp_ca", wrong);
    }
}
