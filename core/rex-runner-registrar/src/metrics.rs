//! Metrics that scripts publish.

use crate::session::Published;
use rex_metrics_and_alarms::{Dimensions, DimensionsBuilder, MetricBuilder, Unit};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, ScriptError};
use rhai::EvalAltResult;
use std::sync::Arc;

const PUBLISH: &[Example] = &[Example {
    title: "Publish a metric with dimensions",
    script: r#"let where = MetricDimensionsBuilder().add("disk", "sda").build();
MetricBuilder().name("DiskUse").value(81.5).unit(MetricUnitType::PERCENT).dimensions(where).publish() == ()"#,
    ..Example::BASE
}];

static BUILDER: Function = Function {
    name: "MetricBuilder",
    doc: "Starts a metric with nothing set. Each of its methods returns the builder: chain them.",
    examples: PUBLISH,
    ..Function::BASE
};

const fn method(name: &'static str, params: &'static [&'static str], doc: &'static str) -> Function {
    Function { name, params, doc, examples: PUBLISH, ..Function::METHOD }
}

static NAME: Function =
    method("name", &["self", "name"], "Sets what is measured; required. A name must not start with `rex`.");
static VALUE: Function = method("value", &["self", "value"], "Sets how much of it; required.");
static WHOLE_VALUE: Function = method("value", &["self", "value"], "Sets how much of it, as a whole number; required.");
static UNIT: Function =
    method("unit", &["self", "unit"], "Sets what the value counts, a constant of `MetricUnitType`; required.");
static DIMENSIONS: Function =
    method("dimensions", &["self", "dimensions"], "Sets what tells it apart from other metrics of its name.");
static PUBLISH_METRIC: Function = method(
    "publish",
    &["self"],
    "Publishes the metric of now. One of the same name and dimensions replaces the earlier one. Fails with a text when a required \
     part is missing.",
);
static DIMENSIONS_BUILDER: Function = Function {
    name: "MetricDimensionsBuilder",
    doc: "Starts dimensions, with none.",
    examples: PUBLISH,
    ..Function::BASE
};
static ADD: Function =
    method("add", &["self", "key", "value"], "Adds a dimension; a repeated key replaces the earlier value.");
static BUILD: Function = method("build", &["self"], "The dimensions, for `dimensions`.");

/// The error as a plain text, at the place of the call.
fn thrown<T>(call: &Call<'_>, outcome: Result<T, rex_metrics_and_alarms::Error>) -> Result<T, Box<EvalAltResult>> {
    outcome.map_err(|error| ScriptError::Text(error.to_string()).thrown(call.call_position()))
}

pub(crate) fn register(registrar: &mut Registrar, published: &Arc<Published>) {
    registrar.type_name::<MetricBuilder>("MetricBuilder");
    registrar.type_name::<DimensionsBuilder>("MetricDimensionsBuilder");
    registrar.type_name::<Dimensions>("MetricDimensions");
    registrar.type_name::<Unit>("MetricUnitType");
    for unit in Unit::ALL {
        registrar.constant("MetricUnitType", unit.name(), doc(unit), unit);
    }
    registrar.function(&BUILDER, |_| MetricBuilder::default);
    registrar.function(&NAME, |_| |builder: MetricBuilder, name: &str| builder.name(name));
    registrar.function(&VALUE, |_| |builder: MetricBuilder, value: f64| builder.value(value));
    #[expect(clippy::cast_precision_loss, reason = "a metric is a float")]
    registrar.function(&WHOLE_VALUE, |_| |builder: MetricBuilder, value: i64| builder.value(value as f64));
    registrar.function(&UNIT, |_| |builder: MetricBuilder, unit: Unit| builder.unit(unit));
    registrar
        .function(&DIMENSIONS, |_| |builder: MetricBuilder, dimensions: Dimensions| builder.dimensions(dimensions));
    let published = Arc::clone(published);
    registrar.function(&PUBLISH_METRIC, |_| {
        move |call: Call<'_>, builder: &mut MetricBuilder| {
            let metric = builder.build().and_then(|metric| metric.check_reserved().map(|()| metric));
            thrown(&call, metric.and_then(|metric| published.metric(metric)))
        }
    });
    registrar.function(&DIMENSIONS_BUILDER, |_| DimensionsBuilder::default);
    registrar.function(&ADD, |_| {
        |call: Call<'_>, builder: DimensionsBuilder, key: &str, value: &str| thrown(&call, builder.add(key, value))
    });
    registrar.function(&BUILD, |_| |builder: DimensionsBuilder| builder.build());
}

const fn doc(unit: Unit) -> &'static str {
    match unit {
        Unit::Undefined => "No unit.",
        Unit::Count => "Things.",
        Unit::Time => "Nanoseconds.",
        Unit::Megabytes => "Megabytes.",
        Unit::Percent => "Percent.",
    }
}
