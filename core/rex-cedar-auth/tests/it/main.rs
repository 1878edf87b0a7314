//! Tests of the gate from outside.

#![expect(clippy::string_slice, clippy::unwrap_used, reason = "a test may fail by unwrapping")]

mod ancestors;
mod attacks;
mod compile_fail;
mod execution;
mod guide;
mod messages;
mod validator;
