//! Certificates and keys: `verify_cert`, `verify_cert_chain`, `certificate_info`, `key_info`.

use crate::error::Failure;
use crate::needs::{OPEN_DIR, OPEN_FILE, READ_FILE};
use crate::values::{map, number, texts};
use rex_cedar_auth::{Gate, Need};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::{Array, Dynamic, EvalAltResult, Map};
use rust_safe_io::{CertificateInfo, FileHandle, KeyInfo, certificate_info, key_info, verify_certificate};

const OPENING: &[Need] = &[OPEN_DIR, OPEN_FILE];
const FILES: &[(&str, &str)] =
    &[("server.pem", include_str!("certificate/server.pem")), ("root.pem", include_str!("certificate/root.pem"))];

/// The script `$test` with `server` and `root`, the files of that name.
macro_rules! with_certificates {
    ($test:literal) => {
        concat!(
            "let d = DirConfig().path(dir).build().open(OpenDirOptions().build()); let read = OpenFileOptions().read(true).build(); ",
            "let server = d.open_file(\"server.pem\", read); let root = d.open_file(\"root.pem\", read); ",
            $test
        )
    };
}

static VERIFY: Function = Function {
    name: "verify_cert",
    params: &["self", "root_ca"],
    doc: "Verifies the first certificate in the PEM file for use by a server, now, by the first one in the file `root_ca`; the others in the file may lead from one \
          to the other. What is not to be trusted is an error that tells why. Neither host names nor revocations are looked at.",
    needs: &[READ_FILE],
    examples: &[
        Example {
            title: "Trust what the root signed",
            files: FILES,
            script: with_certificates!("server.verify_cert(root); true"),
            around: OPENING,
            ..Example::BASE
        },
        Example {
            title: "Another root did not sign it",
            files: &[
                ("server.pem", include_str!("certificate/server.pem")),
                ("root.pem", include_str!("certificate/other-root.pem")),
            ],
            script: with_certificates!(
                r#"let said = ""; try { server.verify_cert(root); } catch (e) { if e.kind == IoErrorKind::PermissionDenied { throw e; } said = e.message; }
                said == "Certificate verification error: Certificate chain verification failed: UnknownIssuer: nothing leads from it to the root""#
            ),
            around: OPENING,
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};

static VERIFY_CHAIN: Function = Function {
    name: "verify_cert_chain",
    params: &["self", "root_ca", "intermediates"],
    doc: "As `verify_cert`, with certificates that may lead to the root in an array of further files.",
    needs: &[READ_FILE],
    examples: &[Example {
        title: "Certificates that are not needed do no harm",
        files: FILES,
        script: with_certificates!("server.verify_cert_chain(root, [root]); true"),
        around: OPENING,
        ..Example::BASE
    }],
    ..Function::METHOD
};

static CERTIFICATE_INFO: Function = Function {
    name: "certificate_info",
    params: &["self"],
    doc: "Returns what the certificates in the PEM file say, unverified, one map each: `subject`, `issuer`, `serial` (hexadecimal), `not_before` and `not_after` (UTC, as \
          `2020-01-01T00:00:00Z`), `days_left` (negative when it expired), `names` (the hosts, addresses and the like that it is for), `is_ca`, `key_algorithm`, \
          `key_bits` and `signature_algorithm`.",
    needs: &[READ_FILE],
    examples: &[Example {
        title: "When does it expire?",
        files: FILES,
        script: with_certificates!(
            r#"let c = server.certificate_info()[0];
            c.subject == "CN=node.example" && c.not_after == "2120-01-01T00:00:00Z" && c.days_left > 30000 && c.names[0] == "node.example" && !c.is_ca && c.key_algorithm == "EC P-256""#
        ),
        around: OPENING,
        ..Example::BASE
    }],
    ..Function::METHOD
};

static KEY_INFO: Function = Function {
    name: "key_info",
    params: &["self"],
    doc: "Returns the kind of the first key in the PEM file, and nothing of the key itself: a map with `type` (`private` or `public`), `format` (`PKCS#8`, `PKCS#1`, `SEC1`, \
          `DSA`, `OpenSSH` or `SPKI`), `algorithm` (such as `RSA` or `Ed25519`; `()` where encryption hides it), `bits` (`()` where it is not known) and `encrypted`.",
    needs: &[READ_FILE],
    examples: &[Example {
        title: "What key is it?",
        files: &[("key.pem", include_str!("certificate/public-key.pem"))],
        script: r#"let k = DirConfig().path(dir).build().open(OpenDirOptions().build()).open_file("key.pem", OpenFileOptions().read(true).build()).key_info();
            k.type == "public" && k.format == "SPKI" && k.algorithm == "EC P-256" && k.bits == 256 && !k.encrypted"#,
        around: OPENING,
        ..Example::BASE
    }],
    ..Function::METHOD
};

pub(super) fn register(r: &mut Registrar) {
    r.function(&VERIFY, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, root: FileHandle| {
            entry.run(&call, |gate| verify_certificate(gate, file, &root, &[]).map_err(Failure::from))
        }
    });
    r.function(&VERIFY_CHAIN, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, root: FileHandle, intermediates: Array| {
            let others = files(&call, intermediates)?;
            entry.run(&call, |gate| verify_certificate(gate, file, &root, &others).map_err(Failure::from))
        }
    });
    r.function(&CERTIFICATE_INFO, |entry| {
        move |call: Call<'_>, file: &mut FileHandle| entry.run(&call, |gate| certificates(gate, file))
    });
    r.function(&KEY_INFO, |entry| {
        move |call: Call<'_>, file: &mut FileHandle| entry.run(&call, |gate| key(gate, file))
    });
}

/// The handles in an array. Anything else in it is a mistake in the script.
fn files(call: &Call<'_>, array: Array) -> Result<Vec<FileHandle>, Box<EvalAltResult>> {
    let file = |value: Dynamic| {
        let found = value.type_name();
        value.try_cast::<FileHandle>().ok_or_else(|| {
            EvalAltResult::ErrorMismatchDataType("FileHandle".to_owned(), found.to_owned(), call.call_position()).into()
        })
    };
    array.into_iter().map(file).collect()
}

fn certificates(gate: &Gate, file: &FileHandle) -> Result<Array, Failure> {
    let told = certificate_info(gate, file)?.into_iter().map(|certificate: CertificateInfo| {
        Dynamic::from_map(map([
            ("subject", certificate.subject.into()),
            ("issuer", certificate.issuer.into()),
            ("serial", certificate.serial.into()),
            ("not_before", certificate.not_before.into()),
            ("not_after", certificate.not_after.into()),
            ("days_left", certificate.days_left.into()),
            ("names", texts(certificate.names).into()),
            ("is_ca", certificate.is_ca.into()),
            ("key_algorithm", certificate.key_algorithm.into()),
            ("key_bits", number(certificate.key_bits)),
            ("signature_algorithm", certificate.signature_algorithm.into()),
        ]))
    });
    Ok(told.collect())
}

fn key(gate: &Gate, file: &FileHandle) -> Result<Map, Failure> {
    let KeyInfo { is_private, format, algorithm, bits, is_encrypted } = key_info(gate, file)?;
    Ok(map([
        ("type", if is_private { "private" } else { "public" }.into()),
        ("format", format.into()),
        ("algorithm", algorithm.map_or(Dynamic::UNIT, Dynamic::from)),
        ("bits", bits.map_or(Dynamic::UNIT, number)),
        ("encrypted", is_encrypted.into()),
    ]))
}
