//! The metrics and alarms of one run, as scripts and the runner publish them and as the result shows them.
//!
//! ```
//! use rex_metrics_and_alarms::{Dimensions, Metric, Metrics, Unit};
//!
//! let mut metrics = Metrics::default();
//! let disk = Dimensions::default().with("disk", "sda")?;
//! metrics.publish(Metric::builder().name("DiskUse").value(81.5).unit(Unit::Percent).dimensions(disk).build()?)?;
//! assert_eq!(metrics.take()[0].value(), 81.5);
//! # Ok::<(), rex_metrics_and_alarms::Error>(())
//! ```

mod alarm;
mod dimensions;
mod error;
mod limits;
mod metric;
mod registry;
mod reserved;
pub mod runner;

pub use alarm::{Alarm, AlarmBuilder};
pub use dimensions::{Dimensions, DimensionsBuilder};
pub use error::Error;
pub use limits::{MAX_ALARMS, MAX_BYTES, MAX_DIMENSIONS, MAX_METRICS, MAX_TEXT};
pub use metric::{Metric, MetricBuilder, Unit};
pub use registry::{Alarms, Metrics};
pub use reserved::reserved;
