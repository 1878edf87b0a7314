//! The names that only the runner may use.

use crate::{Alarm, Error, Metric};

/// Whether `name` starts with `rex` in any letter case.
pub fn reserved(name: &str) -> bool {
    name.as_bytes().get(..3).is_some_and(|start| start.eq_ignore_ascii_case(b"rex"))
}

impl Metric {
    /// Checks what a script published.
    ///
    /// # Errors
    /// [`Error::ReservedMetric`] when the name is [`reserved`].
    pub fn check_reserved(&self) -> Result<(), Error> {
        if reserved(self.name()) { Err(Error::ReservedMetric(self.name().to_owned())) } else { Ok(()) }
    }
}

impl Alarm {
    /// Checks what a script published.
    ///
    /// # Errors
    /// [`Error::ReservedAlarm`] when the type is [`reserved`].
    pub fn check_reserved(&self) -> Result<(), Error> {
        if reserved(self.kind()) { Err(Error::ReservedAlarm(self.kind().to_owned())) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Alarm, Metric, reserved};
    use crate::Unit;

    #[test]
    fn the_prefix_counts_in_any_letter_case_and_only_at_the_start() {
        for name in ["Rex", "rexSpeed", "REX", "rEx-1", "RexRunnerTotalExecutionTime"] {
            assert!(reserved(name), "{name}");
        }
        for name in ["", "re", "MyRex", " rex", "réx", "ré", "Кrex"] {
            assert!(!reserved(name), "{name}");
        }
    }

    #[test]
    fn the_complaints_are_the_texts_that_tools_look_for() {
        let metric = |name| Metric::builder().name(name).value(1.0).unit(Unit::Count).build().unwrap();
        assert_eq!(metric("Speed").check_reserved(), Ok(()));
        assert_eq!(
            metric("rexSpeed").check_reserved().unwrap_err().to_string(),
            "Script metric validation failed: Invalid metric name 'rexSpeed': Script metrics cannot start with Rex"
        );
        let alarm = |kind| Alarm::builder().kind(kind).build().unwrap();
        assert_eq!(alarm("DiskFull").check_reserved(), Ok(()));
        assert_eq!(
            alarm("REXFire").check_reserved().unwrap_err().to_string(),
            "Script alarm validation failed: Invalid alarm type 'REXFire': Script alarms cannot start with Rex"
        );
    }
}
