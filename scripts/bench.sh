#!/usr/bin/env bash
# Measures the gateway beside nginx and a bare Pingora proxy on this machine; prints the table with the budgets and
# writes target/bench.json. Takes some minutes after the release build; nothing is judged by the clock but on paper.
#
#   scripts/bench.sh                    everything
#   scripts/bench.sh --quick            few and short rounds, less than a minute
#   scripts/bench.sh --only steady      one part; --help lists them
set -euo pipefail
cd "$(dirname "$0")/.."

PATH=$PATH:/usr/sbin
if ! command -v nginx || ! command -v wrk || ! compgen -G '/usr/lib/postgresql/*/bin/initdb'; then
  scripts/install-parts.sh
fi >/dev/null
cargo build --locked --release -p gateway -p gateway-bench
# A thousand clients at once need as many files, here and in the gateway.
ulimit -n 8192 2>/dev/null || ulimit -n "$(ulimit -Hn)"

target=${CARGO_TARGET_DIR:-target}
GATEWAY_BIN=$PWD/$target/release/gateway
[[ $target != /* ]] || GATEWAY_BIN=$target/release/gateway
export GATEWAY_BIN
exec "$target/release/gateway-bench" "$@"
