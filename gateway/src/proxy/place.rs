//! What a request asks for: the auth API, a page, a forward-auth check, a route. Everything odd is refused on the way.

use pingora::http::RequestHeader;

use super::{
    Gateway, cors,
    denial::Denial,
    entrance, forward_auth,
    path::Target,
    refusal,
    request::{Ctx, Place},
    route::Found,
};

impl Gateway {
    /// What is asked for, after everything odd has been refused.
    pub(super) fn place(&self, request: &RequestHeader, ctx: &mut Ctx) -> Result<Place<'_>, Denial> {
        let head = entrance::Head {
            method: &request.method,
            version: request.version,
            headers: &request.headers,
            uri: &request.uri,
            raw_target: request.raw_path(),
        };
        let admitted = entrance::check(&head)?;
        let target = Target::parse(admitted.target)?;
        let auth = &self.app.config.auth;
        if target.is_under(&auth.ui_path) || target.is_under(&auth.base_path) {
            if !target.is_canonical_as_sent() {
                return Err(Denial::NotFound);
            }
            if let Some(proxy) = forward_auth::Asking::at(target.path(), &auth.ui_path) {
                return Ok(Place::ForwardAuth(proxy));
            }
            let uri = target.path_and_query().parse().map_err(|_| refusal::Refusal::TargetForm)?;
            return Ok(Place::Auth(uri));
        }
        if target.path() == "/.well-known/change-password" {
            return Ok(Place::ChangePassword);
        }
        let told = self.trusted.origin(ctx.socket, &request.headers).host;
        let host = told.unwrap_or(admitted.host);
        let asked = cors::preflight(&request.method, &request.headers);
        if let Some(readers) = asked.and_then(|method| self.routes.readers(&host, &target, &method)) {
            return Ok(Place::Preflight(readers));
        }
        match self.routes.find(&host, &target, &request.method) {
            Found::Route { route, policy } => {
                if !target.is_canonical_as_sent() {
                    ctx.rewritten = Some(target.path_and_query().parse().map_err(|_| refusal::Refusal::TargetForm)?);
                }
                Ok(Place::Route(route, policy))
            }
            Found::Nothing => Err(Denial::NotFound),
            Found::Ambiguous => Err(refusal::Refusal::AmbiguousRoute.into()),
        }
    }
}
