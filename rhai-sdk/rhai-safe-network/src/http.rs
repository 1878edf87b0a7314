//! Requests: `curl`, `Client`, and what they give.

mod client;
mod request;
mod response;

use crate::error::Words;
use crate::needs::{CONNECT, GET};
use crate::record;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rust_safe_network::{Client, Method, Request, Response};

static CURL: Function = Function {
    name: "curl",
    params: &["url"],
    doc: "Fetches the page at `url` (http or https) and returns the answer; any status is an answer. The url is judged in its normal form, and each of up to 10 redirects \
          anew. It may take 30 seconds, and the body 16 MiB. A `Client` sets other limits and has the other methods. Errors are texts.",
    needs: &[GET, CONNECT],
    examples: &[Example {
        title: "Is the page there?",
        script: "let page = curl(\"http://127.0.0.1:8080/status\"); page.status == 200 && page.text == \"up\"",
        ..Example::BASE
    }],
    ..Function::BASE
};

static NEW: Function = Function {
    name: "Client",
    doc: "Makes a client for requests over HTTP/1.1. Its settings change by functions that return another client; all clients of a run share their connections. \
          No proxy is used, whatever the environment says.",
    examples: &[Example {
        title: "A client that gives up early",
        script: "let client = Client().timeout(2).follow_redirects(0); client.get(\"http://127.0.0.1/\").method == \"Get\"",
        ..Example::BASE
    }],
    ..Function::BASE
};

pub(crate) fn register(r: &mut Registrar) {
    r.type_name::<Client>("Client");
    record::register::<Request>(r, "Request");
    record::register::<Response>(r, "Response");
    // One for the run: connections stay for the next call.
    let shared = Client::default();
    let client = shared.clone();
    r.function(&CURL, |entry| {
        move |call: Call<'_>, url: &str| {
            entry.run(&call, |gate| client.request(Method::Get, url).send(gate).map_err(Words::from))
        }
    });
    r.function(&NEW, |_| move || shared.clone());
    client::register(r);
    request::register(r);
    response::register(r);
}
