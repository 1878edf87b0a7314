//! Signed checkpoints: what they find that hashes alone do not.

use crate::{Place, end, facts, judgement, lines, start, whole_run};
use rex_audit_log::{Destination, Log, Redaction, Report, Run, Sign, Start, Verifier, verify};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Stands for a signature: who does not know the key cannot make it, which is all that these tests need.
fn mac(bytes: &[u8]) -> String {
    hex(&[b"a secret", bytes].concat())
}

fn sign() -> Sign {
    Box::new(|bytes| Ok(mac(bytes)))
}

fn check(bytes: &[u8], signature: &str) -> Result<String, String> {
    if mac(bytes) == signature { Ok("ops".to_owned()) } else { Err("it is of someone else".to_owned()) }
}

fn look(bytes: &[u8]) -> Report {
    verify(bytes, Verifier::new(Some(&check))).unwrap()
}

/// Seals records anew, as anybody can who knows how.
pub(crate) fn seal(records: &[Value]) -> Vec<u8> {
    let (mut bytes, mut prev) = (Vec::new(), "0".repeat(64));
    for (number, record) in records.iter().enumerate() {
        let mut record = record.clone();
        record["metadata"]["sequence"] = (number + 1).into();
        record["unmapped"]["prev"] = prev.into();
        let mut own = record.as_object_mut().unwrap().remove("unmapped").unwrap();
        let signature = own.as_object_mut().unwrap().remove("signature");
        own.as_object_mut().unwrap().remove("hash");
        let open = |value: &Value| value.to_string().strip_suffix('}').unwrap().to_owned();
        let mut line = format!("{},\"unmapped\":{}", open(&record), open(&own));
        if let Some(signature) = signature {
            line = format!("{line},\"signature\":{signature}");
        }
        prev = hex(line.as_bytes());
        bytes.extend_from_slice(format!("{line},\"hash\":\"{prev}\"}}}}\n").as_bytes());
    }
    bytes
}

#[test]
fn start_end_and_every_thousand_records_are_signed() {
    let place = Place::new();
    whole_run(&place.path(), "r", 2500, Some(sign()));
    let report = look(&place.read());
    assert!(report.is_complete(), "{report}");
    assert_eq!((report.signed, report.signed_to, report.unchecked), (4, report.head.sequence, 0));
    assert_eq!(report.signers.iter().collect::<Vec<_>>(), ["ops"]);
    assert_eq!(place.report().unchecked, 4);
}

#[test]
fn a_history_written_anew_is_found() {
    let place = Place::new();
    whole_run(&place.path(), "r", 5, Some(sign()));
    let records: Vec<Value> = lines(&place.read()).iter().map(|line| serde_json::from_slice(line).unwrap()).collect();
    let forge = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut records = records.clone();
        change(&mut records);
        seal(&records)
    };
    let found = |bytes: &[u8]| look(bytes).problems.first().map(|problem| problem.text.clone()).unwrap_or_default();
    let other = forge(&|records| records[2]["file"]["path"] = "/srv/other".into());
    assert!(crate::look(&other).holds(), "without signatures it passes: {}", crate::look(&other));
    assert_eq!(found(&other), "its signature does not hold: it is of someone else");
    let stripped = forge(&|records| {
        for record in records {
            record["unmapped"].as_object_mut().unwrap().remove("signature");
        }
    });
    assert_eq!(found(&stripped), "the record `run_start` is not signed");
    let moved = forge(&|records| {
        let signature = records[7]["unmapped"]["signature"].clone();
        records[0]["unmapped"]["signature"] = signature;
    });
    assert_eq!(found(&moved), "its signature does not hold: it is of someone else");
}

#[test]
fn what_comes_after_the_last_signature_is_vouched_for_by_nobody() {
    let place = Place::new();
    let mut run = start(&place.path(), "r", Some(sign()));
    run.judged(&judgement("/a")).unwrap();
    let report = look(&place.read());
    assert!(report.holds() && !report.is_complete());
    assert!(report.to_string().contains("nobody vouches for the 1 records after that"), "{report}");
    run.end(&end()).unwrap();
    assert!(look(&place.read()).is_complete());
}

#[test]
fn without_the_key_the_run_does_not_start() {
    let place = Place::new();
    let log = Log::open(&Destination::File(place.path()), Some(Box::new(|_| Err("the key is gone".to_owned()))));
    let run = Run::start(log.unwrap(), facts("r"), Redaction::default(), &Start::default());
    assert_eq!(run.unwrap_err().to_string(), "the audit log could not be signed: the key is gone");
    assert_eq!(place.read(), b"");
}
