//! What a run has published so far.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::limits::{MAX_ALARMS, MAX_BYTES, MAX_METRICS};
use crate::{Alarm, Dimensions, Error, Metric};

/// The metrics of a run in the order of their first publication. One of the same name and dimensions replaces the earlier one in its place.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    list: Vec<Metric>,
    /// Positions in `list`, by name and dimensions: the texts are held once.
    places: HashTable<usize>,
    hasher: DefaultHashBuilder,
    bytes: usize,
}

fn key(metric: &Metric) -> (&str, &Dimensions) {
    (metric.name(), metric.dimensions())
}

impl Metrics {
    /// Adds a metric.
    ///
    /// # Errors
    /// [`Error::NotFinite`], [`Error::TooManyMetrics`], [`Error::TooMuchText`]; nothing is changed then.
    pub fn publish(&mut self, metric: Metric) -> Result<(), Error> {
        if !metric.value().is_finite() {
            return Err(Error::NotFinite(metric.value()));
        }
        let Self { list, places, hasher, bytes } = self;
        let hash = hasher.hash_one(key(&metric));
        let same = |place: &usize| list.get(*place).is_some_and(|other| key(other) == key(&metric));
        if let Some(place) = places.find(hash, same).copied() {
            if let Some(old) = list.get_mut(place) {
                *old = metric;
            }
            return Ok(());
        }
        if list.len() >= MAX_METRICS {
            return Err(Error::TooManyMetrics(metric.name().to_owned()));
        }
        *bytes = grown(*bytes, metric.bytes()).ok_or_else(|| Error::TooMuchText(metric.name().to_owned()))?;
        let place = list.len();
        list.push(metric);
        places.insert_unique(hash, place, |&place| list.get(place).map_or(0, |other| hasher.hash_one(key(other))));
        Ok(())
    }

    /// The metrics so far.
    pub fn iter(&self) -> std::slice::Iter<'_, Metric> {
        self.list.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Takes all metrics; none are left.
    pub fn take(&mut self) -> Vec<Metric> {
        std::mem::take(self).list
    }
}

impl<'m> IntoIterator for &'m Metrics {
    type Item = &'m Metric;
    type IntoIter = std::slice::Iter<'m, Metric>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The alarms of a run in the order of publication, duplicates too.
#[derive(Debug, Clone, Default)]
pub struct Alarms {
    list: Vec<Alarm>,
    bytes: usize,
}

impl Alarms {
    /// Adds an alarm.
    ///
    /// # Errors
    /// [`Error::TooManyAlarms`], [`Error::TooMuchText`]; nothing is changed then.
    pub fn publish(&mut self, alarm: Alarm) -> Result<(), Error> {
        if self.list.len() >= MAX_ALARMS {
            return Err(Error::TooManyAlarms(alarm.kind().to_owned()));
        }
        self.bytes = grown(self.bytes, alarm.bytes()).ok_or_else(|| Error::TooMuchText(alarm.kind().to_owned()))?;
        self.list.push(alarm);
        Ok(())
    }

    /// The alarms so far.
    pub fn iter(&self) -> std::slice::Iter<'_, Alarm> {
        self.list.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Takes all alarms; none are left.
    pub fn take(&mut self) -> Vec<Alarm> {
        std::mem::take(self).list
    }
}

impl<'a> IntoIterator for &'a Alarms {
    type Item = &'a Alarm;
    type IntoIter = std::slice::Iter<'a, Alarm>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The new sum, unless it exceeds [`MAX_BYTES`].
fn grown(bytes: usize, more: usize) -> Option<usize> {
    bytes.checked_add(more).filter(|&sum| sum <= MAX_BYTES)
}
