//! The schema's two forms agree, and the default policy fits the schema.

use cedar_policy::{PolicySet, Schema, SchemaFragment, ValidationMode, Validator};
use serde_json::Value;

fn without_annotations(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            members.remove("annotations");
            for member in members.values_mut() {
                *member = without_annotations(member.take());
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = without_annotations(item.take());
            }
        }
        _ => {}
    }
    value
}

/// Says of each group of an action where it is, which is where the action is: Cedar would parse the name that it supposes, each time anew.
fn with_types_of_groups(mut schema: Value) -> Value {
    for (namespace, body) in schema.as_object_mut().into_iter().flatten() {
        let actions = body.get_mut("actions").and_then(Value::as_object_mut).into_iter().flatten();
        for groups in actions.filter_map(|(_, action)| action.get_mut("memberOf")?.as_array_mut()) {
            for group in groups {
                group["type"] = format!("{namespace}::Action").into();
            }
        }
    }
    schema
}

/// `UPDATE=1 cargo test -p rex-policy-schema` writes the derived form anew.
#[test]
#[expect(clippy::disallowed_methods, reason = "the test rewrites a file of this crate on request")]
fn json_form_is_derived_from_the_text() {
    let (fragment, warnings) = SchemaFragment::from_cedarschema_str(rex_policy_schema::TEXT).unwrap();
    assert_eq!(warnings.map(|w| w.to_string()).collect::<Vec<_>>(), Vec::<String>::new());
    let derived = with_types_of_groups(without_annotations(fragment.to_json_value().unwrap()));
    let derived = format!("{}\n", serde_json::to_string(&derived).unwrap());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/rex.cedarschema.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &derived).unwrap();
    }
    let embedded = std::fs::read_to_string(path).unwrap();
    assert!(embedded == derived, "src/rex.cedarschema.json is stale: run `UPDATE=1 cargo test -p rex-policy-schema`");
}

#[test]
fn every_declaration_is_documented() {
    let json = SchemaFragment::from_cedarschema_str(rex_policy_schema::TEXT).unwrap().0.to_json_value().unwrap();
    for (namespace, body) in json.as_object().unwrap() {
        for part in ["entityTypes", "actions"] {
            for (name, declaration) in body[part].as_object().unwrap() {
                assert!(declaration["annotations"]["doc"].is_string(), "{namespace} {name} has no @doc");
            }
        }
    }
}

#[test]
fn default_policy_fits_the_schema() {
    let schema = rex_policy_schema::load().unwrap();
    let policies: PolicySet = rex_policy_schema::DEFAULT_POLICY.parse().unwrap();
    let result = Validator::new(schema).validate(&policies, ValidationMode::Strict);
    assert!(result.validation_passed(), "{result}");
}

#[test]
fn text_and_embedded_form_know_the_same_actions() {
    let (text, _) = Schema::from_cedarschema_str(rex_policy_schema::TEXT).unwrap();
    let embedded = rex_policy_schema::load().unwrap();
    let names = |schema: &Schema| {
        let mut names: Vec<_> = schema.actions().map(ToString::to_string).collect();
        names.sort();
        names
    };
    assert_eq!(names(&text), names(&embedded));
    assert!(names(&text).len() > 30);
}
