//! Signing by a real ssh-agent(1).

use crate::keygen::{Folder, missing, verify};
use rex_signatures::{Hash, Signer, Use, sign};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

struct Agent(Child);

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "runs the agent that is asked")]
fn an_agent_signs_with_keys_and_certificates_that_it_holds() {
    if missing() {
        return;
    }
    let folder = Folder::new();
    let socket = folder.path("agent");
    let program =
        Command::new("ssh-agent").arg("-D").arg("-a").arg(&socket).stdin(Stdio::null()).stdout(Stdio::null()).spawn();
    let Ok(agent) = program.map(Agent) else {
        eprintln!("skipped: ssh-agent is not installed");
        return;
    };
    let begun = Instant::now();
    while std::os::unix::net::UnixStream::connect(&socket).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60), "the agent does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    folder.keygen(&["-q", "-t", "ed25519", "-N", "", "-f", "key"]);
    folder.key("ca", &["-t", "ed25519"]);
    folder.keygen(&["-q", "-s", "ca", "-I", "id", "-n", "alice", "key.pub"]);
    let added =
        Command::new("ssh-add").arg("-q").arg(folder.path("key")).env("SSH_AUTH_SOCK", &socket).status().unwrap();
    assert!(added.success());
    folder.keygen(&["-q", "-p", "-P", "", "-N", "a passphrase", "-f", "key"]);
    let plain = format!("alice {}\n", folder.public("key"));
    let authority = format!("alice cert-authority {}\n", folder.public("ca"));
    for (file, signers) in [("key", &plain), ("key.pub", &plain), ("key-cert.pub", &authority)] {
        let signer = Signer::read(&folder.text(file), Some(socket.clone())).unwrap();
        let text = sign(&signer, b"content", Use::Policy, Hash::Sha512).unwrap();
        let verified = verify(signers, text.as_bytes(), b"content", Use::Policy).unwrap();
        assert_eq!((verified.signer.as_str(), verified.authority.is_some()), ("alice", file == "key-cert.pub"));
    }
    let signer = Signer::read(&folder.text("ca.pub"), Some(socket.clone())).unwrap();
    let told = sign(&signer, b"content", Use::Policy, Hash::Sha512).unwrap_err().to_string();
    assert!(told.contains("ssh-agent does not have the key"), "{told}");
    drop(agent);
    let told = sign(&signer, b"content", Use::Policy, Hash::Sha512).unwrap_err().to_string();
    assert!(told.contains("ssh-agent: "), "{told}");
}
