//! The real edge proxies, run with the files of `deploy/`: only addresses, ports and folders are replaced.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::gateway::{Gateway, Setup};
use crate::peers::part;
use crate::process::{PATIENCE, Process};
use crate::{ports, workspace};

/// Which proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// nginx with `auth_request`.
    Nginx,
    /// Traefik with `forwardAuth`.
    Traefik,
    /// Caddy.
    Caddy,
}

/// A running edge proxy that asks a gateway.
pub struct Edge {
    origin: String,
    _process: Process,
    _folder: TempDir,
}

impl Edge {
    /// A gateway as `deploy/forward-auth.toml` has it, and this proxy before the app at `app`, on a port of its own.
    pub async fn start(kind: Kind, setup: Setup, app: &str) -> (Self, Gateway) {
        let port = ports::free();
        let config =
            deployed("forward-auth.toml").replace("127.0.0.1:8080", "127.0.0.1:0").replace("8081", &port.to_string());
        let gateway = setup.config(&config).start().await;
        let addresses = Addresses { port, gateway: gateway.address().to_owned(), app: app.to_owned() };
        let edge = tokio::task::block_in_place(|| Self::before(kind, &addresses));
        (edge, gateway)
    }

    fn before(kind: Kind, addresses: &Addresses) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = match kind {
            Kind::Nginx => nginx(folder.path(), addresses),
            Kind::Traefik => traefik(folder.path(), addresses),
            Kind::Caddy => caddy(folder.path(), addresses),
        };
        let mut process = Process::start(&format!("{kind:?}"), command.current_dir(folder.path()));
        wait_until_served(addresses.port, &mut process);
        Self { origin: format!("http://localhost:{}", addresses.port), _process: process, _folder: folder }
    }

    /// `http://localhost:PORT`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// `host:port` for a bare socket.
    pub fn address(&self) -> String {
        self.origin.replace("http://localhost", "127.0.0.1")
    }
}

struct Addresses {
    port: u16,
    gateway: String,
    app: String,
}

impl Addresses {
    /// A file of `deploy/` with the addresses of this test.
    fn adapt(&self, file: &str) -> String {
        let text = deployed(file).replace("8081", &self.port.to_string());
        text.replace("127.0.0.1:8080", &self.gateway).replace("127.0.0.1:8000", &self.app)
    }
}

fn deployed(file: &str) -> String {
    fs::read_to_string(workspace().join("deploy").join(file)).unwrap_or_else(|error| panic!("deploy/{file}: {error}"))
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).expect("the folder can be written");
}

fn nginx(folder: &Path, addresses: &Addresses) -> Command {
    write(folder, "gateway.conf", &addresses.adapt("nginx/gateway.conf"));
    let temporary: String =
        ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|kind| format!("{kind}_temp_path {kind};\n")).concat();
    let main = format!(
        "daemon off;\nuser root;\npid pid;\nerror_log stderr;\nevents {{}}\n\
         http {{\naccess_log off;\n{temporary}include gateway.conf;\n}}\n"
    );
    write(folder, "nginx.conf", &main);
    let program =
        ["/usr/sbin/nginx", "/usr/bin/nginx"].into_iter().find(|path| Path::new(path).exists()).unwrap_or("nginx");
    let mut command = Command::new(program);
    command.arg("-p").arg(folder).args(["-e", "stderr", "-c", "nginx.conf"]);
    command
}

fn traefik(folder: &Path, addresses: &Addresses) -> Command {
    let own = folder.to_str().expect("the folder's name is ASCII");
    write(folder, "traefik.yaml", &addresses.adapt("traefik/traefik.yaml").replace("/etc/traefik", own));
    write(folder, "gateway.yaml", &addresses.adapt("traefik/gateway.yaml"));
    let mut command = Command::new(part(".venv/bin/traefik"));
    command.arg(format!("--configFile={own}/traefik.yaml"));
    command
}

/// Its own administration, which always wants the same port, is turned off from outside the file.
fn caddy(folder: &Path, addresses: &Addresses) -> Command {
    write(folder, "site", &addresses.adapt("caddy/Caddyfile"));
    write(folder, "Caddyfile", "{\n\tadmin off\n}\nimport site\n");
    let mut command = Command::new(part(".venv/bin/caddy"));
    command.args(["run", "--config", "Caddyfile"]).env("XDG_DATA_HOME", folder).env("XDG_CONFIG_HOME", folder);
    command
}

/// Waits until it listens and has read its routes: `/health`, which is public, is answered by the app.
fn wait_until_served(port: u16, process: &mut Process) {
    let began = Instant::now();
    while !serves(port) {
        let ended = process.status().is_some();
        assert!(!ended && began.elapsed() < PATIENCE, "the edge proxy does not serve:\n{}", process.log());
        std::thread::sleep(Duration::from_millis(30));
    }
}

fn serves(port: u16) -> bool {
    use std::io::{Read, Write};
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let request = format!("GET /health HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n\r\n");
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.contains(" 200 ")
}
