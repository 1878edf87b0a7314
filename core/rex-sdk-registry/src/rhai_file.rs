//! The list as a definition file (`.d.rhai`), which the language server of Rhai reads.

use crate::entry::Listed;
use rex_runner_registrar_utils::Form;
use std::fmt::Write as _;

pub(crate) fn print(listed: &[Listed<'_>]) -> String {
    let mut file = String::from("module static;\n");
    let mut module = None;
    for one in listed {
        if one.module != module {
            close(&mut file, module);
            module = one.module;
            if let Some(name) = module {
                // Writing to a `String` does not fail.
                let _ = write!(file, "\nmodule {name} {{\n");
            }
        }
        declare(&mut file, one);
    }
    close(&mut file, module);
    file
}

fn close(file: &mut String, module: Option<&str>) {
    if module.is_some() {
        file.push_str("}\n");
    }
}

fn declare(file: &mut String, one: &Listed<'_>) {
    let indent = if one.module.is_some() { "    " } else { "" };
    if one.module.is_none() {
        file.push('\n');
    }
    for line in one.doc.lines() {
        let _ = writeln!(file, "{indent}/// {line}");
    }
    let params = |named: bool| {
        let param = one.params.iter().map(|param| {
            if named { format!("{}: {}", word(param.name), param.type_name) } else { param.type_name.clone() }
        });
        param.collect::<Vec<_>>().join(", ")
    };
    let _ = match one.form {
        Form::Constant => writeln!(file, "{indent}const {}: {};", one.name, one.returns),
        Form::Operator => writeln!(file, "{indent}op {}({}) -> {};", one.name, params(false), one.returns),
        Form::Getter => writeln!(file, "{indent}fn get {}({}) -> {};", one.name, params(true), one.returns),
        Form::Function | Form::Method => {
            writeln!(file, "{indent}fn {}({}) -> {};", one.name, params(true), one.returns)
        }
    };
}

/// A parameter's name that is a word of the language gets an underscore.
fn word(name: &str) -> String {
    if matches!(name, "self" | "this" | "type") { format!("_{name}") } else { name.to_owned() }
}
