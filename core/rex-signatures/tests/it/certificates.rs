//! Certificates of ssh-keygen(1): whom an authority vouches for, for how long, and on which conditions.

use crate::keygen::{Folder, missing};
use rex_signatures::{Error, Revocations, Signature, Signers, Use, Verified, Wanted, now};

pub(crate) struct Office {
    pub(crate) folder: Folder,
    line: String,
}

impl Office {
    pub(crate) fn new(authority: &[&str], line: &str) -> Self {
        let folder = Folder::new();
        folder.put("file", "content");
        folder.key("ca", authority);
        folder.key("key", &["-t", "ed25519"]);
        let line = line.replace("KEY", &folder.public("ca"));
        Self { folder, line }
    }

    /// A signature with a certificate of these properties.
    pub(crate) fn signed(&self, options: &[&str]) -> Vec<u8> {
        self.folder.keygen(&[&["-q", "-s", "ca"], options, &["key.pub"]].concat());
        self.folder.signed_by_keygen("key-cert.pub", "script@rex", "file", &[])
    }

    pub(crate) fn verify(
        &self,
        signature: &[u8],
        signer: Option<&str>,
        revoked: &Revocations,
    ) -> Result<Verified, Error> {
        let wanted = Wanted { what: Use::Script, signer, now: now(), touch_verified: false };
        Signers::read(&self.line)?.verify(&Signature::from_text(signature)?, b"content", &wanted, revoked)
    }
}

const LINE: &str = "*@example.com cert-authority,namespaces=\"script@rex\" KEY\n";

#[test]
fn an_authority_vouches_for_whom_its_line_lets_it() {
    if missing() {
        return;
    }
    for authority in [&["-t", "ed25519"][..], &["-t", "ecdsa"], &["-t", "ecdsa", "-b", "384"]] {
        let office = Office::new(authority, LINE);
        let none = Revocations::none();
        let signature = office.signed(&["-I", "id", "-n", "root,al@example.com,bo@example.com"]);
        let verified = office.verify(&signature, None, &none).unwrap();
        assert_eq!(verified.signer, "al@example.com");
        assert!(verified.authority.is_some_and(|key| key.starts_with("SHA256:") && key != verified.key));
        assert_eq!(office.verify(&signature, Some("bo@example.com"), &none).unwrap().signer, "bo@example.com");
        for stranger in ["root", "eve@example.com"] {
            let told = office.verify(&signature, Some(stranger), &none);
            assert!(matches!(told, Err(Error::OtherSigner { .. })), "{stranger}: {told:?}");
        }
        let told = office.verify(&office.signed(&["-I", "id", "-n", "root"]), None, &none);
        assert_eq!(told, Err(Error::NotNamed(1)));
    }
}

#[test]
fn what_makes_a_certificate_void() {
    if missing() {
        return;
    }
    let office = Office::new(&["-t", "ed25519"], LINE);
    let al = "al@example.com";
    for (options, part) in [
        (&["-I", "id"][..], "it has no principals"),
        (&["-I", "id", "-n", al, "-V", "20200101:20200102"], "it has expired"),
        (&["-I", "id", "-n", al, "-V", "20990101:20990102"], "is valid only from 2098-12-3"),
        (&["-I", "id", "-n", al, "-h"], "for a host"),
        (&["-I", "id", "-n", al, "-O", "force-command=/bin/true"], "critical option `force-command`"),
        (&["-I", "id", "-n", al, "-O", "source-address=10.0.0.0/8"], "critical option `source-address`"),
        (&["-I", "id", "-n", al, "-O", "critical:own@example.com=x"], "critical option `own@example.com`"),
        (&["-I", "id", "-n", al, "-O", "verify-required"], "PIN or finger"),
    ] {
        let told = office.verify(&office.signed(options), None, &Revocations::none()).unwrap_err().to_string();
        let part = part.replace("2098-12-3", if told.contains("2099-01-01") { "2099-01-01" } else { "2098-12-3" });
        assert!(told.contains(&part), "{options:?}: {told}");
    }
    let lasting =
        office.signed(&["-I", "id", "-n", al, "-V", "20200101:20990101", "-O", "clear", "-O", "extension:x@y=z"]);
    office.verify(&lasting, None, &Revocations::none()).unwrap();
}

#[test]
fn a_certificate_is_no_key_and_a_key_no_authority() {
    if missing() {
        return;
    }
    let office = Office::new(&["-t", "ed25519"], "al@example.com KEY\n");
    let signature = office.signed(&["-I", "id", "-n", "al@example.com"]);
    let unknown = |told: Result<Verified, Error>| matches!(told, Err(Error::UnknownSigner(_)));
    // A line without `cert-authority` does not make its key one.
    assert!(unknown(office.verify(&signature, None, &Revocations::none())));
    let plain = office.folder.signed_by_keygen("ca", "script@rex", "file", &[]);
    assert_eq!(office.verify(&plain, None, &Revocations::none()).unwrap().signer, "al@example.com");
    let Office { folder, line } = office;
    let office = Office { folder, line: line.replace("al@example.com ", "* cert-authority ") };
    // An authority signs certificates, not files.
    assert!(unknown(office.verify(&plain, None, &Revocations::none())));
    office.verify(&signature, None, &Revocations::none()).unwrap();
}

#[test]
fn authorities_of_other_kinds_are_named() {
    if missing() {
        return;
    }
    let office = Office::new(&["-t", "rsa", "-b", "2048"], "* cert-authority KEY\n");
    let told = office.verify(&office.signed(&["-I", "id", "-n", "al"]), None, &Revocations::none()).unwrap_err();
    assert!(told.to_string().contains("the authority that signed") && told.to_string().contains("RSA"), "{told}");
}
