//! The metrics and alarms that the runner itself reports.

use crate::{Dimensions, Error, Metric, Unit};

/// A metric of the runner, but for its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Definition {
    /// Its name.
    pub name: &'static str,
    /// What its value counts.
    pub unit: Unit,
    /// The value of its one dimension, `MetricInfo`.
    pub info: &'static str,
}

impl Definition {
    const fn new(name: &'static str, unit: Unit, info: &'static str) -> Self {
        Self { name, unit, info }
    }

    /// The metric of now with this value.
    ///
    /// # Errors
    /// [`Error::NotFinite`].
    pub fn metric(&self, value: f64) -> Result<Metric, Error> {
        let dimensions = Dimensions::default().with("MetricInfo", self.info)?;
        Metric::builder().name(self.name).value(value).unit(self.unit).dimensions(dimensions).build()
    }
}

/// The runner's metrics.
pub mod metrics {
    use super::{Definition, Unit};

    /// How long evaluation took, also of a script that failed.
    pub const SCRIPT_EXECUTION_TIME: Definition =
        Definition::new("RexRunnerScriptExecutionTime", Unit::Time, "Duration");
    /// How long the whole run took.
    pub const TOTAL_EXECUTION_TIME: Definition = Definition::new("RexRunnerTotalExecutionTime", Unit::Time, "Duration");
    /// One when the script succeeded.
    pub const SCRIPT_EXECUTION_SUCCESS_COUNT: Definition =
        Definition::new("RexRunnerScriptExecutionSuccessCount", Unit::Count, "SuccessCount");
    /// One when the script failed or did not compile, but was not denied.
    pub const SCRIPT_EXECUTION_FAILURE_COUNT: Definition =
        Definition::new("RexRunnerScriptExecutionFailureCount", Unit::Count, "FailureCount");
    /// One when the script did not compile, next to the one above.
    pub const SCRIPT_COMPILATION_FAILURE_COUNT: Definition =
        Definition::new("RexRunnerScriptCompilationFailureCount", Unit::Count, "FailureCount");
    /// One when the script ended by a denial.
    pub const PRIVILEGE_ESCALATION_COUNT: Definition =
        Definition::new("RexRunnerPrivilegeEscalationCount", Unit::Count, "FailureCount");
    /// One when the script's arguments were refused.
    pub const SCRIPT_ARGUMENT_VALIDATION_FAILURE_COUNT: Definition =
        Definition::new("RexRunnerScriptArgumentValidationFailureCount", Unit::Count, "FailureCount");
    /// How busy the process kept a processor.
    pub const PROCESS_CPU_USAGE: Definition =
        Definition::new("RexRunnerProcessCpuUsage", Unit::Percent, "ProcessMonitoring");
    /// The mean resident memory of the process.
    pub const PROCESS_RSS_MEMORY_USAGE_AVERAGE: Definition =
        Definition::new("RexRunnerProcessRssMemoryUsageAverage", Unit::Megabytes, "ProcessMonitoring");
    /// The mean virtual memory of the process.
    pub const PROCESS_VIRTUAL_MEMORY_USAGE_AVERAGE: Definition =
        Definition::new("RexRunnerProcessVirtualMemoryUsageAverage", Unit::Megabytes, "ProcessMonitoring");

    /// All of them.
    pub const ALL: [Definition; 10] = [
        SCRIPT_EXECUTION_TIME,
        TOTAL_EXECUTION_TIME,
        SCRIPT_EXECUTION_SUCCESS_COUNT,
        SCRIPT_EXECUTION_FAILURE_COUNT,
        SCRIPT_COMPILATION_FAILURE_COUNT,
        PRIVILEGE_ESCALATION_COUNT,
        SCRIPT_ARGUMENT_VALIDATION_FAILURE_COUNT,
        PROCESS_CPU_USAGE,
        PROCESS_RSS_MEMORY_USAGE_AVERAGE,
        PROCESS_VIRTUAL_MEMORY_USAGE_AVERAGE,
    ];
}

/// The types of the runner's alarms.
pub mod alarms {
    /// The script did not compile; an execution failure follows.
    pub const SCRIPT_COMPILATION_FAILURE: &str = "RexRunnerScriptCompilationFailure";
    /// The script failed, but was not denied; or it used a reserved name.
    pub const SCRIPT_EXECUTION_FAILURE: &str = "RexRunnerScriptExecutionFailure";
    /// The script ended by a denial.
    pub const PRIVILEGE_ESCALATION: &str = "RexRunnerPrivilegeEscalation";
    /// The script's arguments were refused.
    pub const SCRIPT_ARGUMENT_VALIDATION_FAILURE: &str = "RexRunnerScriptArgumentValidationFailure";
    /// The runner could not prepare itself, for example for signals.
    pub const INTERNAL: &str = "RexRunnerInternalAlarm";

    /// All of them.
    pub const ALL: [&str; 5] = [
        SCRIPT_COMPILATION_FAILURE,
        SCRIPT_EXECUTION_FAILURE,
        PRIVILEGE_ESCALATION,
        SCRIPT_ARGUMENT_VALIDATION_FAILURE,
        INTERNAL,
    ];
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{alarms, metrics};
    use crate::reserved;

    #[test]
    fn names_are_different_reserved_and_make_valid_metrics() {
        let names: BTreeSet<_> = metrics::ALL.iter().map(|metric| metric.name).chain(alarms::ALL).collect();
        assert_eq!(names.len(), metrics::ALL.len() + alarms::ALL.len());
        assert!(names.into_iter().all(reserved));
        for definition in metrics::ALL {
            let metric = definition.metric(1.0).unwrap();
            assert_eq!((metric.name(), metric.unit()), (definition.name, definition.unit));
            assert_eq!(metric.dimensions().iter().collect::<Vec<_>>(), [("MetricInfo", definition.info)]);
        }
        assert!(metrics::PROCESS_CPU_USAGE.metric(f64::NAN).is_err());
    }
}
