//! How urgent a message is, and how `LOG_LEVEL` names it.

use std::fmt;

/// Urgency of a message; the most urgent is the smallest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Something failed.
    Error,
    /// Something is odd, the work goes on.
    Warn,
    /// What happens, in broad steps.
    Info,
    /// Details for whoever looks for a fault.
    Debug,
    /// Every step.
    Trace,
}

impl Level {
    /// The threshold that the value of `LOG_LEVEL` asks for: `TRACE`, `DEBUG`, `WARN` or `ERROR` in any letter case.
    /// Anything else, and an unset variable, is [`Level::Info`].
    pub fn from_env_text(text: Option<&str>) -> Self {
        let Some(text) = text else { return Self::Info };
        [Self::Trace, Self::Debug, Self::Warn, Self::Error]
            .into_iter()
            .find(|level| text.eq_ignore_ascii_case(level.name()))
            .unwrap_or(Self::Info)
    }

    /// The upper-case name, as the result record shows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Warn => "WARN",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
            Self::Trace => "TRACE",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Level;

    #[test]
    fn log_level_names_in_any_case_and_info_otherwise() {
        for (text, level) in [
            (None, Level::Info),
            (Some("TRACE"), Level::Trace),
            (Some("debug"), Level::Debug),
            (Some("Warn"), Level::Warn),
            (Some("eRROR"), Level::Error),
            (Some("INFO"), Level::Info),
            (Some(""), Level::Info),
            (Some(" trace"), Level::Info),
            (Some("warning"), Level::Info),
        ] {
            assert_eq!(Level::from_env_text(text), level, "{text:?}");
        }
    }

    #[test]
    fn display_is_the_name_and_heeds_width() {
        assert_eq!(Level::Warn.to_string(), "WARN");
        assert_eq!(format!("[{:5}]", Level::Warn), "[WARN ]");
    }
}
