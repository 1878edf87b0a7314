//! Allowed signers are understood as ssh-keygen(1) understands them.

use crate::keygen::{Folder, missing, verify};
use rex_signatures::Use;

/// Where both must agree on whether `alice` may sign a script.
const AGREED: [&str; 34] = [
    "alice KEY",
    "alice KEY and a comment",
    "\"alice\" KEY",
    "bob KEY",
    "bob,alice KEY",
    "alice,!alice KEY",
    "!bob,* KEY",
    "!al*,* KEY",
    "a*e KEY",
    "a?ice KEY",
    "al?ice KEY",
    "ALICE KEY",
    "   alice KEY",
    "# alice KEY",
    "alice namespaces=\"script@rex\" KEY",
    "alice namespaces=\"policy@rex\" KEY",
    "alice namespaces=\"policy@rex,script@rex\" KEY",
    "alice namespaces=\"*@rex\" KEY",
    "alice namespaces=\"*@rex,!script@rex\" KEY",
    "alice Namespaces=\"script@rex\" KEY",
    "alice namespaces=script@rex KEY",
    "alice namespaces=\"a\",namespaces=\"script@rex\" KEY",
    "alice cert-authority KEY",
    "alice unknown KEY",
    "alice valid-after=\"20200101\" KEY",
    "alice valid-after=\"20990101\" KEY",
    "alice valid-after=\"20200101Z\",valid-before=\"20990101Z\" KEY",
    "alice valid-before=\"20200101000000\" KEY",
    "alice valid-before=\"202001010000Z\" KEY",
    "alice valid-before=\"20200101000000Z\" KEY",
    "alice valid-before=\"2020\" KEY",
    "alice valid-before=\"20990101Z\",valid-after=\"20980101Z\" KEY",
    "alice KEY\nalice namespaces=\"x\" KEY",
    "alice namespaces=\"x\" KEY\nalice KEY",
];

#[test]
fn the_same_lines_trust_the_same_keys() {
    if missing() {
        return;
    }
    let folder = Folder::new();
    folder.key("key", &["-t", "ed25519"]);
    folder.put("file", "content");
    let signature = folder.signed_by_keygen("key", "script@rex", "file", &[]);
    let mut trusted = 0;
    for line in AGREED {
        let signers = line.replace("KEY", &folder.public("key")) + "\n";
        folder.put("signers", &signers);
        let theirs = folder.keygen_verifies("signers", "script@rex", "file", "file.sig");
        let ours = verify(&signers, &signature, b"content", Use::Script);
        assert_eq!(theirs.is_ok(), ours.is_ok(), "{line}: {theirs:?} {ours:?}");
        trusted += usize::from(ours.is_ok());
    }
    assert!((10..25).contains(&trusted), "{trusted}");
}
