//! A PostgreSQL of the tests' own: no container, no port, no trace left behind, not even by an aborted run.
//!
//! It listens on a unix socket in its data folder. A shell stands between it and us and waits for the end of its input:
//! however this process ends, that pipe closes, and the shell stops the server and removes the folder.

use std::io::Write;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// How long the server may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(30);

/// Stops the server when told so or when its input ends; keeps the folder only when told so.
const WATCHDOG: &str = r#"
    "$1/postgres" -D "$2" -k "$2" -c listen_addresses= -c max_connections=300 -F \
        -c synchronous_commit=off -c full_page_writes=off >>"$2/log" 2>&1 &
    read word
    if [ "$word" = keep ]; then kill -INT $!; wait $!; else kill -QUIT $!; wait $!; rm -rf "$2"; fi
"#;

/// A server with its data.
pub struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    owner: Option<(u32, u32)>,
    watchdog: Mutex<Option<Child>>,
}

impl Cluster {
    /// The server that all tests of this process share. Don't stop it: [`Cluster::start`] one of your own for that.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Cluster> = LazyLock::new(Cluster::start);
        &SHARED
    }

    /// Makes a new server and waits until it answers, one second or two.
    pub fn start() -> Self {
        let programs = programs();
        let owner = (process_owner() == 0).then(unprivileged);
        let folder = tempfile::Builder::new().prefix("gateway-pg-").tempdir().expect("a temporary folder").keep();
        if let Some((uid, gid)) = owner {
            chown(&folder, Some(uid), Some(gid)).expect("root may give folders away");
        }
        let cluster = Self { programs, folder, owner, watchdog: Mutex::new(None) };
        let mut initdb = cluster.command("initdb");
        initdb.args(["-N", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-D"]).arg(&cluster.folder);
        let made = initdb.output().expect("initdb can be run");
        assert!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr));
        cluster.resume();
        cluster
    }

    /// Starts the server again after [`Cluster::stop`], with the data it had.
    pub fn resume(&self) {
        let mut command = self.as_owner(Command::new("sh"));
        command.args(["-c", WATCHDOG, "sh"]).arg(&self.programs).arg(&self.folder);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        *self.watchdog() = Some(command.spawn().expect("every Unix has a shell"));
        let began = Instant::now();
        let ready =
            || self.command("pg_isready").arg("-q").arg("-h").arg(&self.folder).status().expect("pg_isready runs");
        while !ready().success() {
            assert!(began.elapsed() < PATIENCE, "PostgreSQL did not start: {}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops the server as its operator would; sessions are ended, data stays.
    pub fn stop(&self) {
        let Some(mut watchdog) = self.watchdog().take() else { return };
        if let Some(mut input) = watchdog.stdin.take() {
            input.write_all(b"keep\n").expect("the watchdog listens");
        }
        watchdog.wait().expect("the watchdog is ours to wait for");
    }

    /// Freezes the server: connections stay, nothing answers, as behind a router that swallows packets.
    pub fn freeze(&self) {
        self.signal_all("-STOP");
    }

    /// Ends [`Cluster::freeze`].
    pub fn thaw(&self) {
        self.signal_all("-CONT");
    }

    fn signal_all(&self, signal: &str) {
        let pid_file = fs::read_to_string(self.folder.join("postmaster.pid")).unwrap_or_default();
        let Some(server) = pid_file.lines().next() else { return };
        let kill = |pids: &[&str]| Command::new("kill").arg(signal).args(pids).stderr(Stdio::null()).status().ok();
        // The parent first, so that it starts no more children.
        kill(&[server]);
        let children = fs::read_to_string(format!("/proc/{server}/task/{server}/children")).unwrap_or_default();
        kill(&children.split_whitespace().collect::<Vec<_>>());
    }

    /// URL of a database of this server.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.folder.display())
    }

    /// Makes an empty database; gives its URL.
    pub async fn new_database(&self) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&self.url("postgres")).await.expect("the server answers");
        let create = format!("create database {name} strategy file_copy");
        sqlx::query(AssertSqlSafe(create)).execute(&mut connection).await.expect("a database can be made");
        self.url(&name)
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Folder of the data and of the socket.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn watchdog(&self) -> MutexGuard<'_, Option<Child>> {
        self.watchdog.lock().expect("nobody panics while holding it")
    }

    fn command(&self, program: &str) -> Command {
        self.as_owner(Command::new(self.programs.join(program)))
    }

    /// PostgreSQL refuses to be run by root.
    fn as_owner(&self, mut command: Command) -> Command {
        if let Some((uid, gid)) = self.owner {
            command.uid(uid).gid(gid);
        }
        command.current_dir("/").env("LC_ALL", "C");
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        match self.watchdog().take() {
            Some(mut watchdog) => {
                // Frozen processes can't be stopped.
                self.thaw();
                drop(watchdog.stdin.take());
                watchdog.wait().ok();
            }
            None => drop(fs::remove_dir_all(&self.folder)),
        }
    }
}

/// Folder of the server's programs: `PG_BIN`, the newest of Debian's, or that of `initdb` in `PATH`.
fn programs() -> PathBuf {
    if let Some(folder) = env::var_os("PG_BIN") {
        return folder.into();
    }
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    versions.retain(|folder| folder.join("initdb").exists());
    versions.sort_by_key(|folder| folder.parent()?.file_name()?.to_str()?.parse::<u32>().ok());
    let path = env::var_os("PATH").unwrap_or_default();
    let in_path = env::split_paths(&path).find(|folder| folder.join("initdb").exists());
    versions.pop().or(in_path).expect("these tests need PostgreSQL's server: apt-get install postgresql")
}

fn process_owner() -> u32 {
    fs::metadata("/proc/self").expect("Linux has /proc").uid()
}

/// Ids of the user `postgres`, or else of `nobody`.
fn unprivileged() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").expect("every Unix has users");
    let ids = |wanted: &str| {
        let mut fields = users.lines().map(|line| line.split(':')).find(|line| line.clone().next() == Some(wanted))?;
        Some((fields.nth(2)?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    ids("postgres").or_else(|| ids("nobody")).expect("root needs another user to run PostgreSQL as")
}
