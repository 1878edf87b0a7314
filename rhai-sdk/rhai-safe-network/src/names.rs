//! Looking names up: `resolve`, `resolve_hostname`, `dig`, and what they give and take.

use crate::error::{NAMES_KINDS, NAMES_SOURCE, NameFailure, Words};
use crate::needs::{CONNECT, RESOLVE};
use crate::record::{Record as Shown, array, map, register as record};
use rex_runner_registrar_utils::builder::{constructor, missing, number, options, set, set_checked, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::{Array, Dynamic, ImmutableString, Map};
use rhai_safe_system_info::SystemInfo;
use rust_safe_network::{DigOptions, Record, RecordData, RecordType, ResolveOptions, TransportProtocol, dig, resolve};
use std::time::Duration;

const HERE: Example = Example::BASE;

static RESOLVE_NAME: Function = Function {
    name: "resolve",
    params: &["hostname"],
    doc: "Returns the addresses of a host as texts, each once, IPv4 before IPv6, in ascending order. They are those of `/etc/hosts`, else those that the name servers of the host tell. The policy is asked about the name in lower case, without a dot at the end.",
    needs: &[RESOLVE, CONNECT],
    examples: &[
        Example { title: "The host itself", script: "resolve(\"localhost\").contains(\"127.0.0.1\")", ..HERE },
        Example {
            title: "By a name server",
            script: "resolve(\"DB.rex.test.\") == [\"9.1.2.3\", \"10.1.2.3\", \"fd00::7\"]",
            ..HERE
        },
    ],
    ..Function::BASE
};
static RESOLVE_HOSTNAME: Function = Function {
    name: "resolve_hostname",
    params: &["self", "options"],
    doc: "Returns the addresses of a host as texts, each once, IPv4 before IPv6, in ascending order. What is wrong is told by the kinds `NoSuchName`, `TimedOut`, `Refused` and `MalformedAnswer`. A server that the options name is one to `connect` to: the policy must permit that.",
    needs: &[RESOLVE, CONNECT],
    examples: &[
        Example {
            title: "By a server of one's own",
            script: "SystemInfo().resolve_hostname(ResolveOptions().hostname(\"db.rex.test\").resolver(\"127.0.0.1\").build()) == [\"9.1.2.3\", \"10.1.2.3\", \"fd00::7\"]",
            ..HERE
        },
        Example {
            title: "A name that is not there",
            script: "let kind = (); try { SystemInfo().resolve_hostname(ResolveOptions().hostname(\"none.rex.test\").build()); } \
                     catch (error) { kind = error.kind; } \
                     SystemInfo().resolve_hostname(ResolveOptions().hostname(\"localhost\").build()); kind == SysteminfoErrorKind::NoSuchName",
            ..HERE
        },
    ],
    ..Function::METHOD
};
static DIG: Function = Function {
    name: "dig",
    params: &["name"],
    doc: "Returns the records with IPv4 addresses that name servers have for a name, with what they say about it besides.",
    needs: &[RESOLVE, CONNECT],
    examples: &[Example {
        title: "How long may it be kept?",
        script: "dig(\"db.rex.test\").all(|r| r.record_type == \"A\" && r.ttl == 60)",
        ..HERE
    }],
    ..Function::BASE
};
static DIG_TYPE: Function = Function {
    name: "dig",
    params: &["name", "record_type"],
    doc: "Returns the records of a type that name servers have for a name: `A`, `AAAA`, `CNAME`, `MX`, `NS`, `PTR`, `SOA`, `SRV` or `TXT`; none where the name is there and has none of the type. Of `PTR` the name may be an address. Neither `/etc/hosts` nor the search list counts.",
    needs: &[RESOLVE, CONNECT],
    examples: &[
        Example {
            title: "Who takes the mail?",
            script: "dig(\"rex.test\", \"MX\")[0].exchange == \"mail.rex.test\"",
            ..HERE
        },
        Example {
            title: "The name of an address",
            script: "dig(\"10.1.2.3\", \"PTR\")[0].value == \"db.rex.test\"",
            ..HERE
        },
    ],
    ..Function::BASE
};
static DIG_OPTIONS: Function = Function {
    name: "dig",
    params: &["options"],
    doc: "Returns the records that the options ask for. A server that they name is one to `connect` to: the policy must permit that.",
    needs: &[RESOLVE, CONNECT],
    examples: &[Example {
        title: "Ask one server over TCP",
        script: "dig(DigOptions().name(\"_http._tcp.rex.test\").record_type(\"SRV\").server(\"127.0.0.1\").port(53)\
                 .protocol(TransportProtocol::TCP).timeout(5).tries(1).build())[0].port == 8080",
        ..HERE
    }],
    ..Function::BASE
};

static NEW_RESOLVE: Function = constructor(
    "ResolveOptions",
    "Begins the options for looking up a host.",
    &[Example {
        title: "The host is needed",
        script: "let said = \"\"; try { ResolveOptions().build(); } catch (e) { said = e; } said.contains(\"hostname\")",
        ..HERE
    }],
);
static HOSTNAME: Function = setter("hostname", "The host. It must be set.");
static RESOLVER: Function =
    setter("resolver", "The address of the one server to ask, without `/etc/hosts` and the search list.");
static PROTOCOL: Function = setter(
    "protocol",
    "What carries questions and answers. `AUTO`, which is usual, is UDP, and TCP for what does not fit into a packet.",
);
static TIMEOUT: Function = setter("timeout", "How many seconds the whole may take; 5 where nothing is said.");

static NEW_DIG: Function = constructor(
    "DigOptions",
    "Begins the options for asking name servers.",
    &[Example {
        title: "Types are checked",
        script: "let said = \"\"; try { DigOptions().record_type(\"ANY\"); } catch (e) { said = e; } said.contains(\"AAAA\")",
        ..HERE
    }],
);
static NAME: Function = setter("name", "The name to ask for; of `PTR` also an address. It must be set.");
static RECORD_TYPE: Function = setter(
    "record_type",
    "The type of records: `A`, which is usual, `AAAA`, `CNAME`, `MX`, `NS`, `PTR`, `SOA`, `SRV` or `TXT`.",
);
static SERVER: Function = setter("server", "The address of the one server to ask; else those of the host are asked.");
static PORT: Function = setter("port", "The port of that server; 53 where nothing is said.");
static TRIES: Function = setter("tries", "How often each server is asked before it is given up.");

static EQUAL: Function = Function {
    name: "==",
    doc: "Whether two transport protocols are the same.",
    examples: &[Example { title: "Compare", script: "TransportProtocol::UDP == TransportProtocol::UDP", ..HERE }],
    ..Function::OPERATOR
};
static DIFFERENT: Function = Function {
    name: "!=",
    doc: "Whether two transport protocols differ.",
    examples: &[Example { title: "Compare", script: "TransportProtocol::UDP != TransportProtocol::TCP", ..HERE }],
    ..Function::OPERATOR
};
static TEXT: Function = Function {
    name: "to_string",
    params: &["self"],
    doc: "The word for a transport protocol: `Auto`, `Udp` or `Tcp`.",
    examples: &[Example { title: "Show it", script: "TransportProtocol::AUTO.to_string() == \"Auto\"", ..HERE }],
    ..Function::METHOD
};

/// An example of getters of one record.
const fn of_record(title: &'static str, script: &'static str) -> Example {
    Example { title, script, around: &[RESOLVE, CONNECT], ..HERE }
}

const ANY: &[Example] = &[of_record(
    "What an answer says",
    "let r = dig(\"rex.test\", \"TXT\")[0]; r.name == \"rex.test\" && r.record_type == \"TXT\" && r.ttl == 60 && r.value == \"v=rex1 all\"",
)];
const MX: &[Example] = &[of_record(
    "The server to try first",
    "let r = dig(\"rex.test\", \"MX\")[0]; r.preference == 10 && r.exchange == \"mail.rex.test\"",
)];
const SRV: &[Example] = &[of_record(
    "Where a service is",
    "let r = dig(\"_http._tcp.rex.test\", \"SRV\")[0]; r.target == \"db.rex.test\" && r.port == 8080 && r.priority == 1 && r.weight == 2",
)];
const SOA: &[Example] = &[of_record(
    "The state of a zone",
    "let r = dig(\"rex.test\", \"SOA\")[0]; r.serial == 7 && r.primary == \"ns.rex.test\" && r.mailbox == \"root.rex.test\" && r.refresh == 1 \
     && r.retry == 2 && r.expire == 3 && r.minimum == 4",
)];
const TXT: &[Example] = &[of_record("Its parts", "dig(\"rex.test\", \"TXT\")[0].texts == [\"v=rex1\", \" all\"]")];

impl Shown for Record {
    fn map(&self) -> Map {
        let mut members = map([
            ("name", self.name.clone().into()),
            ("record_type", self.data.record_type().to_string().into()),
            ("ttl", i64::from(self.ttl).into()),
            ("value", self.data.to_string().into()),
        ]);
        members.extend(particular(&self.data).into_iter().map(|(name, value)| (name.into(), value)));
        members
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

/// The members that not all records have.
fn particular(data: &RecordData) -> Vec<(&'static str, Dynamic)> {
    let int = |number: u32| Dynamic::from(i64::from(number));
    match data {
        RecordData::Mx(preference, exchange) => {
            vec![("preference", int((*preference).into())), ("exchange", exchange.clone().into())]
        }
        RecordData::Srv { priority, weight, port, target } => vec![
            ("priority", int((*priority).into())),
            ("weight", int((*weight).into())),
            ("port", int((*port).into())),
            ("target", target.clone().into()),
        ],
        RecordData::Soa { server, mailbox, serial, refresh, retry, expire, minimum } => vec![
            ("primary", server.clone().into()),
            ("mailbox", mailbox.clone().into()),
            ("serial", int(*serial)),
            ("refresh", int(*refresh)),
            ("retry", int(*retry)),
            ("expire", int(*expire)),
            ("minimum", int(*minimum)),
        ],
        RecordData::Txt(texts) => {
            let texts = texts.iter().map(|text| Dynamic::from(String::from_utf8_lossy(text).into_owned()));
            vec![("texts", texts.collect::<Array>().into())]
        }
        _ => Vec::new(),
    }
}

fn member(record: &Record, name: &str) -> Dynamic {
    particular(&record.data).into_iter().find(|(known, _)| *known == name).map_or(Dynamic::UNIT, |(_, value)| value)
}

fn record_type(text: &str) -> Result<RecordType, String> {
    let known = || RecordType::names().join(", ");
    RecordType::parse(text).ok_or_else(|| format!("`{text}` is no type of records that can be asked for: {}", known()))
}

fn seconds(name: &str, value: i64) -> Result<Duration, String> {
    Ok(Duration::from_secs(number(name, value)?))
}

pub(crate) fn register(r: &mut Registrar) {
    r.error_kinds(NAMES_SOURCE, "A kind of error of looking names up.", NAMES_KINDS);
    r.type_name::<TransportProtocol>("TransportProtocol");
    for (name, doc, protocol) in [
        (
            "AUTO",
            "What is usual: UDP with TCP for long answers of name servers, TCP for connections.",
            TransportProtocol::Auto,
        ),
        ("UDP", "UDP alone.", TransportProtocol::Udp),
        ("TCP", "TCP alone.", TransportProtocol::Tcp),
    ] {
        r.constant("TransportProtocol", name, doc, protocol);
    }
    r.function(&EQUAL, |_| |left: TransportProtocol, right: TransportProtocol| left == right);
    r.function(&DIFFERENT, |_| |left: TransportProtocol, right: TransportProtocol| left != right);
    r.function(&TEXT, |_| |protocol: &mut TransportProtocol| protocol.to_string());

    r.function(&RESOLVE_NAME, |entry| {
        move |call: Call<'_>, hostname: &str| {
            entry
                .run(&call, |gate| -> Result<Array, Words> { Ok(array(resolve(gate, &ResolveOptions::of(hostname))?)) })
        }
    });
    r.function(&RESOLVE_HOSTNAME, |entry| {
        move |call: Call<'_>, _: &mut SystemInfo, options: ResolveOptions| {
            entry.run(&call, |gate| -> Result<Array, NameFailure> { Ok(array(resolve(gate, &options)?)) })
        }
    });
    options::<ResolveOptions>(r, "ResolveOptions", "ResolveOptionsBuilder", &NEW_RESOLVE, |of| {
        if of.hostname.is_some() { Ok(()) } else { Err("`hostname` must be initialized".to_owned()) }
    });
    set(r, &HOSTNAME, |of: &mut ResolveOptions, value: ImmutableString| of.hostname = Some(value.into()));
    set(r, &RESOLVER, |of: &mut ResolveOptions, value: ImmutableString| of.resolver = Some(value.into()));
    set(r, &PROTOCOL, |of: &mut ResolveOptions, value: TransportProtocol| of.protocol = value);
    set_checked(r, &TIMEOUT, |of: &mut ResolveOptions, value: i64| {
        of.timeout = seconds("timeout", value)?;
        Ok(())
    });
    register_dig(r);
}

fn register_dig(r: &mut Registrar) {
    r.function(&DIG, |entry| {
        move |call: Call<'_>, name: &str| {
            entry.run(&call, |gate| -> Result<Array, NameFailure> {
                let options = DigOptions { name: Some(name.to_owned()), ..DigOptions::default() };
                Ok(array(dig(gate, &options)?))
            })
        }
    });
    r.function(&DIG_TYPE, |entry| {
        move |call: Call<'_>, name: &str, kind: &str| {
            entry.run(&call, |gate| -> Result<Array, NameFailure> {
                let record_type = record_type(kind).map_err(rust_safe_network::Error::Other)?;
                let options = DigOptions { name: Some(name.to_owned()), record_type, ..DigOptions::default() };
                Ok(array(dig(gate, &options)?))
            })
        }
    });
    r.function(&DIG_OPTIONS, |entry| {
        move |call: Call<'_>, options: DigOptions| {
            entry.run(&call, |gate| -> Result<Array, NameFailure> { Ok(array(dig(gate, &options)?)) })
        }
    });
    options::<DigOptions>(r, "DigOptions", "DigOptionsBuilder", &NEW_DIG, |of| match (&of.name, &of.server) {
        (None, _) => Err(missing("name")),
        (_, None) if of.port != 53 => Err("`port` is the port of a `server`, which is not set".to_owned()),
        _ => Ok(()),
    });
    set(r, &NAME, |of: &mut DigOptions, value: ImmutableString| of.name = Some(value.into()));
    set(r, &SERVER, |of: &mut DigOptions, value: ImmutableString| of.server = Some(value.into()));
    set(r, &PROTOCOL, |of: &mut DigOptions, value: TransportProtocol| of.protocol = value);
    set_checked(r, &RECORD_TYPE, |of: &mut DigOptions, value: ImmutableString| {
        of.record_type = record_type(&value)?;
        Ok(())
    });
    set_checked(r, &PORT, |of: &mut DigOptions, value: i64| {
        of.port = number("port", value)?;
        Ok(())
    });
    set_checked(r, &TIMEOUT, |of: &mut DigOptions, value: i64| {
        of.timeout = seconds("timeout", value)?;
        Ok(())
    });
    set_checked(r, &TRIES, |of: &mut DigOptions, value: i64| {
        of.tries = Some(number("tries", value)?);
        Ok(())
    });
    record::<Record>(r, "DnsRecord");
    getters! { r, Record, ANY,
        "name" "The name that it belongs to: the last of those that stand for one another." |of| of.name.clone();
        "record_type" "Its type, such as `MX`." |of| of.data.record_type().to_string();
        "ttl" "For how many seconds it may be kept." |of| i64::from(of.ttl);
        "value" "What it says, as dig(1) shows it." |of| of.data.to_string();
    }
    getters! { r, Record, MX,
        "preference" "Of `MX`: the server with the least is tried first." |of| member(of, "preference");
        "exchange" "Of `MX`: the name of the server." |of| member(of, "exchange");
    }
    getters! { r, Record, SRV,
        "priority" "Of `SRV`: the server with the least is tried first." |of| member(of, "priority");
        "weight" "Of `SRV`: its share among those of one priority." |of| member(of, "weight");
        "port" "Of `SRV`: the port of the server." |of| member(of, "port");
        "target" "Of `SRV`: the name of the server." |of| member(of, "target");
    }
    getters! { r, Record, SOA,
        "primary" "Of `SOA`: the first name server." |of| member(of, "primary");
        "mailbox" "Of `SOA`: the address of who is responsible, as a name." |of| member(of, "mailbox");
        "serial" "Of `SOA`: the number of this state of the zone." |of| member(of, "serial");
        "refresh" "Of `SOA`: after how many seconds other servers look for a new state." |of| member(of, "refresh");
        "retry" "Of `SOA`: after how many seconds they try again." |of| member(of, "retry");
        "expire" "Of `SOA`: after how many seconds they give up." |of| member(of, "expire");
        "minimum" "Of `SOA`: for how many seconds it may be kept that a name is not there." |of| member(of, "minimum");
    }
    getters! { r, Record, TXT,
        "texts" "Of `TXT`: its texts, as an array." |of| member(of, "texts");
    }
}
