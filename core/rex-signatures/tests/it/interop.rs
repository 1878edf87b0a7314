//! Signatures of ssh-keygen(1) are verified here, and those made here are verified there.

use crate::keygen::{Folder, missing, verify};
use rex_signatures::{Error, Hash, Signature, Signer, Use, sign};

const KINDS: [(&str, &[&str]); 3] =
    [("ed", &["-t", "ed25519"]), ("p256", &["-t", "ecdsa", "-b", "256"]), ("p384", &["-t", "ecdsa", "-b", "384"])];
const USES: [Use; 3] = [Use::Script, Use::Policy, Use::Bundle];
/// Not only text.
const CONTENT: &[u8] = b"let x = 1;\n\0\xff and no line break at the end";

#[test]
fn each_kind_of_key_in_both_directions() {
    if missing() {
        return;
    }
    let folder = Folder::new();
    folder.put("file", CONTENT);
    for (key, kind) in KINDS {
        folder.key(key, kind);
        let signers = format!("alice {}\n", folder.public(key));
        folder.put("signers", &signers);
        for what in USES {
            for (hash, option) in [(Hash::Sha512, "hashalg=sha512"), (Hash::Sha256, "hashalg=sha256")] {
                let theirs = folder.signed_by_keygen(key, what.namespace(), "file", &["-O", option]);
                let verified = verify(&signers, &theirs, CONTENT, what).unwrap();
                assert_eq!(verified.signer, "alice");
                let listed = folder.keygen(&["-l", "-f", key]);
                assert!(String::from_utf8(listed.stdout).unwrap().contains(&verified.key), "{verified:?}");

                let ours = folder.signed_here(key, what, hash, CONTENT);
                folder.put("ours.sig", &ours);
                let told = folder.keygen_verifies("signers", what.namespace(), "file", "ours.sig").unwrap();
                assert!(told.contains(&verified.key), "{told}");
                assert_eq!(
                    ours.lines().map(str::len).max(),
                    theirs.split(|byte| *byte == b'\n').map(<[u8]>::len).max()
                );
            }
        }
        assert_eq!(folder.signed_here("ed", Use::Script, Hash::Sha512, CONTENT).into_bytes(), {
            // Ed25519 knows no chance: the same key makes the same signature.
            folder.signed_by_keygen("ed", "script@rex", "file", &[])
        });
    }
}

#[test]
fn many_signatures_of_numbers_of_all_lengths() {
    if missing() {
        return;
    }
    let folder = Folder::new();
    for (key, kind) in &KINDS[1..] {
        folder.key(key, kind);
        let signers = format!("alice {}\n", folder.public(key));
        folder.put("signers", &signers);
        // One in 128 has a number that is shorter than the curve's; 700 have some for certain.
        let mut lengths = std::collections::BTreeSet::new();
        for round in 0..700_u32 {
            let content = round.to_be_bytes();
            let text = folder.signed_here(key, Use::Script, Hash::Sha256, &content);
            verify(&signers, text.as_bytes(), &content, Use::Script).unwrap();
            let inner: String = text.lines().filter(|line| !line.starts_with('-')).collect();
            if lengths.insert(crate::hardware::unbase64(&inner).len()) {
                folder.put("file", content);
                folder.put("ours.sig", &text);
                folder.keygen_verifies("signers", "script@rex", "file", "ours.sig").unwrap();
            }
        }
        assert!(lengths.len() > 1, "{lengths:?}");
    }
}

