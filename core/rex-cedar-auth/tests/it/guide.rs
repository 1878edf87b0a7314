//! The policy guide says what is so: its policies load, its mistakes are refused in the words it gives, and it names all.

use rex_cedar_auth::Policies;
use std::collections::BTreeSet;

const GUIDE: &str = include_str!("../../../../CEDAR_POLICY_GUIDE.md");

/// The code blocks whose fence is exactly this, with what follows each.
fn blocks(fence: &str) -> Vec<(&str, &str)> {
    let opening = format!("\n```{fence}\n");
    GUIDE.split(&opening).skip(1).map(|rest| rest.split_once("\n```\n").unwrap()).collect()
}

#[test]
fn every_policy_of_the_guide_loads_without_a_warning() {
    let blocks = blocks("cedar");
    assert!(blocks.len() >= 15, "{}", blocks.len());
    for (policy, _) in blocks {
        match Policies::load("guide", policy) {
            Ok(policies) => assert_eq!(policies.warnings(), [], "{policy}"),
            Err(refused) => panic!("{refused}\n{policy}"),
        }
    }
}

#[test]
fn every_mistake_is_refused_in_the_words_of_the_guide() {
    let blocks = blocks("cedar,refused");
    assert!(blocks.len() > 8, "{}", blocks.len());
    for (policy, after) in blocks {
        let said = Policies::load("guide", policy).unwrap_err().to_string();
        let given = after.trim_start_matches('\n').lines().next().unwrap().trim_start();
        assert!(!given.is_empty() && said.ends_with(&format!(": {given}")), "\nsaid:  {said}\ngiven: {given}");
    }
}

/// The part of the guide under a heading of the names.
fn section(heading: &str) -> &str {
    let (_, rest) = GUIDE.split_once(&format!("\n### {heading}\n")).unwrap_or_default();
    rest.split("\n#").next().unwrap()
}

#[test]
fn every_name_of_the_schema_is_in_the_guide() {
    let fragment = cedar_policy::SchemaFragment::from_cedarschema_str(rex_policy_schema::TEXT).unwrap().0;
    let schema = fragment.to_json_value().unwrap();
    let mut missing = BTreeSet::new();
    let mut count = 0;
    for (namespace, body) in schema.as_object().unwrap() {
        let text = section(if namespace.is_empty() { "User" } else { namespace });
        let mut expect = |name: &str| {
            count += 1;
            // `name`, or the last part of a longer one in the same backticks.
            let found =
                text.split('`').skip(1).step_by(2).any(|code| {
                    code == name || code.ends_with(&format!("::{name}")) || code == format!("context.{name}")
                });
            let as_entity = namespace.is_empty() && text.contains(&format!("`{name}::"));
            if !found && !as_entity {
                missing.insert(format!("{namespace}: {name}"));
            }
        };
        let members = |value: &serde_json::Value, expect: &mut dyn FnMut(&str)| {
            for (name, kind) in value.as_object().into_iter().flatten() {
                expect(name);
                for (inner, _) in kind["attributes"].as_object().into_iter().flatten() {
                    expect(inner);
                }
            }
        };
        for (name, declared) in body["entityTypes"].as_object().unwrap() {
            expect(name);
            members(&declared["shape"]["attributes"], &mut expect);
        }
        for (name, declared) in body["actions"].as_object().unwrap() {
            expect(name);
            members(&declared["appliesTo"]["context"]["attributes"], &mut expect);
        }
    }
    assert!(missing.is_empty(), "not in the guide: {missing:#?}");
    assert!(count >= 80, "{count}");
}
