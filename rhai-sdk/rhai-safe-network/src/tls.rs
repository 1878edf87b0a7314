//! Looking at a server's certificate: `tls_info`, `TlsOptions`.

use crate::error::Failure;
use crate::needs::{CONNECT, OPEN_DIR, OPEN_FILE, READ_FILE};
use crate::record::{self, Record, array, seconds};
use rex_cedar_auth::Gate;
use rex_runner_registrar_utils::builder::{Builder, constructor, options, set, set_checked, setter};
use rex_runner_registrar_utils::{Call, Example, Form, Function, Registrar, ScriptError, number};
use rhai::{Array, Dynamic, Map};
use rust_safe_network::{CertificateInfo, TlsInfo, TlsOptions, Trust, tls_info};
use rust_sdk_common_utils::{DateTime, DateTimeFormat};
use std::time::Duration;

/// An example that looks at the server of the tests.
macro_rules! looks {
    ($test:literal) => {
        concat!("let info = tls_info(\"127.0.0.1\", 8443); ", $test)
    };
}

static INFO: Function = Function {
    name: "tls_info",
    params: &["host", "port"],
    doc: "Connects to a server by TLS 1.2 or 1.3, sends nothing, and returns what it shows of itself: its certificates, and whether and why not they are to be trusted. \
          Servers that are not trusted are no error. It may take 10 seconds.",
    needs: &[CONNECT],
    examples: &[Example {
        title: "Nobody trusts a certificate that signs itself",
        script: looks!(
            "!info.verified && info.reason.contains(\"UnknownIssuer\") && info.certificates[0].subject == \"CN=127.0.0.1\""
        ),
        ..Example::BASE
    }],
    ..Function::BASE
};
static INFO_WITH: Function = Function {
    name: "tls_info",
    params: &["host", "port", "options"],
    doc: "The same with options.",
    needs: &[CONNECT],
    examples: &[Example {
        title: "The name that is asked for must be that of the certificate",
        script: "let options = TlsOptions().server_name(\"other.example\").timeout(5).build(); \
                 let info = tls_info(\"127.0.0.1\", 8443, options); !info.verified && info.server_name == \"other.example\"",
        ..Example::BASE
    }],
    ..Function::BASE
};

static OPTIONS: Function = constructor(
    "TlsOptions",
    "Makes options for `tls_info`.",
    &[Example { title: "One second", script: "TlsOptions().timeout(1).build(); true", ..Example::BASE }],
);
static SERVER_NAME: Function = setter(
    "server_name",
    "The name that the server is asked for and must show a certificate for, where it is not that of the host.",
);
static TIMEOUT: Function = setter("timeout", "How many seconds it may take; 10 unless set.");
static TRUST_FILE: Function = Function {
    form: Form::Method,
    name: "trust_file",
    params: &["self", "path"],
    doc: "The PEM file with the authorities that are trusted, and no others. It is read at once.",
    needs: &[OPEN_DIR, OPEN_FILE, READ_FILE],
    examples: &[Example {
        title: "An authority of one's own",
        files: &[("root.pem", include_str!("http/root.pem"))],
        script: "TlsOptions().trust_file(dir + \"/root.pem\").build(); true",
        ..Example::BASE
    }],
    ..Function::BASE
};

/// What all getters show.
const SHOWN: &[Example] = &[Example {
    title: "What a server shows",
    script: looks!(
        "info.address == \"127.0.0.1:8443\" && info.server_name == \"127.0.0.1\" && info.version == \"TLSv1.3\" && info.cipher.starts_with(\"TLS13_\") && \
         info.certificates.len() == 1 && !info.verified && info.reason != () && info.certificates[0].days_left > 30000"
    ),
    around: &[CONNECT],
    ..Example::BASE
}];

impl Record for TlsInfo {
    fn map(&self) -> Map {
        record::map([
            ("address", self.address.clone().into()),
            ("server_name", self.server_name.clone().into()),
            ("version", optional(self.version.as_ref())),
            ("cipher", optional(self.cipher.as_ref())),
            ("certificates", certificates(self).into()),
            ("verified", self.mistrust.is_none().into()),
            ("reason", optional(self.mistrust.as_ref())),
        ])
    }
}

