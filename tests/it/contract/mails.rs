//! The links that both servers mail: read, compared, and followed in the same step.

use std::{sync::LazyLock, time::Duration};

use gateway_tests::gateway::Gateway;
use http::Method;
use regex::Regex;
use serde_json::Value;

use super::both::Both;

/// A link in a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mailed {
    /// Where it was sent.
    pub(super) to: String,
    /// The link, without the server's address.
    pub(super) link: String,
}

impl Mailed {
    /// The secret of a link for a new password, or the token of another.
    pub(super) fn token(&self) -> String {
        let found = SECRET.captures(&self.link).expect("links hold a secret");
        found[1].to_owned()
    }

    fn masked(&self) -> String {
        format!("{}: {}", self.to, SECRET.replace(&self.link, "[secret]"))
    }
}

static SECRET: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:/reset-password/|\btoken=)([A-Za-z0-9._-]+)").expect("the pattern is right"));

static IN_LOG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"mail\.to="?([^" ]+)"?.*mail\.link="?https?://[^/]+([^" ]+)"?"#).expect("the pattern is right")
});

static CODE_IN_LOG: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"mail\.to="?([^" ]+)"?.*mail\.code="?([0-9]+)"?"#).expect("the pattern is right"));

/// A code in a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Code {
    /// Where it was sent.
    pub(super) to: String,
    /// Its digits.
    pub(super) digits: String,
}

impl Code {
    /// Another one of as many digits.
    pub(super) fn wrong(&self) -> String {
        let turned = |digit: char| if digit == '9' { '0' } else { (digit as u8 + 1) as char };
        self.digits.chars().map(turned).collect()
    }
}

/// Waits until the gateway has mailed so many codes; gives them all.
pub(super) async fn codes(gateway: &Gateway, count: usize) -> Vec<Code> {
    for _ in 0..1_500 {
        let log = gateway.log();
        let found = log.lines().filter_map(|line| CODE_IN_LOG.captures(line));
        let codes: Vec<_> = found.map(|code| Code { to: code[1].to_owned(), digits: code[2].to_owned() }).collect();
        if codes.len() >= count {
            return codes;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{count} codes were never mailed:\n{}", gateway.log());
}

/// The links that a gateway has written to its log so far.
pub(super) fn in_log(gateway: &Gateway) -> Vec<Mailed> {
    let log = gateway.log();
    let found = log.lines().filter_map(|line| IN_LOG.captures(line));
    found.map(|found| Mailed { to: found[1].to_owned(), link: found[2].to_owned() }).collect()
}

/// Waits until the gateway has mailed so many links; gives them all.
pub(super) async fn links(gateway: &Gateway, count: usize) -> Vec<Mailed> {
    for _ in 0..1_000 {
        let links = in_log(gateway);
        if links.len() >= count {
            return links;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{count} links were never mailed:\n{}", gateway.log());
}

impl Both {
    /// The links that the original server has mailed so far.
    async fn their_links(&self) -> Vec<Mailed> {
        let mails = self.theirs.get("/__mails").await.expect(200).json();
        let base = self.node.url();
        let read = |mail: &Value| Mailed {
            to: mail["to"].as_str().expect("mails go somewhere").to_owned(),
            link: mail["url"].as_str().and_then(|url| url.strip_prefix(&base)).expect("a link of its own").to_owned(),
        };
        mails.as_array().expect("a list").iter().map(read).collect()
    }

    /// The newest link at both, after so many; compares what was mailed. Ours comes first.
    pub(super) async fn mailed(&mut self, count: usize) -> [Mailed; 2] {
        let theirs = self.their_links().await;
        let ours = links(&self.gateway, count).await;
        let masked = |links: &[Mailed]| links.iter().map(Mailed::masked).collect::<Vec<_>>();
        if masked(&ours) != masked(&theirs) || ours.len() != count {
            self.differences.push(format!("── mails\nexpected:\n{:#?}\nfound:\n{:#?}", masked(&theirs), masked(&ours)));
        }
        let last = |links: Vec<Mailed>| links.into_iter().last().expect("a mail was sent");
        [last(ours), last(theirs)]
    }

    /// The newest code at both, after so many; compares to whom they were mailed. Ours comes first.
    pub(super) async fn coded(&mut self, count: usize) -> [Code; 2] {
        let mails = self.theirs.get("/__mails").await.expect(200).json();
        let read = |mail: &Value| Some(Code { to: mail["to"].as_str()?.into(), digits: mail["otp"].as_str()?.into() });
        let theirs: Vec<_> = mails.as_array().expect("a list").iter().filter_map(read).collect();
        let ours = codes(&self.gateway, count).await;
        let shape = |codes: &[Code]| codes.iter().map(|code| (code.to.clone(), code.digits.len())).collect::<Vec<_>>();
        if shape(&ours) != shape(&theirs) || ours.len() != count {
            self.differences.push(format!("── codes\nexpected:\n{:?}\nfound:\n{:?}", shape(&theirs), shape(&ours)));
        }
        let last = |codes: Vec<Code>| codes.into_iter().last().expect("a code was sent");
        [last(ours), last(theirs)]
    }

    /// Follows the newest link at both.
    pub(super) async fn follow(&mut self, what: &str, mailed: &[Mailed; 2]) {
        let paths = mailed.each_ref().map(|mailed| mailed.link.clone());
        self.step_at(what, Method::GET, &paths, |ask, _| ask).await;
    }
}
