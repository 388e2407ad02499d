//! What the kernel tells of a process: the CPU time it has used and the memory it holds.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// Processor time of a process and of its children that still run (nginx' workers), user and system.
///
/// The kernel tells it in ticks of 10 ms, so a round has to last a second or more.
pub(crate) fn cpu_time(pid: u32) -> Result<Duration> {
    let mut ticks = ticks_of(pid)?;
    for child in children(pid)? {
        ticks += ticks_of(child)?;
    }
    Ok(Duration::from_millis(ticks * 10))
}

/// Resident memory in bytes.
pub(crate) fn resident(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS in its status")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

fn ticks_of(pid: u32) -> Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("process {pid} is gone"))?;
    // The name in parentheses may hold blanks; behind it utime and stime are the 12th and 13th field (proc(5)).
    let (_, fields) = stat.rsplit_once(')').context("/proc/PID/stat has no name")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let field = |at: usize| -> Result<u64> { Ok(fields.get(at).context("/proc/PID/stat is short")?.parse()?) };
    Ok(field(11)? + field(12)?)
}

fn children(pid: u32) -> Result<Vec<u32>> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_whitespace().map(|child| Ok(child.parse()?)).collect()
}
