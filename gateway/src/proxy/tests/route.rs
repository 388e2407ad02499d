//! Which route and which policy a request gets.

use http::Method;

use crate::{
    config::{Access, Config},
    proxy::{
        host::normal_host,
        path::Target,
        route::{Found, Routes},
    },
};

pub(super) fn config(routes: &str) -> Config {
    toml::from_str(&format!(
        "[upstreams.app]\nservers = [\"127.0.0.1:1\"]\n[upstreams.zoo]\nservers = [\"127.0.0.1:2\"]\n{routes}"
    ))
    .unwrap()
}

pub(super) fn routes(lines: &str) -> Routes {
    Routes::compile(&config(&tables(lines))).unwrap()
}

/// One route per line: `name path further keys`.
fn tables(lines: &str) -> String {
    let mut tables = String::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut words = line.splitn(3, ' ');
        let (name, path) = (words.next().unwrap(), words.next().unwrap());
        let keys = words.next().unwrap_or_default().replace("; ", "\n");
        tables += &format!("[[routes]]\nname = \"{name}\"\npath = \"{path}\"\nupstream = \"app\"\n{keys}\n");
    }
    tables
}

/// `route access roles` of the request, `nothing`, `ambiguous` or the refusal's code.
fn found(routes: &Routes, request: &str) -> String {
    let (method, address) = request.split_once(' ').unwrap_or(("GET", request));
    let (host, raw) = address.split_at(address.find('/').unwrap());
    let host = normal_host(if host.is_empty() { "localhost" } else { host }).unwrap();
    let target = match Target::parse(raw) {
        Ok(target) => target,
        Err(refusal) => return refusal.code().to_owned(),
    };
    match routes.find(&host, &target, &Method::from_bytes(method.as_bytes()).unwrap()) {
        Found::Nothing => "nothing".into(),
        Found::Ambiguous => "ambiguous".into(),
        Found::Route { route, policy } => {
            let access = match policy.access {
                Access::Public => "public",
                Access::Optional => "optional",
                Access::User => "user",
            };
            format!("{} {access} {}", route.name, policy.roles.join(",")).trim_end().to_owned()
        }
    }
}

#[track_caller]
fn check(routes: &Routes, table: &[(&str, &str)]) {
    for (request, wanted) in table {
        assert_eq!(found(routes, request), *wanted, "{request}");
    }
}

