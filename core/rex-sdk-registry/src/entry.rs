//! One line of the list, as all formats see it and as JSON shows it.

use rex_runner_registrar_utils::{Form, Registered, TypeNames};
use serde::Serialize;

/// A function, method, getter, operator or constant, ready to be printed.
#[derive(Debug, Serialize)]
pub(crate) struct Listed<'l> {
    pub(crate) name: &'l str,
    pub(crate) kind: &'static str,
    pub(crate) module: Option<&'l str>,
    pub(crate) params: Vec<Param>,
    pub(crate) returns: String,
    pub(crate) doc: &'l str,
    pub(crate) needs: Vec<NeedText>,
    pub(crate) examples: Vec<ExampleText>,
    #[serde(skip)]
    pub(crate) form: Form,
}

#[derive(Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Param {
    pub(crate) name: &'static str,
    #[serde(rename = "type")]
    pub(crate) type_name: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct NeedText {
    pub(crate) action: &'static str,
    pub(crate) resource: &'static str,
}

#[derive(Debug, Serialize)]
pub(crate) struct ExampleText {
    pub(crate) title: &'static str,
    pub(crate) script: &'static str,
}

impl<'l> Listed<'l> {
    pub(crate) fn new(function: &'l Registered, names: &TypeNames) -> Self {
        let base = function.function;
        let params = function.params(names).into_iter().map(|(name, type_name)| Param { name, type_name }).collect();
        let needs = base.needs.iter().map(|need| NeedText { action: need.action.uid, resource: need.kind.type_name() });
        let examples = base.examples.iter().map(|example| ExampleText { title: example.title, script: example.script });
        Self {
            name: function.name,
            kind: function.form().word(),
            module: function.module,
            params,
            returns: function.returns(names),
            doc: function.doc,
            needs: needs.collect(),
            examples: examples.collect(),
            form: function.form(),
        }
    }

    pub(crate) fn order(&self) -> (Option<&str>, &str, &[Param], Form) {
        (self.module, self.name, &self.params, self.form)
    }

    /// The first sentence of its doc.
    pub(crate) fn summary(&self) -> &str {
        let end = self.doc.find(". ").or_else(|| self.doc.find(".\n"));
        end.and_then(|end| self.doc.get(..=end)).unwrap_or(self.doc)
    }

    /// How a script writes it, with types.
    pub(crate) fn signature(&self) -> String {
        let param = |param: &Param| format!("{}: {}", param.name, param.type_name);
        let (first, rest) = match self.params.split_first() {
            Some((first, rest)) => (first.type_name.as_str(), rest),
            None => ("", self.params.as_slice()),
        };
        let module = self.module.map(|module| format!("{module}::")).unwrap_or_default();
        let list = |params: &[Param]| params.iter().map(param).collect::<Vec<_>>().join(", ");
        match self.form {
            Form::Constant => format!("{module}{}: {}", self.name, self.returns),
            Form::Getter => format!("{first}.{}: {}", self.name, self.returns),
            Form::Operator => {
                let second = rest.first().map_or("", |param| param.type_name.as_str());
                format!("{first} {} {second} -> {}", self.name, self.returns)
            }
            Form::Method => format!("{first}.{}({}) -> {}", self.name, list(rest), self.returns),
            Form::Function => format!("{module}{}({}) -> {}", self.name, list(&self.params), self.returns),
        }
    }
}

/// An array of objects, one a line.
pub(crate) fn json(listed: &[Listed<'_>]) -> String {
    let lines: Vec<String> = listed.iter().filter_map(|one| serde_json::to_string(one).ok()).collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}
