//! Needs that several functions share.

use rex_cedar_auth::action::file_system::{NetworkNamespace as NamedNetwork, Open, Read, Stat};
use rex_cedar_auth::action::process_system::{
    Interrupt, Kill, List, ListFds, MountNamespace, NetworkNamespace, PidNamespace, Trace,
};
use rex_cedar_auth::{Need, kind, need};

pub(crate) const LIST: Need = need::<List, kind::Process>();
pub(crate) const LIST_FDS: Need = need::<ListFds, kind::Process>();
pub(crate) const KILL: Need = need::<Kill, kind::Process>();
pub(crate) const INTERRUPT: Need = need::<Interrupt, kind::Process>();
pub(crate) const TRACE: Need = need::<Trace, kind::Process>();
pub(crate) const MOUNT_NAMESPACE: Need = need::<MountNamespace, kind::Process>();
pub(crate) const NETWORK_NAMESPACE: Need = need::<NetworkNamespace, kind::Process>();
pub(crate) const PID_NAMESPACE: Need = need::<PidNamespace, kind::Process>();
pub(crate) const NAMED_NETWORK: Need = need::<NamedNetwork, kind::File>();
pub(crate) const OPEN_DIR: Need = need::<Open, kind::Dir>();
pub(crate) const READ_DIR: Need = need::<Read, kind::Dir>();
pub(crate) const STAT_DIR: Need = need::<Stat, kind::Dir>();
pub(crate) const OPEN_FILE: Need = need::<Open, kind::File>();
pub(crate) const READ_FILE: Need = need::<Read, kind::File>();
pub(crate) const STAT_FILE: Need = need::<Stat, kind::File>();
