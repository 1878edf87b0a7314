//! Tests of arguments.

use super::{Inline, is_identifier, read, repeated, scope, too_deep};

fn inline(argument: &str) -> Result<Inline, String> {
    argument.parse()
}

fn value(argument: &str) -> String {
    let scope = scope(read("{}").unwrap(), vec![inline(argument).unwrap()]);
    let (name, _, value) = scope.iter().next().unwrap();
    format!("{name}={value:?} {}", value.type_name())
}

#[test]
fn types_are_inferred_from_the_look() {
    assert_eq!(value("a=1"), "a=1 i64");
    assert_eq!(value("a=-1.5"), "a=-1.5 f64");
    assert_eq!(value("a=1e3"), "a=1000.0 f64");
    assert_eq!(value("a=true"), "a=true bool");
    for text in ["one", "", "True", "inf", "NaN", "1.2.3.4", "e", "1=2", "99999999999999999999"] {
        assert_eq!(value(&format!("a={text}")), format!("a={text:?} string"));
    }
}

#[test]
fn types_can_be_said() {
    assert_eq!(value("a:string=1"), "a=\"1\" string");
    assert_eq!(value("a:int=7"), "a=7 i64");
    assert_eq!(value("a:float=7"), "a=7.0 f64");
    assert_eq!(value("a:bool=false"), "a=false bool");
    assert_eq!(value(r#"a:json={"x":[1,null]}"#), r#"a=#{"x": [1, ()]} map"#);
}

#[test]
fn what_is_wrong_is_said() {
    for (argument, part) in [
        ("a", "NAME=VALUE"),
        ("1a=1", "`1a` is no variable name"),
        ("a-b=1", "`a-b`"),
        ("=1", "``"),
        ("a:int=x", "`x` is no integer"),
        ("a:json={", "`{` is no JSON: "),
        ("a:date=1", "`date` is no type"),
    ] {
        assert!(inline(argument).is_err_and(|error| error.contains(part)), "{argument}");
    }
}

#[test]
fn the_command_line_goes_before_the_file_and_names_itself_once() {
    let file = read(r#"{"a":{"integerValue":1},"b":{"integerValue":2}}"#).unwrap();
    let scope = scope(file, vec![inline("a=x").unwrap()]);
    assert_eq!(scope.len(), 2);
    assert_eq!(scope.get_value::<String>("a").unwrap(), "x");
    assert_eq!(repeated(&[inline("a=1").unwrap(), inline("b=1").unwrap(), inline("a=2").unwrap()]), Some("a"));
}

#[test]
fn two_levels_pass_and_three_do_not() {
    let deep = |text: &str| too_deep(&read(text).unwrap()).map(str::to_owned);
    assert_eq!(deep(r#"{"a":{"listValue":[{"listValue":[]},{"mapValue":{}}]}}"#), None);
    assert_eq!(deep(r#"{"a":{"listValue":[{"listValue":[{"longValue":1}]}]}}"#), Some("a".to_owned()));
    assert_eq!(deep(r#"{"b":{"mapValue":{"x":{"listValue":[{"longValue":1}]}}}}"#), Some("b".to_owned()));
}

#[test]
fn the_last_of_two_equal_names_in_a_file_counts() {
    let file = read(r#"{"a":{"longValue":1},"a":{"longValue":2}}"#).unwrap();
    assert_eq!(scope(file, Vec::new()).get_value::<i64>("a"), Some(2));
}

#[test]
fn names_of_variables() {
    for name in ["a", "_a1", "camelCase", "A_b"] {
        assert!(is_identifier(name), "{name}");
    }
    for name in ["", "_", "1a", "a b", "a-b", "é", "_1"] {
        assert!(!is_identifier(name), "{name}");
    }
}
