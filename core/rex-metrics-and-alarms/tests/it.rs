//! What a run publishes and what its result shows.

use std::time::{Duration, Instant};

use rex_metrics_and_alarms::{
    Alarm, Alarms, Dimensions, Error, MAX_ALARMS, MAX_BYTES, MAX_METRICS, MAX_TEXT, Metric, Metrics, Unit,
};

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn metric(name: &str, value: f64, dimension: Option<(&str, &str)>) -> Metric {
    let dimensions = dimension.map_or_else(Dimensions::default, |(k, v)| Dimensions::default().with(k, v).unwrap());
    Metric::builder().name(name).value(value).unit(Unit::Count).dimensions(dimensions).build().unwrap()
}

#[test]
fn a_metric_reads_and_writes_as_in_the_result() {
    let text = concat!(
        r#"{"metric_name":"DiskUse","metric_value":1.0,"metric_unit":"PERCENT","#,
        r#""metric_dimension":{"disk":"sda","node":"n1"},"metric_timestamp":"2026-01-02T03:04:05.678901234Z"}"#
    );
    let metric: Metric = serde_json::from_str(text).unwrap();
    assert_eq!((metric.name(), metric.unit(), metric.dimensions().len()), ("DiskUse", Unit::Percent, 2));
    assert_eq!(serde_json::to_string(&metric).unwrap(), text);
}

#[test]
fn dimensions_stand_in_the_order_of_their_keys_and_none_are_an_empty_object() {
    let dimensions = Dimensions::default().with("b", "1").unwrap().with("a", "2").unwrap();
    assert_eq!(serde_json::to_string(&dimensions).unwrap(), r#"{"a":"2","b":"1"}"#);
    let json = serde_json::to_string(&metric("X", 2.0, None)).unwrap();
    assert!(json.contains(r#""metric_value":2.0,"metric_unit":"COUNT","metric_dimension":{},"#), "{json}");
    assert!(json.ends_with("Z\"}"), "{json}");
}

#[test]
fn an_alarm_omits_absent_details() {
    let plain = Alarm::builder().kind("Plain").build().unwrap();
    assert_eq!(serde_json::to_string(&plain).unwrap(), r#"{"alarm_type":"Plain"}"#);
    let full = Alarm::builder().kind("DiskFull").details("/data at 99%").build().unwrap();
    let json = serde_json::to_string(&full).unwrap();
    assert_eq!(json, r#"{"alarm_type":"DiskFull","alarm_details":"/data at 99%"}"#);
    assert_eq!(serde_json::from_str::<Alarm>(&json).unwrap(), full);
    assert_eq!(serde_json::from_str::<Alarm>(r#"{"alarm_type":"Plain"}"#).unwrap(), plain);
}

#[test]
fn the_same_name_replaces_in_place_only_with_the_same_dimensions() {
    let mut metrics = Metrics::default();
    for (name, value, dimension) in [
        ("A", 1.0, None),
        ("B", 2.0, Some(("disk", "sda"))),
        ("B", 3.0, Some(("disk", "sdb"))),
        ("C", 4.0, None),
        ("B", 5.0, Some(("disk", "sda"))),
        ("A", 6.0, None),
    ] {
        metrics.publish(metric(name, value, dimension)).unwrap();
    }
    let values: Vec<_> = metrics.iter().map(|metric| (metric.name(), metric.value())).collect();
    assert_eq!(values, [("A", 6.0), ("B", 5.0), ("B", 3.0), ("C", 4.0)]);
    assert_eq!(metrics.take().len(), 4);
    assert!(metrics.is_empty());
    metrics.publish(metric("A", 7.0, None)).unwrap();
    assert_eq!(metrics.len(), 1);
}

#[test]
fn alarms_keep_order_and_duplicates() {
    let mut alarms = Alarms::default();
    for kind in ["B", "A", "B", "C"] {
        alarms.publish(Alarm::builder().kind(kind).build().unwrap()).unwrap();
    }
    let taken = alarms.take();
    assert_eq!(taken.iter().map(Alarm::kind).collect::<Vec<_>>(), ["B", "A", "B", "C"]);
    assert!(alarms.is_empty());
}

#[test]
fn one_metric_too_many_is_refused_but_a_known_one_can_change_and_all_is_quick() {
    let start = Instant::now();
    let mut metrics = Metrics::default();
    let disks: Vec<_> = (0..MAX_METRICS).map(|i| i.to_string()).collect();
    for disk in &disks {
        metrics.publish(metric("DiskUse", 0.0, Some(("disk", disk)))).unwrap();
    }
    let refused = metrics.publish(metric("more", 0.0, None)).unwrap_err();
    assert_eq!(refused.to_string(), "a run publishes at most 10000 metrics, there is no room for `more`");
    for disk in &disks {
        metrics.publish(metric("DiskUse", 1.0, Some(("disk", disk)))).unwrap();
    }
    assert_eq!(metrics.len(), MAX_METRICS);
    for (metric, disk) in metrics.iter().zip(&disks) {
        assert_eq!(metric.dimensions().iter().next(), Some(("disk", disk.as_str())));
        assert!(metric.value() > 0.5);
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn one_alarm_too_many_is_refused() {
    let mut alarms = Alarms::default();
    let alarm = Alarm::builder().kind("A").build().unwrap();
    for _ in 0..MAX_ALARMS {
        alarms.publish(alarm.clone()).unwrap();
    }
    assert_eq!(alarms.publish(alarm), Err(Error::TooManyAlarms("A".into())));
    assert_eq!(alarms.len(), MAX_ALARMS);
}

#[test]
fn the_sum_of_all_text_is_bounded() {
    let long = "x".repeat(MAX_TEXT - 8);
    let mut metrics = Metrics::default();
    let mut alarms = Alarms::default();
    let fit = MAX_BYTES / MAX_TEXT;
    for i in 0..fit {
        metrics.publish(metric(&format!("{i:08}{long}"), 0.0, None)).unwrap();
        alarms.publish(Alarm::builder().kind(format!("{i:08}")).details(&long).build().unwrap()).unwrap();
    }
    metrics.publish(metric(&format!("{:08}{long}", 0), 1.0, None)).unwrap();
    assert_eq!(metrics.publish(metric("more", 0.0, None)), Err(Error::TooMuchText("more".into())));
    assert_eq!(alarms.publish(Alarm::builder().kind("more").build().unwrap()), Err(Error::TooMuchText("more".into())));
    assert_eq!((metrics.len(), alarms.len()), (fit, fit));
}
