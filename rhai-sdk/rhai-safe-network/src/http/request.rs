//! Requests: what is sent, and sending it.

use crate::error::Failure;
use crate::needs::{
    CONNECT, CREATE_FILE, DELETE, GET, HEAD, OPEN_DIR, OPEN_FILE, PATCH, POST, PUT, WRITE_FILE, unsent,
};
use crate::record::{self, Record};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::{Blob, Dynamic, Map};
use rust_safe_network::{Request, Response};

static HEADER: Function = Function {
    name: "header",
    params: &["self", "name", "value"],
    doc: "Returns the request with one more header, or with another value for one that it has. Line breaks are refused, and so are headers that follow from the url and the body, \
          such as `Host`, or that make a server take it for another request, such as `X-HTTP-Method-Override`.",
    examples: &[
        Example {
            title: "Who asks",
            script: "Client().get(\"http://127.0.0.1:8080/token\").header(\"Authorization\", \"Bearer t0ken\").send().status == 200",
            around: &[GET, CONNECT],
            ..Example::BASE
        },
        unsent(
            "No line breaks",
            "let reason = (); try { Client().get(\"http://127.0.0.1/\").header(\"a\", \"b\\r\\nHost: c\"); } catch (error) { reason = error.reason; } \
             reason == \"request\"",
        ),
    ],
    ..Function::METHOD
};
static QUERY: Function = Function {
    name: "query",
    params: &["self", "name", "value"],
    doc: "Returns the request with one more parameter in the query of its url, encoded as it must be. The policy judges the url with it.",
    examples: &[Example {
        title: "A search",
        script: "Client().get(\"http://127.0.0.1:8080/echo\").query(\"q\", \"a&b\").send().url == \"http://127.0.0.1:8080/echo?q=a%26b\"",
        around: &[GET, CONNECT],
        ..Example::BASE
    }],
    ..Function::METHOD
};
static BODY: Function = Function {
    name: "body",
    params: &["self", "content"],
    doc: "Returns the request with a body, a text or a blob. A text is `text/plain`, a blob `application/octet-stream`, unless the header `Content-Type` says otherwise.",
    examples: &[Example {
        title: "Text",
        script: "Client().post(\"http://127.0.0.1:8080/echo\").body(\"hello\").send().text == \"hello\"",
        around: &[POST, CONNECT],
        ..Example::BASE
    }],
    ..Function::METHOD
};
static JSON: Function = Function {
    name: "json",
    params: &["self", "content"],
    doc: "Returns the request with a map as its body, in JSON.",
    examples: &[Example {
        title: "An object",
        script: "Client().put(\"http://127.0.0.1:8080/echo\").json(#{ name: \"a\", size: 2 }).send().text == `{\"name\":\"a\",\"size\":2}`",
        around: &[PUT, CONNECT],
        ..Example::BASE
    }],
    ..Function::METHOD
};
static SEND: Function = Function {
    name: "send",
    params: &["self"],
    doc: "Sends the request and returns the answer; any status is an answer. It can be sent again. What is sent is what was judged: the url in its normal form, at an address \
          that no policy forbids. An error of kind `RequestError` has a word for its cause in `reason`: `url`, `request`, `name`, `refused`, `unreachable`, \
          `timeout`, `tls`, `closed`, `protocol`, `too_large` or `redirect`.",
    needs: &[GET, HEAD, POST, PUT, PATCH, DELETE, CONNECT],
    examples: &[
        Example {
            title: "A redirect is followed where the policy permits the other url, too",
            script: "let a = Client().get(\"http://127.0.0.1:8080/moved\").send(); a.text == \"up\" && a.url == \"http://127.0.0.1:8080/status\"",
            ..Example::BASE
        },
        Example {
            title: "How large is it?",
            script: "Client().head(\"http://127.0.0.1:8080/status\").send().header(\"content-length\") == \"2\"",
            ..Example::BASE
        },
        Example {
            title: "Report something",
            script: "Client().post(\"http://127.0.0.1:8080/echo\").json(#{ state: \"down\" }).send().status == 200",
            ..Example::BASE
        },
        Example {
            title: "The other methods",
            script: "let c = Client(); let u = \"http://127.0.0.1:8080/echo\"; \
                     [c.put(u), c.patch(u), c.delete(u)].map(|r| r.send().status) == [200, 200, 200]",
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};
static DOWNLOAD: Function = Function {
    name: "download",
    params: &["self", "path"],
    doc: "Sends the request and gives the file at `path` the body of the answer, of any length, in one step; what fails on the way leaves the file as it was. \
          So does an answer whose status tells no success; its body is in the result then.",
    needs: &[OPEN_DIR, OPEN_FILE, CREATE_FILE, WRITE_FILE, GET, POST, CONNECT],
    examples: &[
        Example {
            title: "A page becomes a file",
            script: "Client().get(\"http://127.0.0.1:8080/status\").download(dir + \"/page\").status == 200",
            ..Example::BASE
        },
        Example {
            title: "What a query answers becomes a file",
            script: "Client().post(\"http://127.0.0.1:8080/echo\").body(\"x\").download(dir + \"/page\").status == 200",
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};

impl Record for Request {
    fn map(&self) -> Map {
        record::map([
            ("url", self.url().into()),
            ("method", self.method().word().into()),
            ("max_text_size", limit(self)),
        ])
    }
}

fn limit(request: &Request) -> Dynamic {
    let limit = request.client().max_text_bytes();
    limit.map_or(Dynamic::UNIT, |limit| i64::try_from(limit).unwrap_or(i64::MAX).into())
}

pub(super) fn register(r: &mut Registrar) {
    getters! { r, Request, &[unsent("A request", "Client().max_text_bytes(9).get(\"http://127.0.0.1/\").to_map() == #{ url: \"http://127.0.0.1/\", method: \"Get\", max_text_size: 9 }")],
        "url" "The url as it was given." |request| request.url().to_owned();
        "method" "The method: `Get`, `Head`, `Post`, `Put`, `Patch` or `Delete`." |request| request.method().word().to_owned();
        "max_text_size" "How many bytes of a body are read; `()` where no limit is set." limit;
    }
    r.function(&HEADER, |entry| {
        move |call: Call<'_>, request: &mut Request, name: &str, value: &str| {
            entry.run(&call, |_| request.with_header(name, value).map_err(Failure::from))
        }
    });
    r.function(&QUERY, |_| |request: &mut Request, name: &str, value: &str| request.with_query(name, value));
    r.function(&BODY, |entry| {
        move |call: Call<'_>, request: &mut Request, content: &str| {
            let kind = "text/plain; charset=utf-8";
            entry.run(&call, |_| request.with_body(content.as_bytes(), kind).map_err(Failure::from))
        }
    });
    r.function(&BODY, |entry| {
        move |call: Call<'_>, request: &mut Request, content: Blob| {
            entry.run(&call, |_| request.with_body(&content, "application/octet-stream").map_err(Failure::from))
        }
    });
    r.function(&JSON, |entry| {
        move |call: Call<'_>, request: &mut Request, content: Map| {
            let text = rhai::format_map_as_json(&content);
            entry.run(&call, |_| request.with_body(text.as_bytes(), "application/json").map_err(Failure::from))
        }
    });
    r.function(&SEND, |entry| {
        move |call: Call<'_>, request: &mut Request| {
            entry.run(&call, |gate| -> Result<Response, Failure> { Ok(request.send(gate)?) })
        }
    });
    r.function(&DOWNLOAD, |entry| {
        move |call: Call<'_>, request: &mut Request, path: &str| {
            entry.run(&call, |gate| -> Result<Response, Failure> { Ok(request.download(gate, path)?) })
        }
    });
}
