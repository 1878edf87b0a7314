//! Signing by ssh-agent(1) (draft-ietf-sshm-ssh-agent): the private key stays with it.

use crate::wire::{Reader, put_string};
use crate::{Error, sys};
use std::path::Path;

const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;
/// An answer is a signature.
const LONGEST: usize = 64 << 10;

/// Lets the agent behind `socket` sign `message` with the key or certificate `identity`.
///
/// # Errors
/// A text that says why it did not.
pub(crate) fn sign(socket: Option<&Path>, identity: &[u8], message: &[u8]) -> Result<Vec<u8>, String> {
    let socket = socket.ok_or("no ssh-agent is known: SSH_AUTH_SOCK is not set")?;
    let mut request = vec![SIGN_REQUEST];
    put_string(&mut request, identity);
    put_string(&mut request, message);
    request.extend(0_u32.to_be_bytes());
    let mut framed = Vec::new();
    put_string(&mut framed, &request);
    let answer = sys::ask(socket, &framed, LONGEST).map_err(|error| format!("ssh-agent: {error}"))?;
    let read = || -> Result<Option<Vec<u8>>, Error> {
        let mut reader = Reader::new(&answer, "agent's answer");
        if reader.u8()? != SIGN_RESPONSE {
            return Ok(None);
        }
        let signature = reader.string()?.to_vec();
        reader.end()?;
        Ok(Some(signature))
    };
    match read() {
        Ok(Some(signature)) => Ok(signature),
        Ok(None) => Err("ssh-agent does not have the key, or its owner refused: see `ssh-add -l`".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
