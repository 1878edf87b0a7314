//! Connections over TCP and UDP: `connect`, `nc`.

use crate::error::Failure;
use crate::needs::CONNECT;
use crate::record::{Record, map, register as record};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, ScriptError, number};
use rhai::{Blob, Map};
use rust_safe_network::{Connection, TransportProtocol, USUAL_TIMEOUT, connect, listens};
use std::time::Duration;

/// The test of this crate answers there: on port 7 with what it gets, on port 13 with a line.
const HERE: Example = Example::BASE;

static CONNECT_TO: Function = Function {
    name: "connect",
    params: &["endpoint", "port", "protocol"],
    doc: "Connects to a port of a host within 5 seconds: to the first of its addresses that may be and can be connected to. The policy is asked about the host, in lower case and without a dot at the end, before its name is looked up, and again with each address before that is connected to. `TransportProtocol::AUTO` is TCP. Of UDP nothing is sent, so that it tells nothing of whether anything listens. The connection is closed when the last copy of the value goes.",
    needs: &[CONNECT],
    examples: &[
        Example {
            title: "Ask and read the answer",
            script: "let c = connect(\"127.0.0.1\", 7, TransportProtocol::TCP); c.send(\"hello\"); c.finish(); c.receive_text(100) == \"hello\"",
            ..HERE
        },
        Example {
            title: "By a name",
            script: "connect(\"localhost\", 13, TransportProtocol::AUTO).remote_address == \"127.0.0.1:13\"",
            ..HERE
        },
    ],
    ..Function::BASE
};
static CONNECT_WITHIN: Function = Function {
    name: "connect",
    params: &["endpoint", "port", "protocol", "timeout"],
    doc: "Connects to a port of a host within `timeout` seconds, as `connect` does.",
    needs: &[CONNECT],
    examples: &[Example {
        title: "Not longer than a second",
        script: "!connect(\"127.0.0.1\", 7, TransportProtocol::TCP, 1).is_closed",
        ..HERE
    }],
    ..Function::BASE
};
static NC: Function = Function {
    name: "nc",
    params: &["endpoint", "port"],
    doc: "Returns whether something listens on a TCP port of a host, as `nc -z` tells. Nothing is sent. What does not answer within 5 seconds does not listen; a name without address is an error.",
    needs: &[CONNECT],
    examples: &[Example { title: "Is it open?", script: "nc(\"127.0.0.1\", 7) && !nc(\"127.0.0.1\", 1)", ..HERE }],
    ..Function::BASE
};
static NC_WITHIN: Function = Function {
    name: "nc",
    params: &["endpoint", "port", "timeout"],
    doc: "Returns whether something listens on a TCP port of a host and answers within `timeout` seconds.",
    needs: &[CONNECT],
    examples: &[Example { title: "Is it open?", script: "nc(\"127.0.0.1\", 13, 1)", ..HERE }],
    ..Function::BASE
};

/// An example of a method of a connection.
const fn connected(title: &'static str, script: &'static str) -> Example {
    Example { title, script, around: &[CONNECT], ..HERE }
}

const fn method(
    name: &'static str,
    params: &'static [&'static str],
    doc: &'static str,
    examples: &'static [Example],
) -> Function {
    Function { name, params, doc, needs: &[CONNECT], examples, ..Function::METHOD }
}

static SEND_TEXT: Function = method(
    "send",
    &["self", "text"],
    "Sends a text, over UDP as one packet, within 5 seconds. The policy is asked again about host and address.",
    &[connected(
        "Ask",
        "let c = connect(\"127.0.0.1\", 7, TransportProtocol::TCP); c.send(\"hi\"); c.receive(9) == \"hi\".to_blob()",
    )],
);
static SEND_BLOB: Function = method(
    "send",
    &["self", "bytes"],
    "Sends bytes, over UDP as one packet, within 5 seconds. The policy is asked again about host and address.",
    &[connected(
        "Two bytes",
        "let c = connect(\"127.0.0.1\", 7, TransportProtocol::TCP); c.send(blob(2, 255)); c.finish(); c.receive_all(9, 5).len() == 2",
    )],
);
static RECEIVE: Function = method(
    "receive",
    &["self", "max_bytes"],
    "Returns the bytes that are there or come first, at most `max_bytes` and never more than 64 KiB; none at the end of what the other side sends. Waits 5 seconds. Over UDP it is one packet, and what is longer is lost.",
    &[connected("The first bytes", "connect(\"127.0.0.1\", 13, TransportProtocol::TCP).receive(4).len() == 4")],
);
static RECEIVE_WITHIN: Function = method(
    "receive",
    &["self", "max_bytes", "timeout"],
    "Returns bytes as `receive` does, and waits `timeout` seconds.",
    &[connected("The first bytes", "connect(\"127.0.0.1\", 13, TransportProtocol::TCP).receive(4, 1).len() == 4")],
);
static RECEIVE_TEXT: Function = method(
    "receive_text",
    &["self", "max_bytes"],
    "Returns bytes as `receive` does, as a text; invalid UTF-8 is replaced.",
    &[connected(
        "A greeting",
        "connect(\"127.0.0.1\", 13, TransportProtocol::TCP).receive_text(100).starts_with(\"noon\")",
    )],
);
static RECEIVE_ALL: Function = method(
    "receive_all",
    &["self", "max_bytes", "timeout"],
    "Returns all bytes to the end of what the other side sends, but at most `max_bytes`. Waits `timeout` seconds in all.",
    &[connected(
        "To the end",
        "connect(\"127.0.0.1\", 13, TransportProtocol::TCP).receive_all(1000, 5) == \"noon\\n\".to_blob()",
    )],
);
static FINISH: Function = Function {
    name: "finish",
    params: &["self"],
    doc: "Says that nothing more is sent; receiving goes on.",
    examples: &[connected(
        "Ask, and read the whole answer",
        "let c = connect(\"127.0.0.1\", 7, TransportProtocol::TCP); c.send(\"all\"); c.finish(); c.receive_all(9, 5) == \"all\".to_blob()",
    )],
    ..Function::METHOD
};
static CLOSE: Function = Function {
    name: "close",
    params: &["self"],
    doc: "Closes the connection, for all copies of the value.",
    examples: &[connected(
        "No longer needed",
        "let c = connect(\"127.0.0.1\", 7, TransportProtocol::TCP); c.close(); c.is_closed",
    )],
    ..Function::METHOD
};
const ENDS: &[Example] = &[connected(
    "Both ends",
    "let c = connect(\"127.0.0.1\", 7, TransportProtocol::UDP); c.local_address.starts_with(\"127.0.0.1:\") && c.remote_address == \"127.0.0.1:7\" \
     && !c.is_closed",
)];

