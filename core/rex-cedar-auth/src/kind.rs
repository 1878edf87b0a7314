//! The kinds of resource that the schema knows.

/// A resource type of the schema, as a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// `file_system::File`
    File,
    /// `file_system::Dir`
    Dir,
    /// `sysinfo::Uname`
    Uname,
    /// `sysinfo::Sysinfo`
    Sysinfo,
    /// `sysinfo::Hostname`
    Hostname,
    /// `network::url`
    Url,
    /// `process_system::Process`
    Process,
    /// `systemd::Service`
    Service,
    /// `systemd::Systemd`
    Systemd,
    /// `sysctl::Sysctl`
    Sysctl,
}

impl Kind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Kind; 10] = [
        Kind::File,
        Kind::Dir,
        Kind::Uname,
        Kind::Sysinfo,
        Kind::Hostname,
        Kind::Url,
        Kind::Process,
        Kind::Service,
        Kind::Systemd,
        Kind::Sysctl,
    ];

    /// The name of the type in the schema.
    pub const fn type_name(self) -> &'static str {
        match self {
            Kind::File => "file_system::File",
            Kind::Dir => "file_system::Dir",
            Kind::Uname => "sysinfo::Uname",
            Kind::Sysinfo => "sysinfo::Sysinfo",
            Kind::Hostname => "sysinfo::Hostname",
            Kind::Url => "network::url",
            Kind::Process => "process_system::Process",
            Kind::Service => "systemd::Service",
            Kind::Systemd => "systemd::Systemd",
            Kind::Sysctl => "sysctl::Sysctl",
        }
    }

    /// The kind with this name in the schema.
    pub fn from_type_name(name: &str) -> Option<Kind> {
        Self::ALL.into_iter().find(|kind| kind.type_name() == name)
    }

    /// Whether the id is an absolute path whose directories are the resource's parents.
    pub const fn is_path(self) -> bool {
        matches!(self, Kind::File | Kind::Dir)
    }
}

/// A kind as a type, so that a wrong pair of action and resource does not compile.
pub trait ResourceKind {
    /// The same kind as a value.
    const KIND: Kind;
}

/// Says that the schema lets action `A` apply to this kind.
///
/// Implemented by the list in [`crate::action`] alone; a test compares it with the schema.
pub trait AcceptedBy<A>: ResourceKind {}

macro_rules! kinds {
    ($($name:ident)*) => {$(
        #[doc = concat!("[`Kind::", stringify!($name), "`] as a type.")]
        #[derive(Debug)]
        pub enum $name {}
        impl ResourceKind for $name {
            const KIND: Kind = Kind::$name;
        }
    )*};
}
kinds! { File Dir Uname Sysinfo Hostname Url Process Service Systemd Sysctl }
