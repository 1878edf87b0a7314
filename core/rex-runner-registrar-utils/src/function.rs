//! A script function as a value: everything printed about it is printed from here.

use rex_cedar_auth::Need;

/// How a script uses a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// `name(a, b)`
    Function,
    /// `receiver.name(a)`; the receiver is the first parameter.
    Method,
    /// `receiver.name`
    Getter,
    /// `a == b`
    Operator,
    /// `module::NAME`
    Constant,
}

impl Form {
    /// The word for it in listings.
    pub const fn word(self) -> &'static str {
        match self {
            Form::Function => "function",
            Form::Method => "method",
            Form::Getter => "getter",
            Form::Operator => "operator",
            Form::Constant => "constant",
        }
    }
}

/// A function that scripts can call.
#[derive(Debug)]
pub struct Function {
    /// How it is used.
    pub form: Form,
    /// The module it stands in: `Some("tail")` for `tail::n`.
    pub module: Option<&'static str>,
    /// Its name in scripts.
    pub name: &'static str,
    /// The names of its parameters, the receiver among them.
    pub params: &'static [&'static str],
    /// What it returns or does, in sentences. The first is the summary.
    pub doc: &'static str,
    /// All that it may ask the gate for, in the order of asking. The gate refuses anything else while it runs.
    pub needs: &'static [Need],
    /// Scripts that show its use. Together they need exactly `needs`.
    pub examples: &'static [Example],
}

impl Function {
    /// What most functions share, for `Function { name: …, ..Function::BASE }`.
    pub const BASE: Function =
        Function { form: Form::Function, module: None, name: "", params: &[], doc: "", needs: &[], examples: &[] };
    /// The base of methods.
    pub const METHOD: Function = Function { form: Form::Method, ..Function::BASE };
    /// The base of property getters.
    pub const GETTER: Function = Function { form: Form::Getter, params: &["self"], ..Function::BASE };
    /// The base of operators.
    pub const OPERATOR: Function = Function { form: Form::Operator, params: &["left", "right"], ..Function::BASE };
}

/// A script that shows the use of a function. It is true when the function does what it says.
#[derive(Debug)]
pub struct Example {
    /// What it shows.
    pub title: &'static str,
    /// Files that are there beforehand, by their path below the example's folder; a path that ends in `/` is a folder,
    /// and `name -> target` a link.
    pub files: &'static [(&'static str, &'static str)],
    /// Directories of the host in which its policy grants the needs, too, such as `/proc`: for functions that read what is there anyway.
    pub places: &'static [&'static str],
    /// The script. Its variable `dir` holds the path of the example's folder.
    pub script: &'static str,
    /// What other functions in the script ask for.
    pub around: &'static [Need],
    /// Needs that the policy of this example does not grant, save on `rex_redaction.config` in the folder: it shows the other way.
    pub withheld: &'static [Need],
}

impl Example {
    /// What most examples share, for `Example { title: …, script: …, ..Example::BASE }`.
    pub const BASE: Example = Example { title: "", files: &[], places: &[], script: "", around: &[], withheld: &[] };
}
