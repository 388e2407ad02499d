//! `gateway healthcheck`: asks the admin listener of the configuration, for containers that have no shell and no curl.

use std::{net::IpAddr, process::ExitCode, time::Duration};

use anyhow::{Context, bail};
use clap::Args;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    Outcome, Settings,
    database::block_on,
    failure,
    output::{note, print},
};
use crate::config::{ListenAddress, Period};

/// Most bytes of an answer that are read.
const MOST_BYTES: u64 = 64 << 10;

#[derive(Args)]
pub(super) struct Healthcheck {
    /// What to ask for.
    #[arg(long, default_value = "/readyz", value_name = "PATH")]
    path: String,
    /// How long to wait for the answer.
    #[arg(long, default_value = "2s", value_name = "PERIOD")]
    timeout: Period,
}

impl Healthcheck {
    /// Exit code 0 when the answer is 200, else 1. Never another: Docker reserves 2.
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        Ok(self.ask(settings).unwrap_or_else(|error| {
            failure::tell(&error);
            ExitCode::FAILURE
        }))
    }

    fn ask(&self, settings: &Settings) -> Outcome {
        let address = reachable(&settings.load()?.config.server.admin_listen)?;
        block_on(async {
            let answer = get(&address, &self.path, self.timeout.0).await;
            let (status, body) = answer.with_context(|| format!("http://{address}{}", self.path))?;
            if status == 200 {
                print("ok")?;
                return Ok(ExitCode::SUCCESS);
            }
            note(&format!("http://{address}{} answers {status}: {}", self.path, body.trim_end()));
            Ok(ExitCode::FAILURE)
        })
    }
}

/// The address under which this machine reaches what listens there: a wildcard is no address to ask.
pub(super) fn reachable(listen: &str) -> anyhow::Result<String> {
    if listen.is_empty() {
        bail!("the admin listener is turned off (server.admin_listen)");
    }
    let Ok(ListenAddress::Tcp { host, port }) = listen.parse() else {
        bail!("server.admin_listen = {listen:?} can't be asked: only TCP addresses can");
    };
    if port == 0 {
        bail!("server.admin_listen = {listen:?} picks a port at every start; give it a fixed one");
    }
    let host = match host.parse() {
        Ok(IpAddr::V4(address)) if address.is_unspecified() => "127.0.0.1".to_owned(),
        Ok(IpAddr::V6(address)) if address.is_unspecified() => "::1".to_owned(),
        _ => host,
    };
    Ok(ListenAddress::Tcp { host, port }.to_string())
}

async fn get(address: &str, path: &str, timeout: Duration) -> anyhow::Result<(u16, String)> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.context("nobody answers")?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(MOST_BYTES).read_to_end(&mut answer).await?;
        read(&String::from_utf8_lossy(&answer)).context("the answer is not HTTP")
    };
    match tokio::time::timeout(timeout, exchange).await {
        Ok(answer) => answer,
        Err(_) => bail!("no answer within {}", Period(timeout)),
    }
}

/// Status and body of an answer.
pub(super) fn read(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()?;
    Some((status, body.to_owned()))
}
