//! The event classes of OCSF that records are of, and the names of activities in them (schema.ocsf.io).

/// The version of the schema that records follow.
pub(crate) const VERSION: &str = "1.5.0";

/// A class of event with the activity that took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Class {
    /// Its number, for example 1001.
    pub(crate) uid: u32,
    /// Its name.
    pub(crate) name: &'static str,
    /// The number of the activity in it; [`OTHER`] for one that the class does not know.
    pub(crate) activity: u32,
}

/// The number of an activity that a class does not know.
pub(crate) const OTHER: u32 = 99;

const FILE: (u32, &str) = (1001, "File System Activity");
const PROCESS: (u32, &str) = (1007, "Process Activity");
const NETWORK: (u32, &str) = (4001, "Network Activity");
const HTTP: (u32, &str) = (4002, "HTTP Activity");
const DNS: (u32, &str) = (4003, "DNS Activity");
const APPLICATION: (u32, &str) = (6002, "Application Lifecycle");
const API: (u32, &str) = (6003, "API Activity");

impl Class {
    const fn new((uid, name): (u32, &'static str), activity: u32) -> Self {
        Self { uid, name, activity }
    }

    pub(crate) const RUN_START: Self = Self::new(APPLICATION, 3);
    pub(crate) const RUN_END: Self = Self::new(APPLICATION, 4);
    pub(crate) const RUN: Self = Self::new(APPLICATION, OTHER);
    pub(crate) const CALL: Self = Self::new(API, OTHER);

    /// The class of a request for `action` of `namespace` on a resource of type `kind`.
    pub(crate) fn of(namespace: &str, action: &str, kind: &str) -> Self {
        match namespace {
            "file_system" => file(action),
            "process_system" => Self::new(PROCESS, process(action)),
            "network" if action == "connect" => Self::new(NETWORK, 1),
            "network" => Self::new(HTTP, http(action)),
            "sysinfo" if kind == "sysinfo::Hostname" => Self::new(DNS, 1),
            _ => Self::new(API, api(action)),
        }
    }

    /// The number of the category.
    pub(crate) fn category(self) -> u32 {
        self.uid / 1000
    }

    /// The number of class and activity together.
    pub(crate) fn kind(self) -> u32 {
        self.uid * 100 + self.activity
    }

    /// What the event is about, as the class has it.
    pub(crate) fn subject(self) -> Subject {
        match self.uid {
            1001 => Subject::File,
            1007 => Subject::Process,
            4001 => Subject::Endpoint,
            4002 => Subject::Request,
            4003 => Subject::Query,
            6002 => Subject::Application,
            _ => Subject::Api,
        }
    }
}

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    File,
    Process,
    Endpoint,
    Request,
    Query,
    Application,
    Api,
}

fn file(action: &str) -> Class {
    let activity = match action {
        "create" => 1,
        "read" | "redacted_read" => 2,
        "write" => 3,
        "delete" => 4,
        "move" => 5,
        "set_x_attr" => 6,
        "chmod" | "chown" => 7,
        "stat" => 8,
        "unmount" => 13,
        "open" => 14,
        "execute" => return Class::new(PROCESS, 1),
        _ => OTHER,
    };
    Class::new(FILE, activity)
}

fn process(action: &str) -> u32 {
    match action {
        "kill" => 2,
        "list" | "list_fds" | "trace" => 3,
        _ => OTHER,
    }
}

fn http(action: &str) -> u32 {
    match action {
        "DELETE" => 2,
        "GET" => 3,
        "HEAD" => 4,
        "POST" => 6,
        "PUT" => 7,
        "PATCH" => 9,
        _ => OTHER,
    }
}

fn api(action: &str) -> u32 {
    match action {
        "list" | "journal" | "status" => 2,
        "start" | "stop" | "restart" | "reload" | "enable" | "disable" | "daemon_reload" | "load" => 3,
        _ => OTHER,
    }
}

#[cfg(test)]
mod tests {
    use super::Class;

    /// Facts of the schema: class, activity, and what they make together.
    #[test]
    fn classes_and_activities_are_those_of_the_schema() {
        let numbers = |namespace, action, kind| {
            let class = Class::of(namespace, action, kind);
            (class.category(), class.uid, class.activity, class.kind())
        };
        assert_eq!(numbers("file_system", "open", "file_system::File"), (1, 1001, 14, 100_114));
        assert_eq!(numbers("file_system", "delete", "file_system::Dir"), (1, 1001, 4, 100_104));
        assert_eq!(numbers("file_system", "execute", "file_system::File"), (1, 1007, 1, 100_701));
        assert_eq!(numbers("process_system", "kill", "process_system::Process"), (1, 1007, 2, 100_702));
        assert_eq!(numbers("network", "GET", "network::url"), (4, 4002, 3, 400_203));
        assert_eq!(numbers("network", "connect", "network::url"), (4, 4001, 1, 400_101));
        assert_eq!(numbers("sysinfo", "resolve_hostname", "sysinfo::Hostname"), (4, 4003, 1, 400_301));
        assert_eq!(numbers("systemd", "start", "systemd::Service"), (6, 6003, 3, 600_303));
        assert_eq!(numbers("unknown", "unknown", "unknown"), (6, 6003, 99, 600_399));
        assert_eq!((Class::RUN_START.kind(), Class::RUN_END.kind()), (600_203, 600_204));
    }
}