#[test]
fn kinds_that_are_not_accepted_are_named() {
    if missing() {
        return;
    }
    let folder = Folder::new();
    folder.put("file", CONTENT);
    for (key, kind, part) in [
        ("rsa", &["-t", "rsa", "-b", "2048"][..], "RSA keys are not accepted; use Ed25519"),
        ("p521", &["-t", "ecdsa", "-b", "521"], "ECDSA keys of 521 bits are not accepted; use Ed25519"),
    ] {
        folder.key(key, kind);
        let told = Signer::read(&folder.text(key), None).unwrap_err().to_string();
        assert!(told.contains(part), "{told}");
        let told = Signer::read(&folder.text(&format!("{key}.pub")), None).unwrap_err().to_string();
        assert!(told.contains(part), "{told}");
        let theirs = folder.signed_by_keygen(key, "script@rex", "file", &[]);
        // The line itself may stand in the file.
        let told = verify(&format!("alice {}\n", folder.public(key)), &theirs, CONTENT, Use::Script).unwrap_err();
        assert!(told.to_string().contains(part), "{told}");
    }
}

/// The base point of P-256 belongs to the private key 1, which a file holds in a single byte.
#[test]
fn a_private_key_of_few_bytes_signs() {
    if missing() {
        return;
    }
    let hex = |text: &str| -> Vec<u8> {
        let digit = |letter: u8| u8::try_from(char::from(letter).to_digit(16).unwrap()).unwrap();
        text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
    };
    let point = hex(concat!(
        "04",
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    ));
    let text =
        crate::hardware::private_key("ecdsa-sha2-nistp256", &[b"nistp256", &point], &[b"nistp256", &point, &[1]]);
    let folder = Folder::new();
    folder.put("file", CONTENT);
    folder.put("key", &text);
    let ours = sign(&Signer::read(&text, None).unwrap(), CONTENT, Use::Script, Hash::Sha512).unwrap();
    let blob = crate::hardware::blob("ecdsa-sha2-nistp256", &[b"nistp256", &point]);
    let signers = format!("alice ecdsa-sha2-nistp256 {}\n", crate::hardware::base64(&blob));
    folder.put("signers", &signers);
    folder.put("ours.sig", &ours);
    folder.keygen_verifies("signers", "script@rex", "file", "ours.sig").unwrap();
    verify(&signers, ours.as_bytes(), CONTENT, Use::Script).unwrap();
}

#[test]
fn keys_that_cannot_sign_say_what_to_do() {
    if missing() {
        return;
    }
    let folder = Folder::new();
    folder.keygen(&["-q", "-t", "ed25519", "-N", "a passphrase", "-f", "locked"]);
    let signer = Signer::read(&folder.text("locked"), None).unwrap();
    let told = sign(&signer, b"", Use::Script, Hash::Sha512).unwrap_err();
    assert!(matches!(told, Error::Encrypted(_)) && told.to_string().contains("ssh-add"), "{told}");
    let signer = Signer::read(&folder.text("locked.pub"), None).unwrap();
    let told = sign(&signer, b"", Use::Script, Hash::Sha512).unwrap_err();
    assert!(told.to_string().contains("SSH_AUTH_SOCK is not set"), "{told}");
    folder.key("old", &["-t", "ecdsa", "-m", "PEM"]);
    let told = Signer::read(&folder.text("old"), None).unwrap_err().to_string();
    assert!(told.contains("`ssh-keygen -p -f KEY` rewrites"), "{told}");
    for text in [
        "",
        "no key",
        "ssh-ed25519 AAAA",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----",
    ] {
        Signer::read(text, None).unwrap_err();
    }
    let (one, other) = (Folder::new(), Folder::new());
    one.key("key", &["-t", "ed25519"]);
    other.key("key", &["-t", "ed25519"]);
    let public = Signer::read(&one.text("key.pub"), None).unwrap();
    let told = public.with_private(&other.text("key")).unwrap_err().to_string();
    assert!(told.contains("is that of another"), "{told}");
}

#[test]
fn line_breaks_of_another_system_do_no_harm() {
    if missing() {
        return;
    }
    let folder = Folder::new();
    folder.key("ed", &["-t", "ed25519"]);
    let text = folder.signed_here("ed", Use::Script, Hash::Sha512, CONTENT).replace('\n', "\r\n");
    Signature::from_text(text.as_bytes()).unwrap().verify(CONTENT, Use::Script).unwrap();
}
