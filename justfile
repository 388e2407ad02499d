# Short names for what is done often; every line is a plain command as well.

# Build and run the gateway for trying it.
run *arguments:
    scripts/quickstart.sh {{arguments}}

# Form, dependencies, lints and all tests: what CI runs.
check *arguments:
    scripts/test.sh {{arguments}}

# Unit tests only.
unit *arguments:
    cargo test --locked -p gateway -p auth-ui {{arguments}}

# The stories told against the real programs.
it *arguments:
    cargo test --locked -p gateway-tests {{arguments}}

# CPU and latency beside nginx and a bare Pingora proxy.
bench *arguments:
    scripts/bench.sh {{arguments}}

# Bring the code into form.
format:
    cargo fmt --all

# Licences, banned crates and, where the advisory database can be fetched, advisories.
deny:
    scripts/install-parts.sh deny
    tests/peers/.deny/bin/cargo-deny --locked check
