//! The real ssh-keygen(1), and a folder for what it makes.

use rex_signatures::{Error, Hash, Revocations, Signature, Signer, Signers, Use, Verified, Wanted, now, sign};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Whether the program is there; a test without it says that it is skipped.
pub(crate) fn missing() -> bool {
    #[expect(clippy::disallowed_methods, reason = "asks whether the program is there")]
    let found = Command::new("ssh-keygen").arg("-?").stdin(Stdio::null()).output().is_ok();
    if !found {
        eprintln!("skipped: ssh-keygen is not installed");
    }
    !found
}

pub(crate) struct Folder(TempDir);

#[expect(clippy::disallowed_methods, reason = "sets the stage, and runs the program to compare with")]
impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.path(name), bytes).unwrap();
        self.path(name)
    }

    pub(crate) fn get(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.get(name)).unwrap()
    }

    /// Runs ssh-keygen in the folder, with `input`.
    pub(crate) fn keygen_with(&self, arguments: &[&str], input: &Path) -> Output {
        let mut command = Command::new("ssh-keygen");
        command.args(arguments).current_dir(self.0.path()).stdin(std::fs::File::open(input).unwrap());
        command.env_remove("SSH_AUTH_SOCK").env_remove("TZ").output().unwrap()
    }

    pub(crate) fn keygen(&self, arguments: &[&str]) -> Output {
        let done = self.keygen_with(arguments, Path::new("/dev/null"));
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        done
    }

    /// A new key, as `-t` and `-b` describe it.
    pub(crate) fn key(&self, name: &str, kind: &[&str]) {
        self.keygen(&[kind, &["-q", "-N", "", "-C", "comment of it", "-f", name]].concat());
    }

    /// The public key, as it stands in allowed signers.
    pub(crate) fn public(&self, name: &str) -> String {
        let text = self.text(&format!("{name}.pub"));
        text.split(' ').take(2).collect::<Vec<_>>().join(" ")
    }

    /// Lets ssh-keygen sign the file and gives the text of the signature.
    pub(crate) fn signed_by_keygen(&self, key: &str, namespace: &str, file: &str, more: &[&str]) -> Vec<u8> {
        let _ = std::fs::remove_file(self.path(&format!("{file}.sig")));
        self.keygen(&[&["-q", "-Y", "sign", "-f", key, "-n", namespace], more, &[file]].concat());
        self.get(&format!("{file}.sig"))
    }

    /// Signs with the private key of this name.
    pub(crate) fn signed_here(&self, key: &str, what: Use, hash: Hash, content: &[u8]) -> String {
        sign(&Signer::read(&self.text(key), None).unwrap(), content, what, hash).unwrap()
    }

    /// What ssh-keygen says of a signature by `alice` over the file.
    pub(crate) fn keygen_verifies(
        &self,
        signers: &str,
        namespace: &str,
        file: &str,
        signature: &str,
    ) -> Result<String, String> {
        let arguments = ["-Y", "verify", "-f", signers, "-I", "alice", "-n", namespace, "-s", signature];
        let done = self.keygen_with(&arguments, &self.path(file));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if done.status.success() { Ok(text(&done.stdout)) } else { Err(text(&done.stdout) + &text(&done.stderr)) }
    }
}

/// Holds a signature against allowed signers, with nothing revoked.
pub(crate) fn verify(signers: &str, signature: &[u8], content: &[u8], what: Use) -> Result<Verified, Error> {
    let wanted = Wanted { what, signer: Some("alice"), now: now(), touch_verified: false };
    let signature = Signature::from_text(signature)?;
    Signers::read(signers)?.verify(&signature, content, &wanted, &Revocations::none())
}
