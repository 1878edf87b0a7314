//! The protocols that a script can choose from.

/// How something is to be carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::Display)]
pub enum TransportProtocol {
    /// The usual one: UDP for names with TCP for long answers, TCP for connections.
    #[default]
    Auto,
    /// UDP alone.
    Udp,
    /// TCP alone.
    Tcp,
}
