//! Which functions a script can call at all: taking in one that it never names costs time and memory at every start.

use crate::{Form, Function};
use std::collections::HashSet;

/// What a script names.
#[derive(Debug, Default)]
pub(crate) enum Wanted {
    /// Everything, as a listing needs it.
    #[default]
    All,
    /// These words and no others.
    Words(Named),
}

/// A set of words, in which most of what is asked for is not.
#[derive(Debug)]
pub(crate) struct Named {
    words: HashSet<Box<str>>,
    /// A bit for each length that occurs, the last for all greater ones.
    lengths: u64,
    /// A bit for each first byte that occurs, of those that are ASCII; the others share the first.
    starts: u128,
}

impl Named {
    fn new(words: HashSet<&str>) -> Self {
        let lengths = words.iter().fold(0, |lengths, word| lengths | Self::length(word));
        let starts = words.iter().fold(0, |starts, word| starts | Self::start(word));
        Self { words: words.into_iter().map(Box::from).collect(), lengths, starts }
    }

    fn length(word: &str) -> u64 {
        1 << word.len().min(63)
    }

    fn start(word: &str) -> u128 {
        1 << word.bytes().next().filter(u8::is_ascii).unwrap_or_default()
    }

    fn contains(&self, word: &str) -> bool {
        self.lengths & Self::length(word) != 0 && self.starts & Self::start(word) != 0 && self.words.contains(word)
    }
}

/// By these a script calls functions whose name it makes up at run time.
const BY_NAME: [&str; 13] = [
    "Fn",
    "all",
    "call",
    "dedup",
    "drain",
    "filter",
    "index_of",
    "map",
    "reduce",
    "reduce_rev",
    "retain",
    "some",
    "sort",
];

/// These the engine calls without being told to, to show a value.
const UNNAMED: [&str; 2] = ["to_debug", "to_string"];

impl Wanted {
    /// What the text of a script names, in its code, its texts or its comments. A script that can make up names wants everything.
    pub(crate) fn by(script: &str) -> Self {
        let words = script.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let words: HashSet<&str> = words.filter(|word| !word.is_empty()).collect();
        if BY_NAME.iter().any(|word| words.contains(word)) {
            return Self::All;
        }
        Self::Words(Named::new(words))
    }

    /// Whether the script can call this function. Of a module that it names it gets everything, so that a wrong name is an error of that
    /// name and not of the module.
    pub(crate) fn function(&self, function: &Function) -> bool {
        match function.module {
            Some(module) => self.module(module),
            None => function.form == Form::Operator || UNNAMED.contains(&function.name) || self.word(function.name),
        }
    }

    /// Whether the script can use what is in the module.
    pub(crate) fn module(&self, module: &str) -> bool {
        self.word(module)
    }

    fn word(&self, word: &str) -> bool {
        match self {
            Self::All => true,
            Self::Words(words) => words.contains(word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Wanted;
    use crate::{Form, Function};

    static CAT: Function = Function { name: "cat", ..Function::BASE };
    static EQUAL: Function = Function { name: "==", ..Function::OPERATOR };
    static FLAG: Function = Function { module: Some("tail"), name: "n", ..Function::BASE };
    static SHOWN: Function = Function { name: "to_string", form: Form::Method, ..Function::BASE };

    #[test]
    fn what_is_named_anywhere_is_wanted() {
        for script in ["cat(p)", "p.cat()", "`${cat(p)}`", "let f = |p| cat(p);", "x(\"cat\")", "a;cat\n(p)", "é.cat"]
        {
            assert!(Wanted::by(script).function(&CAT), "{script}");
        }
        for script in ["", "concat(p)", "cat2(p)", "_cat", "Cat"] {
            assert!(!Wanted::by(script).function(&CAT), "{script}");
        }
    }

    #[test]
    fn what_needs_no_name_is_wanted() {
        let none = Wanted::by("");
        assert!(none.function(&EQUAL) && none.function(&SHOWN));
    }

    #[test]
    fn modules_must_be_named_too() {
        assert!(Wanted::by("tail([tail::n(3)], p)").function(&FLAG));
        assert!(!Wanted::by("let n = 1;").function(&FLAG));
        assert!(Wanted::by("tail::nothing").module("tail") && !Wanted::by("nothing").module("tail"));
    }

    #[test]
    fn who_can_make_up_names_wants_everything() {
        for script in ["Fn(\"c\" + \"at\").call(p)", "[p].map(\"c\" + \"at\")", "f.call(p)"] {
            assert!(matches!(Wanted::by(script), Wanted::All), "{script}");
        }
    }
}
