//! The host as the gate knows it.

use rex_cedar_auth::action::sysinfo::List;
use rex_cedar_auth::{Resource, accepts, kind};
use std::borrow::Cow;

/// The host as a whole: `sysinfo::Sysinfo::"sysinfo"`.
#[derive(Debug)]
pub(crate) struct Host;

impl Resource for Host {
    type Kind = kind::Sysinfo;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed("sysinfo")
    }
}

accepts!(Host: List);
