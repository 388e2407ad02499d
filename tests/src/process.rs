//! A child process with its output captured, that never outlives the test which started it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

/// How long a process may take to do what it was told: start, print, stop.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A running child.
pub struct Process {
    name: String,
    child: Child,
    output: Arc<Output>,
}

/// How a child ended, and everything it said.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Process {
    /// Starts it with its output captured and nothing on its input.
    pub fn start(name: &str, command: &mut Command) -> Self {
        command.stdin(Stdio::null());
        Self::start_with_input(name, command)
    }

    /// Starts it with its output captured and its input as the command says.
    pub fn start_with_input(name: &str, command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} could not be started ({command:?}): {error}"));
        let output = Arc::new(Output::default());
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        output.follow(Source::Stdout, stdout.expect("stdout is piped"));
        output.follow(Source::Stderr, stderr.expect("stderr is piped"));
        Self { name: name.into(), child, output }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The child's standard input, once.
    pub fn take_input(&mut self) -> Option<std::process::ChildStdin> {
        self.child.stdin.take()
    }

    /// Waits for the line for which `found` has an answer. Panics with the whole output when it ends or stays silent.
    pub fn wait_for<T>(&mut self, what: &str, mut found: impl FnMut(&str) -> Option<T>) -> T {
        let began = Instant::now();
        let mut from = 0;
        loop {
            let lines = self.output.wait_beyond(from, Duration::from_millis(100));
            if let Some(answer) = lines.iter().find_map(|line| found(line)) {
                return answer;
            }
            from += lines.len();
            let ended = lines.is_empty() && self.status().is_some();
            if ended || began.elapsed() > PATIENCE {
                let how = if ended { "ended" } else { "stayed silent" };
                panic!("{} {how} before it printed {what}:\n{}", self.name, self.log());
            }
        }
    }

    /// Everything it has printed so far, both streams as they came.
    pub fn log(&self) -> String {
        self.output.text(None)
    }

    /// What it has printed on standard output so far.
    pub fn stdout(&self) -> String {
        self.output.text(Some(Source::Stdout))
    }

    /// Sends a signal by name, e.g. `TERM`.
    pub fn signal(&self, name: &str) {
        let sent =
            Command::new("kill").args([&format!("-{name}"), &self.id().to_string()]).stderr(Stdio::null()).status();
        sent.expect("kill is there on every Unix");
    }

    /// Whether it has ended, and how.
    pub fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("the child is ours to wait for")
    }

    /// Waits for its end. `None` when it still runs after `limit`.
    pub fn wait(&mut self, limit: Duration) -> Option<Ended> {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.status() {
                break status;
            }
            if began.elapsed() > limit {
                return None;
            }
            thread::sleep(Duration::from_millis(5));
        };
        self.output.wait_closed();
        let text = |source| self.output.text(Some(source));
        Some(Ended { code: status.code(), stdout: text(Source::Stdout), stderr: text(Source::Stderr) })
    }

    /// Asks it to stop and waits; panics when it doesn't within `limit`.
    pub fn stop(&mut self, limit: Duration) -> Ended {
        self.signal("TERM");
        self.wait(limit).unwrap_or_else(|| panic!("{} still runs {limit:?} after SIGTERM:\n{}", self.name, self.log()))
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for Process {
    #[expect(clippy::print_stderr, reason = "a failed test shows what the processes said")]
    fn drop(&mut self) {
        if self.status().is_none() {
            self.signal("TERM");
            if self.wait(Duration::from_secs(5)).is_none() {
                self.kill();
            }
        }
        if thread::panicking() {
            eprintln!("──── {} said:\n{}────", self.name, self.log());
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Stdout,
    Stderr,
}

/// The lines of both streams in the order in which they came.
#[derive(Default)]
struct Output {
    said: Mutex<Said>,
    news: Condvar,
}

#[derive(Default)]
struct Said {
    lines: Vec<(Source, String)>,
    open: usize,
}

impl Output {
    fn follow(self: &Arc<Self>, source: Source, stream: impl Read + Send + 'static) {
        self.said().open += 1;
        let output = Arc::clone(self);
        thread::spawn(move || {
            let mut reader = BufReader::new(stream);
            let mut bytes = Vec::new();
            while reader.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
                let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
                output.said().lines.push((source, line));
                output.news.notify_all();
                bytes.clear();
            }
            output.said().open -= 1;
            output.news.notify_all();
        });
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().expect("no reader panics")
    }

    /// The lines beyond the first `from`, waiting a moment for some to come.
    fn wait_beyond(&self, from: usize, limit: Duration) -> Vec<String> {
        let said = self.said();
        let (said, _) =
            self.news.wait_timeout_while(said, limit, |said| said.lines.len() <= from).expect("no reader panics");
        said.lines.iter().skip(from).map(|(_, line)| line.clone()).collect()
    }

    /// Waits until both streams have ended, as they do a moment after the process.
    fn wait_closed(&self) {
        let said = self.said();
        drop(self.news.wait_timeout_while(said, Duration::from_secs(1), |said| said.open > 0));
    }

    fn text(&self, only: Option<Source>) -> String {
        let said = self.said();
        let wanted = said.lines.iter().filter(|(source, _)| only.is_none_or(|only| only == *source));
        wanted.map(|(_, line)| format!("{line}\n")).collect()
    }
}
