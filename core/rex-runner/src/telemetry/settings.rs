//! Where traces go, by the variables that OpenTelemetry has for that: <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>.

use percent_encoding::percent_decode_str;
use rex_audit_log::Redaction;
use std::collections::BTreeMap;
use std::time::Duration;
use ureq::http::Uri;

/// How long an export may take where nothing else is said.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long it may take at most: so long does a run wait at its end.
const LONGEST: Duration = Duration::from_secs(60);

/// What the operator wants.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) timeout: Duration,
    pub(super) resource: BTreeMap<String, String>,
}

/// The value of a variable; an empty one is none.
pub(super) fn variable(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?;
    (!value.is_empty()).then(|| value.to_string_lossy().into_owned())
}

impl Settings {
    /// Reads them; nothing where nothing is to be exported. The error says why nothing can be; `complain` is told what else is not heeded.
    pub(super) fn read(
        variable: impl Fn(&str) -> Option<String>,
        complain: impl Fn(&str),
    ) -> Result<Option<Self>, String> {
        let either = |name: &str| {
            let names = [format!("OTEL_EXPORTER_OTLP_TRACES_{name}"), format!("OTEL_EXPORTER_OTLP_{name}")];
            names.into_iter().find_map(|name| variable(&name).map(|value| (name, value)))
        };
        let off = |name: &str, value: &str| variable(name).is_some_and(|set| set.eq_ignore_ascii_case(value));
        if off("OTEL_SDK_DISABLED", "true") || off("OTEL_TRACES_EXPORTER", "none") {
            return Ok(None);
        }
        let Some(url) = variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or_else(|| {
            let base = variable("OTEL_EXPORTER_OTLP_ENDPOINT")?;
            Some(format!("{}/v1/traces", base.trim_end_matches('/')))
        }) else {
            return Ok(None);
        };
        check(&url)?;
        if let Some((name, protocol)) = either("PROTOCOL")
            && !matches!(protocol.as_str(), "http/json" | "http/protobuf")
        {
            return Err(format!("{name} is `{protocol}`, and traces are sent as `http/json` only"));
        }
        let headers = match either("HEADERS") {
            None => Vec::new(),
            // What a header says may be a secret.
            Some((name, value)) => pairs(&value).ok_or_else(|| format!("{name} is not `name=value,…`"))?,
        };
        let timeout = match either("TIMEOUT") {
            None => TIMEOUT,
            Some((name, value)) => value.trim().parse().map_or_else(
                |_| {
                    complain(&format!("{name} is `{value}`, which is no number of milliseconds: it is taken as 5000"));
                    TIMEOUT
                },
                Duration::from_millis,
            ),
        };
        let attributes = variable("OTEL_RESOURCE_ATTRIBUTES").map(|value| {
            pairs(&value).unwrap_or_else(|| {
                complain("OTEL_RESOURCE_ATTRIBUTES is not `name=value,…`: it is left out");
                Vec::new()
            })
        });
        let service = variable("OTEL_SERVICE_NAME").map(|name| ("service.name".to_owned(), name));
        let resource = attributes.into_iter().flatten().chain(service).collect();
        Ok(Some(Self { url, headers, timeout: timeout.min(LONGEST), resource }))
    }
}

fn check(url: &str) -> Result<(), String> {
    let shown = Redaction::default().resource("network::url", url).into_owned();
    let uri: Uri = url.parse().map_err(|error| format!("`{shown}` is no endpoint: {error}"))?;
    match uri.scheme_str() {
        Some("http") => Ok(()),
        Some("https") => Err(format!(
            "`{shown}` asks for https, which this program does not speak: name a collector on this host by http"
        )),
        _ => Err(format!("`{shown}` is no endpoint: `http://HOST:PORT` is one")),
    }
}

/// The pairs of `name=value,…` with percent-encoded values, as W3C Baggage has it.
fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let decoded = |text: &str| percent_decode_str(text.trim()).decode_utf8().ok().map(String::from);
    let pair = |part: &str| {
        let (name, value) = part.split_once('=')?;
        Some((decoded(name).filter(|name| !name.is_empty())?, decoded(value)?))
    };
    text.split(',').filter(|part| !part.trim().is_empty()).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::Settings;
    use std::cell::RefCell;
    use std::time::Duration;

    const BASE: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318/");

    fn read(variables: &[(&str, &str)]) -> (Result<Option<Settings>, String>, Vec<String>) {
        let complaints = RefCell::new(Vec::new());
        let find = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let settings = Settings::read(find, |problem| complaints.borrow_mut().push(problem.to_owned()));
        (settings, complaints.into_inner())
    }

    fn settings(variables: &[(&str, &str)]) -> Settings {
        read(variables).0.unwrap().unwrap()
    }

    #[test]
    fn the_variables_mean_what_the_specification_says() {
        let plain = settings(&[BASE]);
        assert_eq!((plain.url.as_str(), plain.timeout), ("http://localhost:4318/v1/traces", Duration::from_secs(5)));
        let own = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://localhost:1/as/it/is");
        assert_eq!(settings(&[BASE, own]).url, "http://localhost:1/as/it/is");
        let full = settings(&[
            BASE,
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "70"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b, other = c=d ,"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.name=other,zone=a%2Cb"),
            ("OTEL_SERVICE_NAME", "mine"),
        ]);
        assert_eq!(full.timeout, Duration::from_millis(70));
        assert_eq!(full.headers, [("api-key", "a b"), ("other", "c=d")].map(|(n, v)| (n.to_owned(), v.to_owned())));
        assert_eq!((full.resource["service.name"].as_str(), full.resource["zone"].as_str()), ("mine", "a,b"));
        assert_eq!(settings(&[BASE, ("OTEL_EXPORTER_OTLP_TIMEOUT", "999999999")]).timeout, Duration::from_secs(60));
    }

    #[test]
    fn what_turns_it_off() {
        assert!(read(&[]).0.unwrap().is_none());
        assert!(read(&[BASE, ("OTEL_SDK_DISABLED", "True")]).0.unwrap().is_none());
        assert!(read(&[BASE, ("OTEL_TRACES_EXPORTER", "none")]).0.unwrap().is_none());
    }

    #[test]
    fn what_cannot_be_is_said_without_secrets() {
        for (name, value, part) in [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://u:hunter2@h/", "`https://[REDACTED]@h/v1/traces` asks for https"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318", "is no endpoint"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a b", "is no endpoint"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "file:///etc", "is no endpoint"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "is `grpc`"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "hunter2", "OTEL_EXPORTER_OTLP_HEADERS is not"),
        ] {
            let told = read(&[(name, value), BASE]).0.unwrap_err();
            assert!(told.contains(part) && !told.contains("hunter2"), "{told}");
        }
        let (_, complaints) =
            read(&[BASE, ("OTEL_EXPORTER_OTLP_TIMEOUT", "5s"), ("OTEL_RESOURCE_ATTRIBUTES", "a=%ff")]);
        assert!(complaints[0].contains("`5s`") && complaints[1].contains("left out"), "{complaints:?}");
    }
}
