//! Lists of revoked keys, as ssh-keygen(1) makes them and as text.

use crate::certificates::Office;
use crate::hardware::{blob, string, strings};
use crate::keygen::{Folder, missing};
use rex_signatures::{Error, Revocations, Signature, Signers, Use, Wanted, now};

fn revoked(office: &Office, signature: &[u8], list: &[u8]) -> Option<&'static str> {
    match office.verify(signature, None, &Revocations::read(list).unwrap()) {
        Ok(_) => None,
        Err(Error::Revoked { how, .. }) => Some(how),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn lists_of_ssh_keygen_revoke_what_they_say() {
    if missing() {
        return;
    }
    let office = Office::new(&["-t", "ed25519"], "* cert-authority KEY\n");
    let signature = office.signed(&["-I", "the id", "-z", "1000", "-n", "al"]);
    let folder = &office.folder;
    folder.key("other", &["-t", "ecdsa"]);
    folder.put("id", "id: the id\n");
    folder.put("other-id", "id: the ID\n");
    for (name, serials) in [
        ("one", "serial: 1000\n"),
        ("range", "serial: 900-1000\n"),
        ("bits", "serial: 990\nserial: 993\nserial: 995\nserial: 1000\nserial: 1003\n"),
        ("many", "serial: 1-999\nserial: 1000\nserial: 1002-18446744073709551615\n"),
        ("others", "serial: 999\nserial: 1001-2000\nserial: 18446744073709551615\n"),
    ] {
        folder.put(name, serials);
    }
    let key = folder.text("key.pub");
    let fingerprint = String::from_utf8(folder.keygen(&["-l", "-f", "key.pub"]).stdout).unwrap();
    folder.put("hash", format!("hash: {}\n", fingerprint.split(' ').nth(1).unwrap()));
    folder.put("sha1", format!("sha1: {key}"));
    folder.put("sha256", format!("sha256: {key}"));
    let (on, certificate, authority) =
        ("it is on the list", "its certificate is on the list", "the authority of its certificate is on the list");
    for (arguments, how) in [
        (&["key.pub"][..], Some(on)),
        (&["key-cert.pub"], Some(certificate)),
        (&["hash"], Some(on)),
        (&["sha1"], Some(on)),
        (&["sha256"], Some(on)),
        (&["ca.pub"], Some(authority)),
        (&["-s", "ca.pub", "id"], Some(certificate)),
        (&["-s", "ca.pub", "one"], Some(certificate)),
        (&["-s", "ca.pub", "range"], Some(certificate)),
        (&["-s", "ca.pub", "bits"], Some(certificate)),
        (&["-s", "ca.pub", "many"], Some(certificate)),
        (&["-s", "none", "one"], Some(certificate)),
        (&["other.pub"], None),
        (&["-s", "ca.pub", "others"], None),
        (&["-s", "ca.pub", "other-id"], None),
        (&["-s", "other.pub", "one", "id"], None),
        (&["-z", "7"], None),
    ] {
        folder.keygen(&[&["-q", "-k", "-f", "list"], arguments].concat());
        let list = folder.get("list");
        assert!(list.starts_with(b"SSHKRL\n"));
        assert_eq!(revoked(&office, &signature, &list), how, "{arguments:?}");
        // Each of these lists cut short anywhere is no list.
        for length in 0..list.len() {
            let cut = Revocations::read(&list[..length]);
            // Between two sections a list may end.
            assert!(cut.is_err() || length == 0 || length >= 44, "{arguments:?} cut to {length}");
        }
    }
}

#[test]
fn texts_of_public_keys_revoke_them() {
    if missing() {
        return;
    }
    let office = Office::new(&["-t", "ed25519"], "* cert-authority KEY\n");
    let signature = office.signed(&["-I", "id", "-n", "al"]);
    let text = |name: &str| office.folder.text(name);
    let rsa = Folder::new();
    rsa.key("rsa", &["-t", "rsa", "-b", "2048"]);
    let around = |key: String| format!("# gone\n\n  {key}\n") + &rsa.text("rsa.pub");
    for (list, is) in [
        (around(text("key.pub")), true),
        (text("key-cert.pub"), true),
        (text("ca.pub"), true),
        (rsa.text("rsa.pub"), false),
        (String::new(), false),
    ] {
        assert_eq!(revoked(&office, &signature, list.as_bytes()).is_some(), is, "{list}");
    }
}

#[test]
fn what_is_not_understood_revokes_the_whole_list() {
    let head = |version: u32, sections: &[u8]| {
        [b"SSHKRL\n\0".to_vec(), version.to_be_bytes().to_vec(), vec![0; 24], strings(&[b"", b""]), sections.to_vec()]
            .concat()
    };
    let section = |kind: u8, content: &[u8]| [vec![kind], string(content)].concat();
    let certificates = |kind: u8, content: &[u8]| section(1, &[strings(&[b"", b""]), section(kind, content)].concat());
    let extension = |critical: u8| [string(b"own@example.com"), vec![critical], string(b"")].concat();
    let ed = blob("ssh-ed25519", &[&[3; 32]]);
    for good in [
        head(1, b""),
        head(1, &section(2, &string(&ed))),
        head(1, &section(255, &extension(0))),
        head(1, &certificates(0x39, &extension(0))),
    ] {
        Revocations::read(&good).unwrap();
    }
    for (list, part) in [
        (head(2, b""), "another version"),
        (head(1, &section(4, &strings(&[&ed, b"x"]))), "it is signed"),
        (head(1, &section(6, b"")), "kind 6"),
        (head(1, &section(255, &extension(1))), "critical extension `own@example.com`"),
        (head(1, &certificates(0x39, &extension(2))), "critical extension"),
        (head(1, &certificates(0x24, b"")), "kind 0x24"),
        (head(1, &section(3, &string(&[0; 19]))), "wrong length"),
        (head(1, &section(5, &string(&[0; 33]))), "wrong length"),
        (head(1, &section(2, &string(b""))), "wrong length"),
        (head(1, &section(2, b"\xff\xff\xff\xff")), "ends too early"),
        (head(1, &certificates(0x21, &[[1; 8], [0; 8]].concat())), "ends before it begins"),
        (head(1, &certificates(0x20, &[0; 9])), "ends too early"),
        (head(1, &[1]), "ends too early"),
        (b"SSHKRL\n\0".to_vec(), "ends too early"),
        (b"SSHKRL\n".to_vec(), "line 1: it is no public key"),
        (b"\xff\xfe".to_vec(), "neither a key revocation list nor text"),
        (b"serial: 1\n".to_vec(), "line 1"),
        (b"ssh-ed25519 AAAA\n".to_vec(), "line 1"),
        (b"ssh-other AAAACXNzaC1vdGhlcg==\n".to_vec(), "kind that is not known"),
        (b"# x\nssh-dss AAAAC3NzaC1lZDI1NTE5\n".to_vec(), "line 2: the key is not of the kind"),
    ] {
        let told = Revocations::read(&list).unwrap_err().to_string();
        assert!(told.contains(part), "{part}: {told}");
        assert!(told.starts_with("the list of revoked keys is not understood: "), "{told}");
    }
}

#[test]
fn a_revoked_key_is_refused_without_a_certificate_too() {
    if missing() {
        return;
    }
    let folder = Folder::new();
    folder.key("key", &["-t", "ecdsa"]);
    folder.put("file", "content");
    let signature = folder.signed_by_keygen("key", "script@rex", "file", &[]);
    let signers = Signers::read(&format!("al {}\n", folder.public("key"))).unwrap();
    let wanted = Wanted { what: Use::Script, signer: None, now: now(), touch_verified: false };
    let revoked = Revocations::read(folder.text("key.pub").as_bytes()).unwrap();
    let told = signers.verify(&Signature::from_text(&signature).unwrap(), b"content", &wanted, &revoked).unwrap_err();
    assert!(told.to_string().contains(" is revoked: it is on the list"), "{told}");
}
