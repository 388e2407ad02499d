#!/usr/bin/env bash
# Builds and runs the gateway, for trying it: accounts in a SQLite file, a generated secret, mails on the console, and an
# app that shows each request as it arrives. The gateway prints where to go. Ctrl-C ends it; state stays in this folder
# (gateway.db*).
#
#   scripts/quickstart.sh                                     with the built-in app
#   scripts/quickstart.sh --upstream http://127.0.0.1:8000    in front of your own app
#
# Arguments go to `gateway run`. The build is unoptimised, because that takes minutes less; for measuring or serving:
# cargo build --release.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v cargo >/dev/null || {
  echo "quickstart: Rust is missing; install it from https://rustup.rs and start again" >&2
  exit 1
}
scripts/install-parts.sh build

[ -x target/debug/gateway ] || echo "quickstart: building; the first time takes some minutes"
cargo build --locked -p gateway

exec target/debug/gateway run "$@"
