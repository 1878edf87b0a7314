//! Forgeries and misuses of signatures and of allowed signers: each is refused, and each with a text of its own.

use crate::hardware::{Token, armoured, base64, blob, put_together, string, strings, to_be_signed, unbase64};
use crate::keygen::verify;
use rex_signatures::{Signers, Use};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};

const CONTENT: &[u8] = b"let x = 1;\n";
const NAME: &str = "ssh-ed25519";

struct Signer(Ed25519KeyPair);

impl Signer {
    fn new() -> Self {
        let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self(Ed25519KeyPair::from_pkcs8(made.as_ref()).unwrap())
    }

    fn blob(&self) -> Vec<u8> {
        blob(NAME, &[self.0.public_key().as_ref()])
    }

    fn line(&self, before: &str) -> String {
        format!("{before} {NAME} {}\n", base64(&self.blob()))
    }

    fn raw(&self, message: &[u8]) -> Vec<u8> {
        blob(NAME, &[self.0.sign(message).as_ref()])
    }

    fn signed(&self, namespace: &str, hash: &str, content: &[u8]) -> Vec<u8> {
        let raw = self.raw(&to_be_signed(namespace.as_bytes(), hash, content));
        put_together(&self.blob(), namespace.as_bytes(), hash, &raw)
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn the_table_of_forged_signatures() {
    let (alice, eve) = (Signer::new(), Signer::new());
    let signers = alice.line("alice") + &eve.line("eve");
    let right = alice.signed("script@rex", "sha512", CONTENT);
    assert_eq!(verify(&signers, &right, CONTENT, Use::Script).unwrap().signer, "alice");
    let bytes = {
        let text = String::from_utf8(right.clone()).unwrap();
        unbase64(text.lines().nth(1).unwrap())
    };
    let changed = |at: usize, byte: u8| {
        let mut changed = bytes.clone();
        changed[at] ^= byte;
        armoured(&changed)
    };
    let with_version = |version: u32| {
        let mut changed = bytes.clone();
        changed[6..10].copy_from_slice(&version.to_be_bytes());
        armoured(&changed)
    };
    let parts = |parts: &[&[u8]]| armoured(&[b"SSHSIG\0\0\0\x01", &strings(parts)[..]].concat());
    let raw = alice.raw(&to_be_signed(b"script@rex", "sha512", CONTENT));
    let key = alice.blob();
    let over = |message: &[u8]| put_together(&key, b"script@rex", "sha512", &alice.raw(message));
    let [sk, _] = Token::both();
    let text = String::from_utf8(right.clone()).unwrap();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", vec![], "does not begin as one"),
        (
            "another kind of file",
            b"-----BEGIN PGP SIGNATURE-----\n-----END PGP SIGNATURE-----\n".to_vec(),
            "does not begin as one",
        ),
        ("text before it", [b"x\n", &right[..]].concat(), "does not begin as one"),
        ("text after it", [&right[..], b"x\n"].concat(), "does not end as one"),
        ("two signatures", [&right[..], &right[..]].concat(), "is not base64"),
        ("no text", [&right[..], b"\xff"].concat(), "it is no text"),
        ("too long", [&right[..], &[b' '; 70_000]].concat(), "it is too long"),
        ("no base64", text.replacen("U1NI", "U1N!", 1).into_bytes(), "is not base64"),
        (
            "without padding",
            armoured(&bytes[..bytes.len() - 1]).into_iter().filter(|byte| *byte != b'=').collect(),
            "is not base64",
        ),
        ("nothing inside", armoured(b""), "ends too early"),
        ("another beginning", changed(0, 1), "does not begin with SSHSIG"),
        ("version 0", with_version(0), "version 0 of the format"),
        ("version 2", with_version(2), "version 2 of the format"),
        ("a length beyond the end", changed(10, 0x40), "ends too early"),
        ("cut short", armoured(&bytes[..bytes.len() - 1]), "ends too early"),
        ("a byte too many", armoured(&[&bytes[..], b"\0"].concat()), "more bytes than it should"),
        ("the reserved field in use", parts(&[&key, b"script@rex", b"x", b"sha512", &raw]), "a field that is reserved"),
        (
            "no namespace",
            put_together(&key, b"", "sha512", &alice.raw(&to_be_signed(b"", "sha512", CONTENT))),
            "made for ``",
        ),
        (
            "the namespace of files",
            alice.signed("file", "sha512", CONTENT),
            "made for `file`, and a script needs one for `script@rex`",
        ),
        ("the namespace of policies", alice.signed("policy@rex", "sha512", CONTENT), "made for `policy@rex`"),
        ("the namespace of git", alice.signed("git", "sha512", CONTENT), "made for `git`"),
        ("the namespace in other letters", alice.signed("SCRIPT@REX", "sha512", CONTENT), "made for `SCRIPT@REX`"),
        (
            "a namespace with an end in the middle",
            alice.signed("script@rex\0", "sha512", CONTENT),
            "made for `script@rex\0`",
        ),
        ("a namespace that is no text", put_together(&key, b"script@rex\xff", "sha512", &raw), "not UTF-8"),
        (
            "a namespace put in afterwards",
            put_together(&key, b"script@rex", "sha512", &alice.raw(&to_be_signed(b"policy@rex", "sha512", CONTENT))),
            "altered after the signing",
        ),
        ("a weak hash", alice.signed("script@rex", "sha1", CONTENT), "the hash `sha1`"),
        ("no hash", alice.signed("script@rex", "", CONTENT), "the hash ``"),
        (
            "another hash put in afterwards",
            put_together(&key, b"script@rex", "sha256", &raw),
            "altered after the signing",
        ),
        ("over the content itself", over(CONTENT), "altered after the signing"),
        ("over other content", alice.signed("script@rex", "sha512", b"let x = 2;\n"), "altered after the signing"),
        (
            "content without its line break",
            alice.signed("script@rex", "sha512", CONTENT.trim_ascii_end()),
            "altered after the signing",
        ),
        (
            "of a key that nobody knows",
            Signer::new().signed("script@rex", "sha512", CONTENT),
            "is among the allowed signers",
        ),
        ("of someone else", eve.signed("script@rex", "sha512", CONTENT), "is not that of `alice`"),
        (
            "of someone else under the key of alice",
            put_together(&key, b"script@rex", "sha512", &eve.raw(&to_be_signed(b"script@rex", "sha512", CONTENT))),
            "altered after the signing",
        ),
        (
            "a signature of zeros",
            put_together(&key, b"script@rex", "sha512", &blob(NAME, &[&[0; 64]])),
            "altered after the signing",
        ),
        (
            "a signature of nothing",
            put_together(&key, b"script@rex", "sha512", &blob(NAME, &[b""])),
            "altered after the signing",
        ),
        (
            "a key of zeros",
            put_together(&blob(NAME, &[&[0; 32]]), b"script@rex", "sha512", &blob(NAME, &[&[0; 64]])),
            "altered after the signing",
        ),
        (
            "a key that is too short",
            put_together(&blob(NAME, &[&[1; 31]]), b"script@rex", "sha512", &raw),
            "wrong length or form",
        ),
        (
            "a key with something behind it",
            put_together(&[&key[..], b"x"].concat(), b"script@rex", "sha512", &raw),
            "more bytes than it should",
        ),
        ("an empty key", put_together(b"", b"script@rex", "sha512", &raw), "the public key is malformed"),
        (
            "an RSA key",
            put_together(&blob("ssh-rsa", &[b"\x03", b"n"]), b"script@rex", "sha512", &raw),
            "RSA keys are not accepted",
        ),
        (
            "a DSA key",
            put_together(&blob("ssh-dss", &[b"p"]), b"script@rex", "sha512", &raw),
            "DSA keys are not accepted",
        ),
        (
            "an unknown key",
            put_together(&blob("ssh-new", &[b"p"]), b"script@rex", "sha512", &raw),
            "the kind `ssh-new` are not known",
        ),
        (
            "a point that is none",
            put_together(
                &blob("ecdsa-sha2-nistp256", &[b"nistp256", &[4; 65]]),
                b"script@rex",
                "sha512",
                &blob("ecdsa-sha2-nistp256", &[&strings(&[&[1; 32], &[1; 32]])]),
            ),
            "altered after the signing",
        ),
        (
            "a compressed point",
            put_together(&blob("ecdsa-sha2-nistp256", &[b"nistp256", &[2; 33]]), b"script@rex", "sha512", &raw),
            "wrong length or form",
        ),
        (
            "two curves",
            put_together(&blob("ecdsa-sha2-nistp256", &[b"nistp384", &[4; 65]]), b"script@rex", "sha512", &raw),
            "it names two curves",
        ),
        (
            "a signature of another kind",
            put_together(&key, b"script@rex", "sha512", &blob("rsa-sha2-512", &[&[1; 64]])),
            "of the kind `rsa-sha2-512`, and its key of the kind `ssh-ed25519`",
        ),
        (
            "a security key's signature for a key",
            put_together(
                &key,
                b"script@rex",
                "sha512",
                &sk.answer("ssh:", 1, &to_be_signed(b"script@rex", "sha512", CONTENT)),
            ),
            "of the kind `sk-ssh-ed25519@openssh.com`",
        ),
        (
            "a key's signature for a security key",
            put_together(&sk.blob("ssh:"), b"script@rex", "sha512", &raw),
            "of the kind `ssh-ed25519`, and its key",
        ),
        (
            "a security key without its counter",
            put_together(&sk.blob("ssh:"), b"script@rex", "sha512", &blob(sk.name(), &[&[1; 64]])),
            "ends too early",
        ),
        (
            "a browser's signature",
            put_together(
                &sk.blob("ssh:"),
                b"script@rex",
                "sha512",
                &blob("webauthn-sk-ecdsa-sha2-nistp256@openssh.com", &[&[1; 64]]),
            ),
            "of the kind `webauthn-",
        ),
        (
            "a numbers' length that lies",
            put_together(
                &blob("ecdsa-sha2-nistp256", &[b"nistp256", &[4; 65]]),
                b"script@rex",
                "sha512",
                &blob("ecdsa-sha2-nistp256", &[b"\xff\xff\xff\xff"]),
            ),
            "ends too early",
        ),
        (
            "a number that is too long",
            put_together(
                &blob("ecdsa-sha2-nistp256", &[b"nistp256", &[4; 65]]),
                b"script@rex",
                "sha512",
                &blob("ecdsa-sha2-nistp256", &[&strings(&[&[1; 33], &[1; 32]])]),
            ),
            "a number in it is too long",
        ),
        (
            "a negative number",
            put_together(
                &blob("ecdsa-sha2-nistp256", &[b"nistp256", &[4; 65]]),
                b"script@rex",
                "sha512",
                &blob("ecdsa-sha2-nistp256", &[&strings(&[&[0x81; 32], &[1; 32]])]),
            ),
            "a number in it is negative",
        ),
        (
            "a certificate of nothing",
            put_together(&blob("ssh-ed25519-cert-v01@openssh.com", &[b"nonce"]), b"script@rex", "sha512", &raw),
            "the certificate is malformed",
        ),
        (
            "a certificate of the old form",
            put_together(&blob("ssh-rsa-cert-v00@openssh.com", &[b"x"]), b"script@rex", "sha512", &raw),
            "old form",
        ),
        (
            "a certificate for RSA",
            put_together(&blob("ssh-rsa-cert-v01@openssh.com", &[b"x"]), b"script@rex", "sha512", &raw),
            "certificates for RSA keys",
        ),
        ("a certificate that signed itself", forged_certificate(&alice, &alice, true), "is among the allowed signers"),
        (
            "a certificate that its authority did not sign",
            forged_certificate(&alice, &eve, false),
            "its authority's signature does not match it",
        ),
    ];
    assert!(cases.len() >= 50);
    for (name, signature, part) in &cases {
        let told = verify(&signers, signature, CONTENT, Use::Script).expect_err(name).to_string();
        assert!(told.contains(part), "{name}: {told}");
    }
    // The signature of a script is none of a policy, and the other way round.
    for (made, asked) in [("script@rex", Use::Policy), ("policy@rex", Use::Bundle), ("bundle@rex", Use::Script)] {
        let told = verify(&signers, &alice.signed(made, "sha512", CONTENT), CONTENT, asked).unwrap_err().to_string();
        assert!(told.contains(&format!("made for `{made}`")) && told.contains(asked.namespace()), "{told}");
    }
}

/// A signature over the content with a certificate for the key of `holder` that names `authority`.
fn forged_certificate(holder: &Signer, authority: &Signer, properly: bool) -> Vec<u8> {
    let certificate = certificate(holder, authority, properly);
    put_together(&certificate, b"script@rex", "sha512", &holder.raw(&to_be_signed(b"script@rex", "sha512", CONTENT)))
}

fn certificate(holder: &Signer, authority: &Signer, properly: bool) -> Vec<u8> {
    let own = Signer::new();
    let key = [
        string(b"ssh-ed25519-cert-v01@openssh.com"),
        strings(&[b"nonce", holder.0.public_key().as_ref()]),
        vec![0; 8],
        1_u32.to_be_bytes().to_vec(),
        strings(&[b"id", &string(b"alice")]),
        vec![0; 8],
        vec![0xff; 8],
        strings(&[b"", b"", b"", &authority.blob()]),
    ]
    .concat();
    let vouched = if properly { authority.raw(&key) } else { own.raw(&key) };
    [key, string(&vouched)].concat()
}

/// A signature over `content` with a certificate that holds.
pub(crate) fn certified() -> Vec<u8> {
    let (holder, authority) = (Signer::new(), Signer::new());
    let certificate = certificate(&holder, &authority, true);
    put_together(&certificate, b"script@rex", "sha512", &holder.raw(&to_be_signed(b"script@rex", "sha512", b"content")))
}

/// Changing any bit of a signature's content makes it another, or none.
#[test]
fn every_single_bit_counts() {
    let alice = Signer::new();
    let signers = alice.line("alice");
    let text = String::from_utf8(alice.signed("script@rex", "sha512", CONTENT)).unwrap();
    let bytes = unbase64(text.lines().nth(1).unwrap());
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(verify(&signers, &armoured(&changed), CONTENT, Use::Script).is_err(), "bit {bit}");
    }
    for bit in 0..CONTENT.len() * 8 {
        let mut changed = CONTENT.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(verify(&signers, &armoured(&bytes), &changed, Use::Script).is_err(), "bit {bit} of the content");
    }
}

