//! How much processor and memory the process uses.

use rex_metrics_and_alarms::Metric;
use rex_metrics_and_alarms::runner::metrics;
use rex_runner_registrar::cpu;
use std::cell::Cell;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::time::{Duration, Instant};

/// A shorter run tells nothing of how busy it is; its figure is 0.
const SHORTEST: Duration = Duration::from_millis(200);

/// At most one sample in this time.
const EVERY: Duration = Duration::from_secs(1);

/// Samples the memory now and then, and the processor time between its beginning and its end.
#[derive(Debug)]
pub(crate) struct Monitor {
    start: Instant,
    busy_at_start: Duration,
    /// The process's own figures. Held open: in another mount namespace anything may be at that path, and make whoever opens it wait.
    figures: Option<File>,
    last: Cell<Option<Instant>>,
    samples: Cell<u32>,
    resident: Cell<f64>,
    virtual_size: Cell<f64>,
}

impl Monitor {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            busy_at_start: cpu::own(),
            figures: figures(),
            last: Cell::new(None),
            samples: Cell::new(0),
            resident: Cell::new(0.0),
            virtual_size: Cell::new(0.0),
        }
    }

    /// Knows only the whole time since the process began, at `start`, and what it holds now.
    pub(crate) fn since(start: Instant) -> Self {
        Self { start, busy_at_start: Duration::ZERO, ..Self::new() }
    }

    /// Takes a sample, unless the last one is young.
    pub(crate) fn look(&self) {
        if self.last.get().is_none_or(|last| last.elapsed() >= EVERY) {
            self.last.set(Some(Instant::now()));
            self.sample();
        }
    }

    fn sample(&self) {
        if let Some((virtual_size, resident)) = self.figures.as_ref().and_then(memory) {
            self.samples.set(self.samples.get() + 1);
            self.resident.set(self.resident.get() + resident);
            self.virtual_size.set(self.virtual_size.get() + virtual_size);
        }
    }

    /// The metrics of the time since its beginning.
    pub(crate) fn metrics(&self) -> Vec<Metric> {
        self.sample();
        let wall = self.start.elapsed();
        let busy = cpu::own().saturating_sub(self.busy_at_start);
        let percent = if wall < SHORTEST { 0.0 } else { 100.0 * busy.as_secs_f64() / wall.as_secs_f64() };
        let mut figures = vec![metrics::PROCESS_CPU_USAGE.metric(percent)];
        if self.samples.get() > 0 {
            let samples = f64::from(self.samples.get());
            figures.push(metrics::PROCESS_RSS_MEMORY_USAGE_AVERAGE.metric(self.resident.get() / samples));
            figures.push(metrics::PROCESS_VIRTUAL_MEMORY_USAGE_AVERAGE.metric(self.virtual_size.get() / samples));
        }
        figures.into_iter().flatten().collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "the process's own figures")]
fn figures() -> Option<File> {
    File::open("/proc/self/statm").ok()
}

/// Virtual and resident memory of the process, in MiB.
fn memory(figures: &File) -> Option<(f64, f64)> {
    let mut text = [0; 128];
    let read = figures.read_at(&mut text, 0).ok()?;
    let text = std::str::from_utf8(text.get(..read)?).ok()?;
    let page = f64::from(u32::try_from(rustix::param::page_size()).ok()?);
    let mut pages =
        text.split(' ').map(|number| number.parse::<f64>().ok().map(|pages| pages * page / f64::from(1 << 20)));
    Some((pages.next()??, pages.next()??))
}

#[cfg(test)]
mod tests {
    use super::{Monitor, figures, memory};

    #[test]
    fn figures_are_those_of_this_process() {
        let (virtual_size, resident) = memory(&figures().unwrap()).unwrap();
        assert!(resident > 0.5 && resident < virtual_size, "{resident} {virtual_size}");
        let monitor = Monitor::new();
        monitor.look();
        monitor.look();
        assert_eq!(monitor.samples.get(), 1);
        let metrics = monitor.metrics();
        let names: Vec<_> = metrics.iter().map(rex_metrics_and_alarms::Metric::name).collect();
        assert_eq!(names.len(), 3);
        assert!((metrics[1].value() - resident).abs() < 100.0, "{}", metrics[1].value());
    }
}
