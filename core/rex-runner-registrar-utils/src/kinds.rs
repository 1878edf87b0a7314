//! What scripts do with error kinds.

use crate::{ErrorKind, Function, Registrar};

static EQUAL: Function = Function {
    name: "==",
    doc: "Whether two error kinds are the same, as in `error.kind == IoErrorKind::NotFound`. Kinds of different modules differ.",
    ..Function::OPERATOR
};

static DIFFERENT: Function = Function {
    name: "!=",
    doc: "Whether two error kinds differ. Kinds of different modules do.",
    ..Function::OPERATOR
};

static TEXT: Function = Function {
    name: "to_string",
    params: &["self"],
    doc: "The word for an error kind, for example `NotFound` for `IoErrorKind::NotFound`.",
    ..Function::METHOD
};

pub(crate) fn register(r: &mut Registrar) {
    r.type_name::<ErrorKind>("ErrorKind");
    r.function(&EQUAL, |_| |left: ErrorKind, right: ErrorKind| left == right);
    r.function(&DIFFERENT, |_| |left: ErrorKind, right: ErrorKind| left != right);
    r.function(&TEXT, |_| |kind: &mut ErrorKind| kind.to_string());
}

#[cfg(test)]
mod tests {
    use crate::{Host, Registrar};
    use rex_cedar_auth::{Gate, Policies};
    use rex_logger::{Level, Logger, Syslog};
    use rhai::Engine;
    use std::rc::Rc;

    #[test]
    fn kinds_of_all_modules_compare_and_show_their_word() {
        let gate = Gate::new(Policies::load("none", "").unwrap(), "nobody");
        let mut registrar = Registrar::new(Host::new(gate, Rc::new(Logger::new(Level::Info, Syslog::Off))));
        registrar.error_kinds("AKind", "A kind.", ["Other", "Lost"]);
        registrar.error_kinds("BKind", "A kind.", ["Other"]);
        let mut engine = Engine::new();
        let (listed, _) = registrar.finish(&mut engine);
        assert_eq!(listed.iter().filter(|function| function.name == "==").count(), 1);
        for truth in [
            "AKind::Other == AKind::Other",
            "!(AKind::Other == AKind::Lost)",
            "!(AKind::Other == BKind::Other)",
            "AKind::Other != AKind::Lost",
            "AKind::Other != BKind::Other",
            "!(AKind::Other != AKind::Other)",
            r#"!(AKind::Other == "Other")"#,
            r#"AKind::Lost.to_string() == "Lost""#,
        ] {
            assert!(engine.eval_expression::<bool>(truth).unwrap(), "{truth}");
        }
    }
}
