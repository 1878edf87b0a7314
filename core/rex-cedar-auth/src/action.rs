//! The actions that the schema knows: one list, from which their types and the pairs with resources follow.

use crate::Kind;
use crate::context::ContextData;

/// An action of the schema, as a value.
#[derive(Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Definition {
    /// The uid, for example `file_system::Action::"open"`.
    pub uid: &'static str,
    /// The namespace, for example `file_system`.
    pub namespace: &'static str,
    /// The name within the namespace, for example `open`.
    pub name: &'static str,
    /// The uid of the group it is a member of, for example `file_system::Action::"SafeIO"`.
    pub group: &'static str,
    /// The name of that group within the namespace, for example `SafeIO`.
    pub group_name: &'static str,
    /// The kinds of resource it applies to.
    pub kinds: &'static [Kind],
    /// Its number, below [`COUNT`].
    pub(crate) index: usize,
}

/// An action of the schema, as a type.
pub trait Action: 'static {
    /// The same action as a value.
    const DEFINITION: &'static Definition;
    /// What a policy can see of a request besides principal, action and resource.
    type Context: ContextData;
}

/// Places kept for each namespace in numbering actions.
const STRIDE: usize = 32;

/// Above every action's number.
pub(crate) const COUNT: usize = STRIDE * 6;

macro_rules! actions {
    ($($number:literal $namespace:ident $group:literal {$(
        #[doc = $doc:literal] $action:ident $name:literal on $($kind:ident)+, $context:ident;
    )*})*) => {
        $(
            #[doc = concat!("Actions of the namespace `", stringify!($namespace), "`.")]
            pub mod $namespace {
                use super::{Action, Definition, STRIDE};
                use crate::{Kind, context, kind};

                enum Position { $($action),* }
                $(
                    #[doc = $doc]
                    #[derive(Debug)]
                    pub enum $action {}
                    impl Action for $action {
                        const DEFINITION: &'static Definition = &Definition {
                            uid: concat!(stringify!($namespace), "::Action::\"", $name, "\""),
                            namespace: stringify!($namespace),
                            name: $name,
                            group: concat!(stringify!($namespace), "::Action::\"", $group, "\""),
                            group_name: $group,
                            kinds: &[$(Kind::$kind),+],
                            index: $number * STRIDE + Position::$action as usize,
                        };
                        type Context = context::$context;
                    }
                    $(impl kind::AcceptedBy<$action> for kind::$kind {})+
                )*
            }
        )*
        /// Every action, by namespace.
        pub const ALL: &[&Definition] = &[$($(<$namespace::$action as Action>::DEFINITION),*),*];
    };
}