fn optional(text: Option<&String>) -> Dynamic {
    text.map_or(Dynamic::UNIT, |text| text.clone().into())
}

fn certificates(info: &TlsInfo) -> Array {
    array(info.certificates.iter().map(certificate_map))
}

fn certificate_map(certificate: &CertificateInfo) -> Map {
    let moment = |text: &str| DateTime::parse(text, DateTimeFormat::Rfc3339).map_or(Dynamic::UNIT, Dynamic::from);
    let names: Array = certificate.names.iter().map(|name| name.clone().into()).collect();
    record::map([
        ("subject", certificate.subject.clone().into()),
        ("issuer", certificate.issuer.clone().into()),
        ("serial", certificate.serial.clone().into()),
        ("not_before", moment(&certificate.not_before)),
        ("not_after", moment(&certificate.not_after)),
        ("days_left", certificate.days_left.into()),
        ("names", names.into()),
        ("is_ca", certificate.is_ca.into()),
        ("key_algorithm", certificate.key_algorithm.clone().into()),
        ("key_bits", i64::try_from(certificate.key_bits).unwrap_or(i64::MAX).into()),
        ("signature_algorithm", certificate.signature_algorithm.clone().into()),
    ])
}

fn look(gate: &Gate, host: &str, port: i64, options: &TlsOptions) -> Result<TlsInfo, Failure> {
    Ok(tls_info(gate, host, number("port", port)?, options)?)
}

pub(crate) fn register(r: &mut Registrar) {
    record::register::<TlsInfo>(r, "TlsInfo");
    options::<TlsOptions>(r, "TlsOptions", "TlsOptionsBuilder", &OPTIONS, |_| Ok(()));
    set(r, &SERVER_NAME, |options: &mut TlsOptions, name: String| options.server_name = Some(name));
    set_checked(r, &TIMEOUT, |options: &mut TlsOptions, value: i64| {
        options.timeout = Duration::from_secs(rex_runner_registrar_utils::builder::number("timeout", value)?);
        Ok(())
    });
    set_checked(r, &TIMEOUT, |options: &mut TlsOptions, value: f64| match seconds("timeout", value) {
        Ok(timeout) => {
            options.timeout = timeout;
            Ok(())
        }
        Err(ScriptError::Text(text)) => Err(text),
        Err(_) => Err("the time is none".to_owned()),
    });
    r.function(&TRUST_FILE, |entry| {
        move |call: Call<'_>, builder: &mut Builder<TlsOptions>, path: &str| {
            entry.run(&call, |gate| -> Result<Builder<TlsOptions>, Failure> {
                builder.0.trust = Trust::file(gate, path)?;
                Ok(builder.clone())
            })
        }
    });
    getters! { r, TlsInfo, SHOWN,
        "address" "The address that answered, with its port." |info| info.address.clone();
        "server_name" "The name that the server was asked for." |info| info.server_name.clone();
        "version" "The version agreed on, such as `TLSv1.3`; `()` where none was." |info| optional(info.version.as_ref());
        "cipher" "The cipher suite agreed on; `()` where none was." |info| optional(info.cipher.as_ref());
        "certificates" "The certificates, that of the server first: maps with `subject`, `issuer`, `serial`, `not_before` and `not_after` (each a DateTime), `days_left`, `names`, \
             `is_ca`, `key_algorithm`, `key_bits` and `signature_algorithm`." certificates;
        "verified" "Whether the server is to be trusted under this name, now." |info| info.mistrust.is_none();
        "reason" "Why it is not to be trusted; `()` where it is." |info| optional(info.mistrust.as_ref());
    }
    r.function(&INFO, |entry| {
        move |call: Call<'_>, host: &str, port: i64| {
            entry.run(&call, |gate| look(gate, host, port, &TlsOptions::default()))
        }
    });
    r.function(&INFO_WITH, |entry| {
        move |call: Call<'_>, host: &str, port: i64, options: TlsOptions| {
            entry.run(&call, |gate| look(gate, host, port, &options))
        }
    });
}