impl Record for Connection {
    fn map(&self) -> Map {
        map([
            ("local_address", self.local().to_string().into()),
            ("remote_address", self.remote().to_string().into()),
            ("is_closed", self.is_closed().into()),
        ])
    }
}

fn seconds(timeout: i64) -> Result<Duration, ScriptError> {
    Ok(Duration::from_secs(number("timeout", timeout)?))
}

pub(crate) fn register(r: &mut Registrar) {
    r.function(&CONNECT_TO, |entry| {
        move |call: Call<'_>, endpoint: &str, port: i64, protocol: TransportProtocol| {
            entry.run(&call, |gate| -> Result<Connection, Failure> {
                Ok(connect(gate, endpoint, number("port", port)?, protocol, USUAL_TIMEOUT)?)
            })
        }
    });
    r.function(&CONNECT_WITHIN, |entry| {
        move |call: Call<'_>, endpoint: &str, port: i64, protocol: TransportProtocol, timeout: i64| {
            entry.run(&call, |gate| -> Result<Connection, Failure> {
                Ok(connect(gate, endpoint, number("port", port)?, protocol, seconds(timeout)?)?)
            })
        }
    });
    r.function(&NC, |entry| {
        move |call: Call<'_>, endpoint: &str, port: i64| {
            entry.run(&call, |gate| -> Result<bool, Failure> {
                Ok(listens(gate, endpoint, number("port", port)?, USUAL_TIMEOUT)?)
            })
        }
    });
    r.function(&NC_WITHIN, |entry| {
        move |call: Call<'_>, endpoint: &str, port: i64, timeout: i64| {
            entry.run(&call, |gate| -> Result<bool, Failure> {
                Ok(listens(gate, endpoint, number("port", port)?, seconds(timeout)?)?)
            })
        }
    });
    r.function(&SEND_TEXT, |entry| {
        move |call: Call<'_>, of: &mut Connection, text: &str| {
            entry.run(&call, |gate| -> Result<(), Failure> { Ok(of.send(gate, text.as_bytes(), USUAL_TIMEOUT)?) })
        }
    });
    r.function(&SEND_BLOB, |entry| {
        move |call: Call<'_>, of: &mut Connection, bytes: Blob| {
            entry.run(&call, |gate| -> Result<(), Failure> { Ok(of.send(gate, &bytes, USUAL_TIMEOUT)?) })
        }
    });
    r.function(&RECEIVE, |entry| {
        move |call: Call<'_>, of: &mut Connection, max: i64| {
            entry.run(&call, |gate| -> Result<Blob, Failure> {
                Ok(of.receive(gate, number("max_bytes", max)?, USUAL_TIMEOUT)?)
            })
        }
    });
    r.function(&RECEIVE_WITHIN, |entry| {
        move |call: Call<'_>, of: &mut Connection, max: i64, timeout: i64| {
            entry.run(&call, |gate| -> Result<Blob, Failure> {
                Ok(of.receive(gate, number("max_bytes", max)?, seconds(timeout)?)?)
            })
        }
    });
    r.function(&RECEIVE_TEXT, |entry| {
        move |call: Call<'_>, of: &mut Connection, max: i64| {
            entry.run(&call, |gate| -> Result<String, Failure> {
                let bytes = of.receive(gate, number("max_bytes", max)?, USUAL_TIMEOUT)?;
                Ok(String::from_utf8_lossy(&bytes).into_owned())
            })
        }
    });
    r.function(&RECEIVE_ALL, |entry| {
        move |call: Call<'_>, of: &mut Connection, max: i64, timeout: i64| {
            entry.run(&call, |gate| -> Result<Blob, Failure> {
                Ok(of.receive_all(gate, number("max_bytes", max)?, seconds(timeout)?)?)
            })
        }
    });
    r.function(&FINISH, |entry| {
        move |call: Call<'_>, of: &mut Connection| entry.run(&call, |_| of.finish().map_err(Failure::from))
    });
    r.function(&CLOSE, |_| |of: &mut Connection| of.close());
    record::<Connection>(r, "Connection");
    getters! { r, Connection, ENDS,
        "local_address" "Its own address and port, as `127.0.0.1:40000`." |of| of.local().to_string();
        "remote_address" "The address and port that it is connected to." |of| of.remote().to_string();
        "is_closed" "Whether it was closed here." Connection::is_closed;
    }
}
