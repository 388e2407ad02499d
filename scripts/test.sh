#!/usr/bin/env bash
# All tests of the project: installs what they need, checks form and lints, runs unit and integration tests.
# Ends with one line per stage and a total; the exit status is 0 only if every stage passed.
# Arguments go to `cargo test`, e.g. `scripts/test.sh -p gateway-tests revocation`.
set -uo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
stages=()
failures=0

# stage NAME COMMAND…: runs it, remembers how it went and how long it took. A failing stage doesn't stop the next ones:
# one run tells everything that is wrong.
stage() {
  local name=$1 began=$SECONDS verdict=ok
  shift
  printf '\n== %s\n' "$name"
  "$@" </dev/null || { verdict=FAILED; failures=$((failures + 1)); }
  stages+=("$(printf '%-8s %4ds  %s' "$verdict" $((SECONDS - began)) "$name")")
}

tests() {
  cargo test --locked --no-fail-fast "$@" 2>&1 | tee "$log"
  return "${PIPESTATUS[0]}"
}

parts() { [ ! -x scripts/install-parts.sh ] || scripts/install-parts.sh; }

# Advisories are left to where their database can be fetched: see deny.toml.
deny() { scripts/install-parts.sh deny && tests/peers/.deny/bin/cargo-deny --locked check licenses bans sources; }

# Without the parts no story can be told, and without a compiler nothing can be built.
stage "parts that tests need" parts
[ "$failures" -eq 0 ] || { printf '\nThe parts could not be installed; nothing was tested.\n'; exit 1; }
[ $# -gt 0 ] || set -- --workspace

stage "format" cargo fmt --all --check
stage "lints" cargo clippy --locked --workspace --all-targets -- -D warnings
stage "licences and sources of dependencies" deny
stage "tests" tests "$@"

printf '\n== summary\n'
printf '%s\n' "${stages[@]}"
awk '/^test result:/ { passed += $4; failed += $6; skipped += $8 }
     END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }' "$log"
[ "$failures" -eq 0 ]
