//! Clients: their settings, and the requests that they make.

use crate::error::Failure;
use crate::needs::{CONNECT, GET, OPEN_DIR, OPEN_FILE, READ_FILE, unsent};
use rex_runner_registrar_utils::{Call, Example, Form, Function, Registrar, ScriptError, number};
use rhai::EvalAltResult;
use rust_safe_network::{Client, Method, Request, Trust};
use std::time::Duration;

static MAX_TEXT_BYTES: Function = Function {
    name: "max_text_bytes",
    params: &["self", "size"],
    doc: "Returns a client that reads no more than `size` bytes of a body and leaves the rest; this client stays as it is. Without a limit, a body of more than 16 MiB is an \
          error.",
    examples: &[Example {
        title: "The beginning is enough",
        script: "let a = Client().max_text_bytes(1).get(\"http://127.0.0.1:8080/status\").send(); a.text == \"u\" && a.truncated",
        around: &[GET, CONNECT],
        ..Example::BASE
    }],
    ..Function::METHOD
};
static TIMEOUT: Function = Function {
    name: "timeout",
    params: &["self", "seconds"],
    doc: "Returns a client whose requests may take so many seconds as a whole, redirects and body among it; 30 unless set.",
    examples: &[unsent(
        "Half a second",
        "Client().timeout(0.5).get(\"http://127.0.0.1/\").url == \"http://127.0.0.1/\"",
    )],
    ..Function::METHOD
};
static CONNECT_TIMEOUT: Function = Function {
    name: "connect_timeout",
    params: &["self", "seconds"],
    doc: "Returns a client that tries to connect for so many seconds; 10 unless set.",
    examples: &[unsent("One second", "Client().connect_timeout(1).get(\"http://127.0.0.1/\").method == \"Get\"")],
    ..Function::METHOD
};
static FOLLOW_REDIRECTS: Function = Function {
    name: "follow_redirects",
    params: &["self", "times"],
    doc: "Returns a client that follows so many redirects, each judged as a request of its own; 10 unless set, 0 for none. To another origin no header of the \
          request goes along but those of its type and language.",
    examples: &[Example {
        title: "Where does it lead?",
        script: "let a = Client().follow_redirects(0).get(\"http://127.0.0.1:8080/moved\").send(); a.status == 302 && a.header(\"location\") == \"/status\"",
        around: &[GET, CONNECT],
        ..Example::BASE
    }],
    ..Function::METHOD
};
static TRUST_FILE: Function = Function {
    name: "trust_file",
    params: &["self", "path"],
    doc: "Returns a client that trusts the authorities in the PEM file at `path`, and no others. The file is read at once.",
    needs: &[OPEN_DIR, OPEN_FILE, READ_FILE],
    examples: &[Example {
        title: "An authority of one's own",
        files: &[("root.pem", include_str!("root.pem"))],
        script: "Client().trust_file(dir + \"/root.pem\").get(\"https://127.0.0.1/\").method == \"Get\"",
        ..Example::BASE
    }],
    ..Function::METHOD
};

/// The function that prepares a request.
const fn prepare(name: &'static str, doc: &'static str, examples: &'static [Example]) -> Function {
    Function { form: Form::Method, name, params: &["self", "url"], doc, examples, ..Function::BASE }
}

static PREPARE: [(Method, Function); 6] = [
    (
        Method::Get,
        prepare(
            "get",
            "Prepares a request that fetches `url`. Nothing is looked at or sent before `send`.",
            &[unsent("Prepare", "Client().get(\"not a url\").url == \"not a url\"")],
        ),
    ),
    (
        Method::Head,
        prepare(
            "head",
            "Prepares a request that fetches the headers of `url` alone. Nothing is sent before `send`.",
            &[unsent("Prepare", "Client().head(\"http://127.0.0.1/\").method == \"Head\"")],
        ),
    ),
    (
        Method::Post,
        prepare(
            "post",
            "Prepares a request that sends data to `url`. Nothing is sent before `send`.",
            &[unsent("Prepare", "Client().post(\"http://127.0.0.1/\").method == \"Post\"")],
        ),
    ),
    (
        Method::Put,
        prepare(
            "put",
            "Prepares a request that puts data at `url`. Nothing is sent before `send`.",
            &[unsent("Prepare", "Client().put(\"http://127.0.0.1/\").method == \"Put\"")],
        ),
    ),
    (
        Method::Patch,
        prepare(
            "patch",
            "Prepares a request that changes what is at `url`. Nothing is sent before `send`.",
            &[unsent("Prepare", "Client().patch(\"http://127.0.0.1/\").method == \"Patch\"")],
        ),
    ),
    (
        Method::Delete,
        prepare(
            "delete",
            "Prepares a request that removes what is at `url`. Nothing is sent before `send`.",
            &[unsent("Prepare", "Client().delete(\"http://127.0.0.1/\").method == \"Delete\"")],
        ),
    ),
];

pub(super) fn register(r: &mut Registrar) {
    r.function(&MAX_TEXT_BYTES, |entry| {
        move |call: Call<'_>, client: &mut Client, size: i64| {
            entry.run(&call, |_| number::<u64>("size", size).map(|size| client.with_max_text_bytes(size)))
        }
    });
    r.function(&FOLLOW_REDIRECTS, |entry| {
        move |call: Call<'_>, client: &mut Client, times: i64| {
            entry.run(&call, |_| number::<u32>("times", times).map(|times| client.with_redirects(times)))
        }
    });
    times(r, &TIMEOUT, Client::with_timeout);
    times(r, &CONNECT_TIMEOUT, Client::with_connect_timeout);
    r.function(&TRUST_FILE, |entry| {
        move |call: Call<'_>, client: &mut Client, path: &str| {
            entry.run(&call, |gate| -> Result<Client, Failure> { Ok(client.with_trust(Trust::file(gate, path)?)) })
        }
    });
    for (method, function) in &PREPARE {
        r.function(function, |_| |client: &mut Client, url: &str| -> Request { client.request(*method, url) });
    }
}

/// Registers a setting that takes seconds, whole or not.
fn times(r: &mut Registrar, function: &'static Function, set: fn(&Client, Duration) -> Client) {
    r.function(function, |_| {
        move |call: Call<'_>, client: &mut Client, seconds: i64| -> Result<Client, Box<EvalAltResult>> {
            let seconds = number::<u64>("seconds", seconds).map_err(|error| error.thrown(call.call_position()))?;
            Ok(set(client, Duration::from_secs(seconds)))
        }
    });
    r.function(function, |_| {
        move |call: Call<'_>, client: &mut Client, seconds: f64| -> Result<Client, Box<EvalAltResult>> {
            let seconds = crate::record::seconds("seconds", seconds);
            Ok(set(client, seconds.map_err(|error: ScriptError| error.thrown(call.call_position()))?))
        }
    });
}
