//! Tests of signatures, against the real ssh-keygen(1) where it is there.
#![cfg(test)]

mod agent;
mod certificates;
mod differential;
mod forgeries;
mod fuzz;
mod hardware;
mod interop;
mod keygen;
mod revoked;
mod trusted;
