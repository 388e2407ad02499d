//! Log lines on their way to standard error: collected for a moment and written together, so that a line costs a
//! request no system call. Warnings and errors leave at once, with all that came before them.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// How long a line may wait.
const PATIENCE: Duration = Duration::from_millis(50);
/// How much may wait.
const MOST: usize = 64 << 10;

/// Collects lines. Clones share what they have collected; what is left is written when [`Flush`] goes.
#[derive(Clone, Default)]
pub(super) struct LogWriter(Arc<Mutex<Vec<u8>>>);

/// Writes what is left when it is dropped.
pub struct Flush(LogWriter);

impl Drop for Flush {
    fn drop(&mut self) {
        self.0.flush();
    }
}

impl LogWriter {
    /// A writer whose lines leave every few milliseconds.
    pub(super) fn start() -> io::Result<(Self, Flush)> {
        let writer = Self::default();
        let of_thread = writer.clone();
        std::thread::Builder::new().name("log".into()).spawn(move || {
            loop {
                std::thread::sleep(PATIENCE);
                of_thread.flush();
            }
        })?;
        let flush = Flush(writer.clone());
        Ok((writer, flush))
    }

    fn flush(&self) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        write_out(&mut lines);
    }
}

/// A closed standard error ends neither requests nor the process.
fn write_out(lines: &mut Vec<u8>) {
    if !lines.is_empty() {
        drop(io::stderr().write_all(lines));
        lines.clear();
    }
}

impl<'w> MakeWriter<'w> for LogWriter {
    type Writer = Line<'w>;

    fn make_writer(&'w self) -> Line<'w> {
        Line { lines: &self.0, is_urgent: true }
    }

    fn make_writer_for(&'w self, meta: &Metadata<'_>) -> Line<'w> {
        Line { lines: &self.0, is_urgent: *meta.level() <= Level::WARN }
    }
}

/// One line.
pub(super) struct Line<'w> {
    lines: &'w Mutex<Vec<u8>>,
    is_urgent: bool,
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.extend_from_slice(bytes);
        if self.is_urgent || lines.len() > MOST {
            write_out(&mut lines);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
