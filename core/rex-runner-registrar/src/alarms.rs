//! Alarms that scripts publish.

use crate::session::Published;
use rex_metrics_and_alarms::AlarmBuilder;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, ScriptError};
use rhai::EvalAltResult;
use std::sync::Arc;

const PUBLISH: &[Example] = &[Example {
    title: "Publish an alarm",
    script: r#"AlarmBuilder().type("DiskFull").details("/data at 99%").publish() == ()"#,
    ..Example::BASE
}];

static BUILDER: Function = Function {
    name: "AlarmBuilder",
    doc: "Starts an alarm with nothing set. Each of its methods returns the builder: chain them.",
    examples: PUBLISH,
    ..Function::BASE
};
static TYPE: Function = Function {
    name: "type",
    params: &["self", "type"],
    doc: "Sets what happened; required. A type must not start with `rex`.",
    examples: PUBLISH,
    ..Function::METHOD
};
static DETAILS: Function = Function {
    name: "details",
    params: &["self", "details"],
    doc: "Sets more about it.",
    examples: PUBLISH,
    ..Function::METHOD
};
static PUBLISH_ALARM: Function = Function {
    name: "publish",
    params: &["self"],
    doc: "Publishes the alarm. Fails with a text when the type is missing.",
    examples: PUBLISH,
    ..Function::METHOD
};

pub(crate) fn register(registrar: &mut Registrar, published: &Arc<Published>) {
    registrar.type_name::<AlarmBuilder>("AlarmBuilder");
    registrar.function(&BUILDER, |_| AlarmBuilder::default);
    registrar.function(&TYPE, |_| |builder: AlarmBuilder, kind: &str| builder.kind(kind));
    registrar.function(&DETAILS, |_| |builder: AlarmBuilder, details: &str| builder.details(details));
    let published = Arc::clone(published);
    registrar.function(&PUBLISH_ALARM, |_| {
        move |call: Call<'_>, builder: &mut AlarmBuilder| -> Result<(), Box<EvalAltResult>> {
            let alarm = builder.build().and_then(|alarm| alarm.check_reserved().map(|()| alarm));
            alarm
                .and_then(|alarm| published.alarm(alarm))
                .map_err(|error| ScriptError::Text(error.to_string()).thrown(call.call_position()))
        }
    });
}
