//! What the gateway is measured beside: nginx as upstream, nginx as proxy, and a bare Pingora proxy.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use gateway_tests::ports;
use gateway_tests::process::Process;
use tokio::net::TcpStream;

/// The upstream of every proxy: nginx in a process of its own that answers from memory with the identity it was told.
pub(crate) struct Upstream {
    /// `host:port`.
    pub(crate) address: String,
    _process: Process,
}

/// nginx as a proxy, one worker per core.
pub(crate) struct Nginx {
    /// `host:port` where it merely proxies.
    pub(crate) plain: String,
    /// `host:port` where it asks a constant answer for leave first.
    pub(crate) auth_request: String,
    process: Process,
}

/// Pingora without anything on top.
pub(crate) struct BarePingora {
    /// `host:port`.
    pub(crate) address: String,
    process: Process,
}

impl Upstream {
    /// Starts it with its files in `folder`.
    pub(crate) async fn start(folder: &Path) -> Result<Self> {
        let address = format!("127.0.0.1:{}", ports::free());
        let servers = format!(
            "server {{ listen {address} backlog=4096;
               location / {{ return 200 \"user=$http_x_user_id role=$http_x_user_role\\n\"; }}
               location = /allowed {{ return 200; }} }}"
        );
        let process = nginx(folder, "upstream", 1, &servers)?;
        answers(&address).await?;
        Ok(Self { address, _process: process })
    }
}

impl Nginx {
    /// Starts it in front of `upstream`.
    pub(crate) async fn start(folder: &Path, upstream: &Upstream) -> Result<Self> {
        let [plain, auth_request] = [(); 2].map(|()| format!("127.0.0.1:{}", ports::free()));
        let servers = format!(
            "upstream app {{ server {}; keepalive 128; keepalive_requests 100000000; }}
             proxy_http_version 1.1;
             proxy_set_header Connection \"\";
             proxy_set_header Host $host;
             server {{ listen {plain} backlog=4096; location / {{ proxy_pass http://app; }} }}
             server {{ listen {auth_request} backlog=4096;
               location / {{ auth_request /allowed; proxy_pass http://app; }}
               location = /allowed {{ internal; proxy_pass http://app; proxy_pass_request_body off;
                 proxy_set_header Connection \"\"; proxy_set_header Content-Length \"\"; }} }}",
            upstream.address
        );
        let cores = std::thread::available_parallelism()?.get();
        let process = nginx(folder, "proxy", cores, &servers)?;
        answers(&plain).await?;
        Ok(Self { plain, auth_request, process })
    }

    /// Process id of its master.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl BarePingora {
    /// Starts it in front of `upstream`. Its executable lies beside ours.
    pub(crate) async fn start(upstream: &Upstream) -> Result<Self> {
        let address = format!("127.0.0.1:{}", ports::free());
        let executable = std::env::current_exe()?.with_file_name("bare-pingora");
        let process = Process::start("bare Pingora", Command::new(executable).args([&address, &upstream.address]));
        answers(&address).await?;
        Ok(Self { address, process })
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for BarePingora {
    fn drop(&mut self) {
        self.process.kill(); // on SIGTERM Pingora's own server waits for minutes
    }
}

fn nginx(folder: &Path, name: &str, workers: usize, servers: &str) -> Result<Process> {
    let file = folder.join(format!("{name}.conf"));
    let place = |what: &str| folder.join(format!("{name}.{what}")).display().to_string();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {};", place(kind)))
        .join("\n");
    let text = format!(
        "daemon off; worker_processes {workers}; error_log stderr error; pid {};
         events {{ worker_connections 4096; }}
         http {{ access_log off; keepalive_requests 100000000; keepalive_timeout 75s; {temporary} {servers} }}",
        place("pid")
    );
    std::fs::write(&file, text)?;
    Ok(Process::start("nginx", Command::new(nginx_executable()?).arg("-p").arg(folder).arg("-c").arg(&file)))
}

fn nginx_executable() -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let mut files = folders.map(|folder| folder.join("nginx"));
    files.find(|file| file.exists()).context("there is no nginx; scripts/install-parts.sh installs it")
}

/// Waits until something listens there.
async fn answers(address: &str) -> Result<()> {
    for _ in 0..500 {
        if TcpStream::connect(address).await.is_ok() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    bail!("nothing listens on {address}")
}
