//! Tests of the printed lists.

use crate::{Format, Options, print, register};
use rex_cedar_auth::{Gate, Policies};
use rex_logger::{Level, Logger, Syslog};
use rex_runner_registrar_utils::{Call, Function, Host, Registrar};
use rhai::{Engine, ImmutableString};
use std::rc::Rc;

static LEN: Function = Function { name: "size", params: &["text"], doc: "The size. In bytes.", ..Function::BASE };
static LEN_OF: Function = Function { name: "size", params: &["self"], doc: "A size.", ..Function::GETTER };
static JOIN: Function = Function { name: "+", ..Function::OPERATOR };

fn printed(format: Format) -> String {
    let gate = Gate::new(Policies::load("none", "").unwrap(), "nobody");
    let mut registrar = Registrar::new(Host::new(gate, Rc::new(Logger::new(Level::Info, Syslog::Off))));
    registrar.constant("Colour", "RED", "Red.", 1_i64);
    registrar.function(&LEN, |_| |text: &str| i64::try_from(text.len()).unwrap_or(0));
    registrar.function(&LEN_OF, |_| |text: &mut ImmutableString| i64::try_from(text.len()).unwrap_or(0));
    registrar.function(&JOIN, |_| |_: Call<'_>, left: i64, _right: bool| left);
    let (functions, names) = registrar.finish(&mut Engine::new_raw());
    print(&functions, &names, format)
}

#[test]
fn text_shows_how_a_script_writes_it() {
    assert_eq!(
        printed(Format::Text),
        "int + bool -> int\n\
         string.size: int\n    A size.\n\
         size(text: string) -> int\n    The size.\n\
         Colour::RED: int\n    Red.\n"
    );
}

#[test]
fn json_has_the_fields_that_tools_read() {
    let listed: serde_json::Value = serde_json::from_str(&printed(Format::Json)).unwrap();
    let constant = &listed[3];
    assert_eq!(constant["kind"], "constant");
    assert_eq!(constant["module"], "Colour");
    assert_eq!(constant["params"], serde_json::json!([]));
    let function = &listed[2];
    assert_eq!(function["params"], serde_json::json!([{"name": "text", "type": "string"}]));
    assert_eq!((&function["returns"], &function["doc"]), (&"int".into(), &"The size. In bytes.".into()));
    assert!(function["module"].is_null());
}

#[test]
fn definitions_are_what_editors_read() {
    let file = printed(Format::Rhai);
    assert!(file.starts_with("module static;\n"), "{file}");
    assert!(file.contains("/// The size. In bytes.\nfn size(text: string) -> int;\n"), "{file}");
    assert!(file.contains("fn get size(_self: string) -> int;\n"), "{file}");
    assert!(file.contains("op +(int, bool) -> int;\n"), "{file}");
    assert!(file.contains("module Colour {\n    /// Red.\n    const RED: int;\n}\n"), "{file}");
}

#[test]
fn every_function_of_every_crate_is_listed_with_a_doc() {
    let gate = Gate::new(Policies::load("none", "").unwrap(), "nobody");
    let mut registrar = Registrar::new(Host::new(gate, Rc::new(Logger::new(Level::Info, Syslog::Off))));
    register(&mut registrar, &Options::default());
    let (functions, names) = registrar.finish(&mut Engine::new_raw());
    assert!(functions.iter().any(|function| function.name == "cat"));
    for function in &functions {
        assert!(!function.doc.is_empty(), "{} has no doc", function.name);
    }
    assert!(print(&functions, &names, Format::Markdown).contains("`file_system::Action::\"read\"`"));
}