actions! {
    0 file_system "SafeIO" {
        /// Changes the content of a file.
        Write "write" on File, Empty;
        /// Enters the network namespace that a namespace file stands for.
        NetworkNamespace "network_namespace" on File, Empty;
        /// Reads those lines of a file that the redaction dictionary allows.
        RedactedRead "redacted_read" on File, Empty;
        /// Opens a file or directory.
        Open "open" on File Dir, Empty;
        /// Changes permission bits.
        Chmod "chmod" on File Dir, Empty;
        /// Changes owner or group.
        Chown "chown" on File Dir, Empty;
        /// Makes a file, link or directory that was not there.
        Create "create" on File Dir, Empty;
        /// Removes a file, link or directory.
        Delete "delete" on File Dir, Empty;
        /// Reads the content of a file, the target of a link, or the names in a directory.
        Read "read" on File Dir, Empty;
        /// Reads metadata.
        Stat "stat" on File Dir, Empty;
        /// Sets an extended attribute.
        SetXAttr "set_x_attr" on File Dir, Xattr;
        /// Starts a file as a program.
        Execute "execute" on File, Execution;
        /// Moves a file or directory.
        Move "move" on File Dir, Destination;
        /// Unmounts the file system mounted on a directory.
        Unmount "unmount" on Dir, Empty;
    }
    1 sysinfo "SysinfoAction" {
        /// Reads facts about the host.
        List "list" on Uname Sysinfo, Empty;
        /// Looks a host name up.
        ResolveHostname "resolve_hostname" on Hostname, Empty;
    }
    2 network "NetworkAction" {
        /// Fetches a url.
        Get "GET" on Url, Empty;
        /// Fetches the headers of a url.
        Head "HEAD" on Url, Empty;
        /// Sends data to a url.
        Post "POST" on Url, Empty;
        /// Puts data at a url.
        Put "PUT" on Url, Empty;
        /// Changes what is at a url.
        Patch "PATCH" on Url, Empty;
        /// Removes what is at a url.
        Delete "DELETE" on Url, Empty;
        /// Opens a connection.
        Connect "connect" on Url, Empty;
    }
    3 process_system "ProcessAction" {
        /// Sees that a process exists, and its state.
        List "list" on Process, Empty;
        /// Sees which files a process has open.
        ListFds "list_fds" on Process, Empty;
        /// Enters the mount namespace of a process.
        MountNamespace "mount_namespace" on Process, Empty;
        /// Enters the network namespace of a process.
        NetworkNamespace "network_namespace" on Process, Empty;
        /// Enters the pid namespace of a process.
        PidNamespace "pid_namespace" on Process, Empty;
        /// Sends a signal that ends or stops a process.
        Kill "kill" on Process, Empty;
        /// Sends a signal that a process may handle.
        Interrupt "interrupt" on Process, Empty;
        /// Stops a process to read its stack.
        Trace "trace" on Process, Empty;
    }
    4 systemd "SystemdAction" {
        /// Starts a unit.
        Start "start" on Service, Empty;
        /// Stops a unit.
        Stop "stop" on Service, Empty;
        /// Restarts a unit.
        Restart "restart" on Service, Empty;
        /// Makes a unit read its configuration again.
        Reload "reload" on Service, Empty;
        /// Lets a unit be started at boot, or by what it is installed for.
        Enable "enable" on Service, Empty;
        /// Undoes `enable`.
        Disable "disable" on Service, Empty;
        /// Sees in a listing that a unit exists, and its state.
        List "list" on Service, Empty;
        /// Reads journal entries.
        Journal "journal" on Service Systemd, Empty;
        /// Reads the state of a unit.
        Status "status" on Service, Empty;
        /// Makes the service manager read its unit files again.
        DaemonReload "daemon_reload" on Systemd, Empty;
    }
    5 sysctl "SysctlAction" {
        /// Loads the kernel parameters from the configuration files.
        Load "load" on Sysctl, Empty;
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, COUNT};
    use cedar_policy::SchemaFragment;
    use std::collections::BTreeSet;

    /// The list and the schema say the same: actions, groups, kinds.
    #[test]
    fn list_agrees_with_the_schema() {
        let json = SchemaFragment::from_cedarschema_str(rex_policy_schema::TEXT).unwrap().0.to_json_value().unwrap();
        let mut schema = BTreeSet::new();
        for (namespace, body) in json.as_object().unwrap() {
            for (name, action) in body["actions"].as_object().unwrap() {
                let Some(group) = action["memberOf"].as_array().and_then(|groups| groups.first()) else { continue };
                for kind in action["appliesTo"]["resourceTypes"].as_array().unwrap() {
                    let kind = kind.as_str().unwrap();
                    let kind = kind.strip_prefix(namespace).unwrap_or(kind).trim_start_matches("::");
                    schema.insert(format!("{namespace} {name} {} {kind}", group["id"].as_str().unwrap()));
                }
            }
        }
        let mut list = BTreeSet::new();
        for action in ALL {
            let group = action.group_name;
            for kind in action.kinds {
                let kind = kind.type_name().rsplit("::").next().unwrap();
                list.insert(format!("{} {} {group} {kind}", action.namespace, action.name));
            }
        }
        assert_eq!(list, schema);
    }

    #[test]
    fn numbers_are_unique_and_below_the_count() {
        let numbers: BTreeSet<_> = ALL.iter().map(|action| action.index).collect();
        assert_eq!(numbers.len(), ALL.len());
        assert!(numbers.into_iter().all(|number| number < COUNT));
    }
}
