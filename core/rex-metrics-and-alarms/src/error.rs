//! What can be wrong with a metric or an alarm; scripts see the text.

use crate::limits::{MAX_ALARMS, MAX_BYTES, MAX_DIMENSIONS, MAX_METRICS, MAX_TEXT};

/// Why a metric or an alarm was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A required field, named as in the result, was not set.
    #[error("`{0}` must be initialized")]
    Missing(&'static str),
    /// The text of a field is longer than [`MAX_TEXT`].
    #[error("`{field}` has {bytes} bytes, at most {MAX_TEXT} are allowed: use a shorter text")]
    TooLong {
        /// The field, named as in the result.
        field: &'static str,
        /// How long the text is.
        bytes: usize,
    },
    /// The value is infinite or not a number, which JSON cannot tell.
    #[error("`metric_value` must be a finite number, it is `{0}`")]
    NotFinite(f64),
    /// One dimension more than [`MAX_DIMENSIONS`].
    #[error("a metric has at most {MAX_DIMENSIONS} dimensions, there is no room for `{0}`")]
    TooManyDimensions(String),
    /// One metric more than [`MAX_METRICS`].
    #[error("a run publishes at most {MAX_METRICS} metrics, there is no room for `{0}`")]
    TooManyMetrics(String),
    /// One alarm more than [`MAX_ALARMS`].
    #[error("a run publishes at most {MAX_ALARMS} alarms, there is no room for `{0}`")]
    TooManyAlarms(String),
    /// More text than [`MAX_BYTES`]; holds the metric's name or the alarm's type.
    #[error("a run publishes at most {MAX_BYTES} bytes of metrics and as many of alarms, there is no room for `{0}`")]
    TooMuchText(String),
    /// A script's metric bears a name that only the runner may use.
    #[error("Script metric validation failed: Invalid metric name '{0}': Script metrics cannot start with Rex")]
    ReservedMetric(String),
    /// A script's alarm bears a type that only the runner may use.
    #[error("Script alarm validation failed: Invalid alarm type '{0}': Script alarms cannot start with Rex")]
    ReservedAlarm(String),
}
