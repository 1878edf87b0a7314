//! Security keys: signatures made in software as PROTOCOL.u2f says the hardware makes them.

use crate::keygen::{Folder, missing, verify};
use base64::Engine as _;
use rex_signatures::{Error, Revocations, Signature, Signers, Use, Wanted, now};
use ring::digest::{SHA256, SHA512, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};

pub(crate) fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

pub(crate) fn unbase64(text: &str) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

pub(crate) fn string(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}

/// Strings, one after the other.
pub(crate) fn strings(parts: &[&[u8]]) -> Vec<u8> {
    parts.iter().flat_map(|part| string(part)).collect()
}

pub(crate) fn blob(name: &str, fields: &[&[u8]]) -> Vec<u8> {
    [string(name.as_bytes()), strings(fields)].concat()
}

/// A file of a private key without a passphrase.
pub(crate) fn private_key(name: &str, public: &[&[u8]], private: &[&[u8]]) -> String {
    let secret = [&[7_u8; 8][..], &string(name.as_bytes()), &strings(private), &string(b"comment")].concat();
    let padding: Vec<u8> = (1..=u8::try_from((8 - secret.len() % 8) % 8).unwrap()).collect();
    let body = [
        b"openssh-key-v1\0".to_vec(),
        strings(&[b"none", b"none", b""]),
        1_u32.to_be_bytes().to_vec(),
        string(&blob(name, public)),
        string(&[secret, padding].concat()),
    ];
    let encoded = base64(&body.concat());
    let lines: Vec<_> = encoded.as_bytes().chunks(70).map(|line| String::from_utf8(line.to_vec()).unwrap()).collect();
    format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\n", lines.join("\n"))
}

/// The text around a signature.
pub(crate) fn armoured(bytes: &[u8]) -> Vec<u8> {
    format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", base64(bytes)).into_bytes()
}

/// A whole signature of its parts.
pub(crate) fn put_together(key: &[u8], namespace: &[u8], hash: &str, signature: &[u8]) -> Vec<u8> {
    let parts = strings(&[key, namespace, b"", hash.as_bytes(), signature]);
    armoured(&[b"SSHSIG\0\0\0\x01", &parts[..]].concat())
}

pub(crate) fn to_be_signed(namespace: &[u8], hash: &str, message: &[u8]) -> Vec<u8> {
    let algorithm = if hash == "sha256" { &SHA256 } else { &SHA512 };
    [b"SSHSIG".to_vec(), strings(&[namespace, b"", hash.as_bytes(), digest(algorithm, message).as_ref()])].concat()
}

pub(crate) fn mpint(number: &[u8]) -> Vec<u8> {
    let number = &number[number.iter().take_while(|byte| **byte == 0).count()..];
    if number.first().is_some_and(|first| *first > 0x7f) { [&[0], number].concat() } else { number.to_vec() }
}

/// A security key.
pub(crate) enum Token {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
}

impl Token {
    pub(crate) fn both() -> [Self; 2] {
        let random = SystemRandom::new();
        let ed = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        let ec = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        [
            Self::Ed25519(Ed25519KeyPair::from_pkcs8(ed.as_ref()).unwrap()),
            Self::P256(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, ec.as_ref(), &random).unwrap()),
        ]
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "sk-ssh-ed25519@openssh.com",
            Self::P256(_) => "sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }

    /// The public key for `application`.
    pub(crate) fn blob(&self, application: &str) -> Vec<u8> {
        match self {
            Self::Ed25519(pair) => blob(self.name(), &[pair.public_key().as_ref(), application.as_bytes()]),
            Self::P256(pair) => blob(self.name(), &[b"nistp256", pair.public_key().as_ref(), application.as_bytes()]),
        }
    }

    /// What the key answers: it signs hashes, its flags and its counter.
    pub(crate) fn answer(&self, application: &str, flags: u8, message: &[u8]) -> Vec<u8> {
        let counter = 41_u32.to_be_bytes();
        let sha = |bytes: &[u8]| digest(&SHA256, bytes).as_ref().to_vec();
        let told = [sha(application.as_bytes()), vec![flags], counter.to_vec(), sha(message)].concat();
        let raw = match self {
            Self::Ed25519(pair) => pair.sign(&told).as_ref().to_vec(),
            Self::P256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), &told).unwrap();
                let (r, s) = signature.as_ref().split_at(32);
                strings(&[&mpint(r), &mpint(s)])
            }
        };
        [blob(self.name(), &[&raw]), vec![flags], counter.to_vec()].concat()
    }

    pub(crate) fn signed(&self, flags: u8, namespace: &str, content: &[u8]) -> Vec<u8> {
        let answer = self.answer("ssh:", flags, &to_be_signed(namespace.as_bytes(), "sha512", content));
        put_together(&self.blob("ssh:"), namespace.as_bytes(), "sha512", &answer)
    }
}

#[test]
fn security_keys_are_verified_as_ssh_keygen_does() {
    for token in Token::both() {
        let signers = format!("alice {} {}\n", token.name(), base64(&token.blob("ssh:")));
        let signature = token.signed(1, "script@rex", b"content");
        assert_eq!(verify(&signers, &signature, b"content", Use::Script).unwrap().signer, "alice");
        assert_eq!(verify(&signers, &signature, b"Content", Use::Script), Err(Error::Altered));
        if !missing() {
            let folder = Folder::new();
            folder.put("file", "content");
            folder.put("signers", &signers);
            folder.put("file.sig", &signature);
            folder.keygen_verifies("signers", "script@rex", "file", "file.sig").unwrap();
        }
    }
}

#[test]
fn a_touch_is_always_demanded_and_a_pin_where_it_is_asked_for() {
    for token in Token::both() {
        let signers = Signers::read(&format!("alice {} {}\n", token.name(), base64(&token.blob("ssh:")))).unwrap();
        for (flags, touched, verified) in [
            (0, Err(Error::Untouched), Err(Error::Untouched)),
            (1, Ok(()), Err(Error::Unverified)),
            (4, Err(Error::Untouched), Err(Error::Untouched)),
            (5, Ok(()), Ok(())),
        ] {
            let signature = Signature::from_text(&token.signed(flags, "script@rex", b"x")).unwrap();
            for (touch_verified, expected) in [(false, touched), (true, verified)] {
                let wanted = Wanted { what: Use::Script, signer: None, now: now(), touch_verified };
                let told = signers.verify(&signature, b"x", &wanted, &Revocations::none()).map(drop);
                assert_eq!(told, expected, "flags {flags}");
            }
        }
    }
}

#[test]
fn flags_counter_and_application_are_part_of_what_is_signed() {
    for token in Token::both() {
        let signed = to_be_signed(b"script@rex", "sha512", b"x");
        let right = token.answer("ssh:", 1, &signed);
        for (at, what) in [(5, "flags"), (1, "counter")] {
            let mut answer = right.clone();
            let place = answer.len() - at;
            answer[place] ^= 4;
            let signature = put_together(&token.blob("ssh:"), b"script@rex", "sha512", &answer);
            let told = Signature::from_text(&signature).unwrap().verify(b"x", Use::Script).unwrap_err();
            assert_eq!(told, Error::Altered, "{what}");
        }
        let other = put_together(&token.blob("ssh:other"), b"script@rex", "sha512", &right);
        assert_eq!(Signature::from_text(&other).unwrap().verify(b"x", Use::Script), Err(Error::Altered));
    }
}