#[test]
fn the_first_match_wins_in_whole_segments() {
    let routes = routes(
        "health /health access = 'public'
         admin /api/admin/* roles = ['admin']
         api /api/*
         assets /assets/* access = 'public'",
    );
    check(
        &routes,
        &[
            ("/health", "health public"),
            ("/healthz", "nothing"),
            ("/health/x", "nothing"),
            ("/health/", "nothing"),
            ("/api", "api user"),
            ("/api/", "api user"),
            ("/api/x", "api user"),
            ("/apix", "nothing"),
            ("/api/admin", "admin user admin"),
            ("/api/admin/x", "admin user admin"),
            ("/api/administrators", "api user"),
            ("/assets/../api/admin", "admin user admin"),
            ("/assets/%2e%2e/api/admin", "admin user admin"),
            ("/assets/..%2fapi/admin", "path_encoded_slash"),
            ("/", "nothing"),
        ],
    );
}

#[test]
fn methods_and_hosts_narrow_a_route() {
    let routes = routes(
        "read /items/* methods = ['GET']; access = 'public'
         write /items/* methods = ['post', 'PUT']; roles = ['editor']
         shop /* host = 'Shop.Example.com.'
         below /* host = '*.example.com'; access = 'optional'",
    );
    check(
        &routes,
        &[
            ("/items/1", "read public"),
            ("HEAD /items/1", "read public"),
            ("POST /items/1", "write user editor"),
            ("OPTIONS /items/1", "nothing"),
            ("DELETE /items/1", "nothing"),
            ("get /items/1", "nothing"),
            ("shop.example.com/x", "shop user"),
            ("SHOP.example.com.:8443/x", "shop user"),
            ("a.example.com/x", "below optional"),
            ("a.b.example.com/x", "below optional"),
            ("example.com/x", "nothing"),
            ("badexample.com/x", "nothing"),
        ],
    );
}

#[test]
fn another_reading_brings_its_stricter_policy() {
    let routes = routes(
        "admin /admin/* roles = ['admin']
         exact /metrics
         plus /a+b roles = ['ops']
         umlaut /caf%C3%A9/* roles = ['ops']
         rest /* access = 'public'",
    );
    check(
        &routes,
        &[
            ("/admin/x", "admin user admin"),
            ("/ADMIN/x", "rest user admin"),
            ("/aDmin", "rest user admin"),
            ("/admin;a=b/x", "rest user admin"),
            ("/;a/admin/x", "rest user admin"),
            ("/Admin;a=b", "rest user admin"),
            ("/admin%3Bx", "rest user admin"),
            ("/admin./x", "rest user admin"),
            ("/admin%20", "rest user admin"),
            ("/%EF%BD%81dmin/x", "rest user admin"),
            ("/x/%EF%BC%8E%EF%BC%8E/admin/x", "rest user admin"),
            ("/x%EF%BC%8F%EF%BC%8E%EF%BC%8E%EF%BC%8Fadmin", "rest user admin"),
            ("/metrics/", "rest user"),
            ("/metrics", "exact user"),
            ("/METRICS/", "rest user"),
            ("/a%2Bb", "rest user ops"),
            ("/CAF%C3%89/x", "rest user ops"),
            ("/cafe%CC%81/x", "rest user ops"),
            ("/Other;x/", "rest public"),
        ],
    );
}

#[test]
fn a_partial_reading_counts_too() {
    let routes = routes(
        "open /admin/b access = 'public'
         admin /admin/*
         rest /* access = 'public'",
    );
    check(
        &routes,
        &[
            ("/admin/b", "open public"),
            ("/admin/b;c", "admin user"),
            ("/ADMIN/b;c", "rest user"),
            ("/ADMIN/b", "rest public"),
        ],
    );
}

#[test]
fn patterns_with_capitals_or_a_slash_are_found_by_plain_paths() {
    let routes = routes(
        "admin /Admin/* roles = ['admin']
         done /done/
         rest /* access = 'public'",
    );
    check(
        &routes,
        &[
            ("/Admin/x", "admin user admin"),
            ("/admin/x", "rest user admin"),
            ("/done", "rest user"),
            ("/done/", "done user"),
            ("/x", "rest public"),
        ],
    );
}

#[test]
fn policies_that_do_not_compare_are_ambiguous() {
    let routes = routes(
        "fresh /a/* fresh = true
         upper /A/* roles = ['admin']
         more /A/b roles = ['admin', 'ops']
         ops /ops/* roles = ['ops']
         both /OPS roles = ['admin', 'ops']",
    );
    check(&routes, &[("/A/x", "ambiguous"), ("/a/x", "fresh user"), ("/OPS", "both user ops")]);
}

#[test]
fn a_role_makes_a_route_private() {
    let routes = routes("odd /* access = 'public'; roles = ['admin']");
    check(&routes, &[("/", "odd user admin")]);
}

#[test]
fn upstreams_and_limits_are_resolved() {
    let config = config(
        "[[routes]]\npath = '/a'\nupstream = 'zoo'\nmax_body_size = '1KiB'\n[[routes]]\npath = '/*'\nupstream = 'app'",
    );
    let routes = Routes::compile(&config).unwrap();
    let [first, second] = routes.all() else { panic!("two routes") };
    assert_eq!((&*first.name, &*first.upstream, first.upstream_index, first.max_body_size), ("/a", "zoo", 1, 1024));
    assert_eq!((&*second.name, &*second.upstream, second.index, second.max_body_size), ("/*", "app", 1, 100 << 20));
}

#[test]
fn patterns_that_can_not_work_are_told_all_at_once() {
    let lines = "a /x*y
                 b /a/../b
                 c /a;b
                 d a/b
                 e /a?b
                 f /a%2fb
                 g //a/*
                 h /ok host = 'a b'
                 i /ok methods = ['G T']
                 j /%61";
    assert_eq!(Routes::compile(&config(&tables(lines))).map(|_| ()).unwrap_err().len(), 10);
    let lost = "[[routes]]\npath = '/*'\nupstream = 'none'";
    assert_eq!(Routes::compile(&config(lost)).map(|_| ()).unwrap_err(), ["routes[0]: there is no upstream \"none\""]);
}