#[test]
fn the_table_of_signers_that_do_not_count() {
    let alice = Signer::new();
    let right = alice.signed("script@rex", "sha512", CONTENT);
    let long_ago = "valid-before=\"20200101Z\"";
    for (before, part) in [
        ("bob", "is not that of `alice`"),
        ("Alice", "is not that of `alice`"),
        ("alice@example.com", "is not that of `alice`"),
        ("alice,!alice", "is not that of `alice`"),
        ("*,!al*", "is not that of `alice`"),
        ("al?", "is not that of `alice`"),
        ("alice namespaces=\"policy@rex\"", "line 1 of the allowed signers does not let the key sign for `script@rex`"),
        ("alice namespaces=\"*@rex,!script@rex\"", "does not let the key sign for `script@rex`"),
        ("alice namespaces=\"\"", "does not let the key sign for `script@rex`"),
        ("alice valid-after=\"20990101Z\"", "trusts the key only from 2099-01-01T00:00:00Z on"),
        (&format!("alice {long_ago}"), "only until 2020-01-01T00:00:00Z: it has expired"),
        ("alice cert-authority", "nobody with the key SHA256:"),
    ] {
        let told = verify(&alice.line(before), &right, CONTENT, Use::Script).expect_err(before).to_string();
        assert!(told.contains(part), "{before}: {told}");
    }
    for before in [
        "alice",
        "bob,alice",
        "\"alice\"",
        "al*",
        "?????",
        "*,!bob",
        "alice namespaces=\"script@rex\"",
        "alice NAMESPACES=\"*@rex,!policy@rex\",valid-after=\"20200101\",valid-before=\"209901010000Z\"",
        "  \talice\t",
    ] {
        verify(&alice.line(before), &right, CONTENT, Use::Script).expect(before);
    }
    // A line that does not count takes nothing from one that does.
    verify(&(alice.line(&format!("alice {long_ago}")) + &alice.line("alice")), &right, CONTENT, Use::Script).unwrap();
}

