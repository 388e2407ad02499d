//! Routes that know what they take and what they answer: router and OpenAPI document come from one list.
//!
//! What an endpoint takes is read off the parameters of its handler, what it answers off the handler's result. Only what
//! types can't tell is added by hand: a sentence, the type behind a hand-made answer, the refusals of its own.

use axum::{Router, handler::Handler, routing::MethodRouter};
use http::{Method, StatusCode};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use super::{body::Media, error::Code, fields::Property};
use crate::app::App;

mod described;
mod taken;

pub(crate) use described::Described;
pub(crate) use taken::Taken;

/// Routes below the base path.
#[derive(Default)]
pub(crate) struct Routes {
    router: Router<App>,
    operations: Vec<Operation>,
}

/// What answers at one path.
pub(crate) struct Endpoint {
    methods: MethodRouter<App>,
    operations: Vec<Operation>,
}

/// One method at one path, as the OpenAPI document tells of it.
pub(crate) struct Operation {
    /// Its method.
    pub(crate) method: Method,
    /// Its path below the base path.
    pub(crate) path: &'static str,
    /// What it does, in a sentence.
    pub(crate) summary: &'static str,
    /// The body that it reads.
    pub(crate) body: Option<BodyForm>,
    /// What it takes from the query.
    pub(crate) query: Vec<Property>,
    /// The session that it needs.
    pub(crate) session: Need,
    /// The JSON of a success; none when the type does not tell.
    pub(crate) answer: Option<fn(&mut SchemaGenerator) -> Schema>,
    /// Whether it may answer with a page.
    pub(crate) shows_page: bool,
    /// Whether it may send the browser on.
    pub(crate) redirects: bool,
    /// Refusals beyond those of its parameters.
    pub(crate) refusals: Vec<Code>,
    /// Statuses with which it refuses without a word.
    pub(crate) silent: Vec<StatusCode>,
}

/// What a body must look like.
pub(crate) struct BodyForm {
    /// The media types it may come in.
    pub(crate) media: Media,
    /// Whether it must be there.
    pub(crate) required: bool,
    /// Its JSON Schema.
    pub(crate) schema: Value,
}

/// Whether an operation needs a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Need {
    /// It does not.
    #[default]
    None,
    /// It uses one that is there.
    Optional,
    /// It does.
    Session,
}

impl Routes {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Lets an endpoint answer at a path.
    pub(crate) fn route(mut self, path: &'static str, endpoint: Endpoint) -> Self {
        self.router = self.router.route(path, endpoint.methods);
        self.operations.extend(endpoint.operations.into_iter().map(|operation| Operation { path, ..operation }));
        self
    }

    /// The router.
    pub(crate) fn into_router(self) -> Router<App> {
        self.router
    }

    /// The document's part.
    pub(crate) fn into_operations(self) -> Vec<Operation> {
        self.operations
    }
}

/// Answers GET.
pub(crate) fn get<H, T>(handler: H) -> Endpoint
where
    H: Handler<T, App> + Described<T>,
    T: 'static,
{
    Endpoint { methods: axum::routing::get(handler), operations: vec![Operation::of::<H, T>(Method::GET)] }
}

/// Answers POST.
pub(crate) fn post<H, T>(handler: H) -> Endpoint
where
    H: Handler<T, App> + Described<T>,
    T: 'static,
{
    Endpoint { methods: axum::routing::post(handler), operations: vec![Operation::of::<H, T>(Method::POST)] }
}

impl Endpoint {
    /// Answers POST too; what is said next is said of it.
    pub(crate) fn post<H, T>(mut self, handler: H) -> Self
    where
        H: Handler<T, App> + Described<T>,
        T: 'static,
    {
        self.methods = self.methods.post(handler);
        self.operations.push(Operation::of::<H, T>(Method::POST));
        self
    }

    /// What it does, in a sentence.
    pub(crate) fn says(self, summary: &'static str) -> Self {
        self.with(|operation| operation.summary = summary)
    }

    /// The JSON of a success, where the handler makes its answer by hand.
    pub(crate) fn answers<T: JsonSchema>(self) -> Self {
        self.with(|operation| operation.answer = Some(|schemas| schemas.subschema_for::<T>()))
    }

    /// It answers with a page.
    pub(crate) fn shows_page(self) -> Self {
        self.with(|operation| operation.shows_page = true)
    }

    /// It sends the browser on.
    pub(crate) fn redirects(self) -> Self {
        self.with(|operation| operation.redirects = true)
    }

    /// How else it may refuse.
    pub(crate) fn refuses(self, codes: &[Code]) -> Self {
        self.with(|operation| operation.refusals.extend_from_slice(codes))
    }

    /// It refuses with an empty body under this status.
    pub(crate) fn refuses_silently(self, status: StatusCode) -> Self {
        self.with(|operation| operation.silent.push(status))
    }

    fn with(mut self, change: impl FnOnce(&mut Operation)) -> Self {
        if let Some(last) = self.operations.last_mut() {
            change(last);
        }
        self
    }
}

impl Operation {
    fn of<H: Described<T>, T>(method: Method) -> Self {
        let mut operation = Self {
            method,
            path: "",
            summary: "",
            body: None,
            query: Vec::new(),
            session: Need::None,
            answer: None,
            shows_page: false,
            redirects: false,
            refusals: Vec::new(),
            silent: Vec::new(),
        };
        H::describe(&mut operation);
        operation
    }
}
