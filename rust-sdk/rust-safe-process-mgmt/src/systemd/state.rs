//! How active a unit is.

use std::fmt;

/// The states of a unit that systemd tells apart (`ActiveState` in org.freedesktop.systemd1(5)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It runs, or did what it is for.
    Active,
    /// It does not run.
    Inactive,
    /// It ended with a failure.
    Failed,
    /// It is being started.
    Activating,
    /// It is being stopped.
    Deactivating,
    /// It is under maintenance.
    Maintenance,
    /// It runs and reads its configuration again.
    Reloading,
    /// It runs and its mounts are made anew.
    Refreshing,
    /// A state of a later systemd.
    Unknown,
}

impl State {
    /// All states.
    pub const ALL: [State; 9] = [
        State::Active,
        State::Inactive,
        State::Failed,
        State::Activating,
        State::Deactivating,
        State::Maintenance,
        State::Reloading,
        State::Refreshing,
        State::Unknown,
    ];

    /// The word for it, in lower case.
    pub const fn word(self) -> &'static str {
        match self {
            State::Active => "active",
            State::Inactive => "inactive",
            State::Failed => "failed",
            State::Activating => "activating",
            State::Deactivating => "deactivating",
            State::Maintenance => "maintenance",
            State::Reloading => "reloading",
            State::Refreshing => "refreshing",
            State::Unknown => "unknown",
        }
    }

    /// The state that systemd calls so.
    pub(crate) fn of(word: &str) -> State {
        Self::ALL.into_iter().find(|state| state.word() == word).unwrap_or(State::Unknown)
    }

    /// Whether the unit does its work.
    pub const fn is_active(self) -> bool {
        matches!(self, State::Active | State::Reloading | State::Refreshing)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::State;

    #[test]
    fn words_lead_back_and_others_to_unknown() {
        for state in State::ALL {
            assert_eq!(State::of(state.word()), state);
        }
        assert_eq!(State::of("Active"), State::Unknown);
        assert_eq!(State::of(""), State::Unknown);
    }
}