#[test]
fn the_table_of_allowed_signers_that_are_not_understood() {
    let key = base64(&Signer::new().blob());
    for (line, part) in [
        ("alice".to_owned(), "it has no key"),
        (format!("alice {NAME}"), "the key is not base64"),
        (format!("alice {NAME} !!!!"), "the key is not base64"),
        (format!("alice {NAME} {}", base64(b"x")), "not of the kind that stands before it"),
        (format!("alice ssh-rsa {key}"), "not of the kind that stands before it"),
        (format!("alice ssh-new {}", base64(&blob("ssh-new", &[]))), "the option `ssh-new` is not known"),
        (format!("alice {NAME} {}", base64(&blob(NAME, &[b"short"]))), "wrong length or form"),
        (format!("{NAME} {key}"), "it has no key"),
        (format!(",alice {NAME} {key}"), "a principal is empty"),
        (format!("\"alice {NAME} {key}"), "a quote is not closed"),
        (format!("\"alice\"{NAME} {key}"), "there is no blank"),
        (format!("al\"ice {NAME} {key}"), "within a word"),
        (format!("alice namespaces=\"x {NAME} {key}"), "a quote is not closed"),
        (format!("alice namespaces=x {NAME} {key}"), "needs a value in quotes"),
        (format!("alice namespaces {NAME} {key}"), "needs a value in quotes"),
        (format!("alice namespaces=\"x\",namespaces=\"y\" {NAME} {key}"), "stands there twice"),
        (format!("alice cert-authority=\"yes\" {NAME} {key}"), "has no value"),
        (format!("alice cert-authority,cert-authority {NAME} {key}"), "stands there twice"),
        (format!("alice no-touch-required {NAME} {key}"), "the option `no-touch-required` is not known"),
        (format!("alice , {NAME} {key}"), "the option `` is not known"),
        (format!("alice valid-after=\"soon\" {NAME} {key}"), "`soon` is no moment"),
        (format!("alice valid-before=\"20200230Z\" {NAME} {key}"), "is no moment"),
        (format!("alice valid-after=\"20210101Z\",valid-before=\"20200101Z\" {NAME} {key}"), "is not after"),
    ] {
        let told = Signers::read(&format!("# signers\n\n{line}\n")).expect_err(&line).to_string();
        assert!(told.contains(part) && told.starts_with("line 3 of the allowed signers: "), "{line}: {told}");
    }
}
