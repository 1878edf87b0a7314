//! Answers.

use crate::needs::fetched;
use crate::record::{self, Record};
use rex_runner_registrar_utils::{Example, Function, Registrar};
use rhai::{Dynamic, Map};
use rust_safe_network::Response;

static HEADER: Function = Function {
    name: "header",
    params: &["self", "name"],
    doc: "Returns the value of a header, whose name may be in any case; several values joined by `, `, and `()` where there is none.",
    examples: &[fetched(
        "A header that is not there",
        "let a = curl(\"http://127.0.0.1:8080/status\"); a.header(\"Content-Length\") == \"2\" && a.header(\"x\") == ()",
    )],
    ..Function::METHOD
};

/// What all getters show.
const SHOWN: &[Example] = &[fetched(
    "An answer",
    "let a = curl(\"http://127.0.0.1:8080/moved\"); a.status == 200 && a.text == \"up\" && a.body.len() == 2 && \
     a.url == \"http://127.0.0.1:8080/status\" && a.headers[\"content-length\"] == \"2\" && !a.truncated",
)];

impl Record for Response {
    fn map(&self) -> Map {
        record::map([("status", i64::from(self.status).into()), ("text", self.text().into())])
    }
}

pub(super) fn register(r: &mut Registrar) {
    getters! { r, Response, SHOWN,
        "status" "The status, such as 200." |response| i64::from(response.status);
        "text" "The body as text in UTF-8; bytes that are none are U+FFFD. A character that the limit cut in two is left out." Response::text;
        "body" "The body as a blob." |response| response.body.clone();
        "headers" "The headers: names in lower case with their values; several values are joined by `, `." headers;
        "url" "The url that answered, in its normal form: the last one where there were redirects." |response| response.url.clone();
        "truncated" "Whether the limit cut the body off." |response| response.truncated;
    }
    r.function(&HEADER, |_| {
        |response: &mut Response, name: &str| response.header(name).map_or(Dynamic::UNIT, Dynamic::from)
    });
}

fn headers(response: &Response) -> Map {
    let names = response.headers.iter().map(|(name, _)| name);
    names.map(|name| (name.as_str().into(), response.header(name).unwrap_or_default().into())).collect()
}
