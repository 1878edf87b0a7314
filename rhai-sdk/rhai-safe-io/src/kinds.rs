//! The constants that scripts compare error kinds and entry types with.

use crate::error::SOURCE;
use rex_runner_registrar_utils::{ErrorKind, Example, Form, Function, Registrar};
use rust_safe_io::{EntryType, Error};

static KIND_EQUAL: Function = Function {
    name: "==",
    doc: "Whether two error kinds are the same.",
    examples: &[Example {
        title: "Tell kinds apart",
        script: "IoErrorKind::NotFound == IoErrorKind::NotFound && !(IoErrorKind::NotFound == IoErrorKind::Utf8Error)",
        ..Example::BASE
    }],
    ..Function::OPERATOR
};

static KIND_DIFFERENT: Function = Function {
    name: "!=",
    doc: "Whether two error kinds differ.",
    examples: &[Example {
        title: "Tell kinds apart",
        script: "IoErrorKind::NotFound != IoErrorKind::Utf8Error",
        ..Example::BASE
    }],
    ..Function::OPERATOR
};

static KIND_TEXT: Function = Function {
    name: "to_string",
    params: &["self"],
    doc: "The word for an error kind.",
    examples: &[Example {
        title: "Show what went wrong",
        script: r#"IoErrorKind::NotFound.to_string() == "NotFound""#,
        ..Example::BASE
    }],
    form: Form::Method,
    ..Function::BASE
};

static TYPE_EQUAL: Function = Function {
    name: "==",
    doc: "Whether two entry types are the same.",
    examples: &[Example { title: "Tell types apart", script: "EntryType::FILE == EntryType::FILE", ..Example::BASE }],
    ..Function::OPERATOR
};

static TYPE_DIFFERENT: Function = Function {
    name: "!=",
    doc: "Whether two entry types differ.",
    examples: &[Example { title: "Tell types apart", script: "EntryType::FILE != EntryType::DIR", ..Example::BASE }],
    ..Function::OPERATOR
};

static TYPE_TEXT: Function = Function {
    name: "to_string",
    params: &["self"],
    doc: "The word for an entry type: `File`, `Dir`, `Symlink`, `Unknown`, `Fifo`, `Socket`, `CharDevice` or `BlockDevice`.",
    examples: &[Example {
        title: "Show a type",
        script: r#"EntryType::CHAR_DEVICE.to_string() == "CharDevice""#,
        ..Example::BASE
    }],
    ..Function::METHOD
};

pub(crate) fn register(r: &mut Registrar) {
    r.type_name::<ErrorKind>(SOURCE);
    for kind in Error::kinds() {
        r.constant(SOURCE, kind, "A kind of file error.", ErrorKind::new(SOURCE, kind));
    }
    r.function(&KIND_EQUAL, |_| |left: ErrorKind, right: ErrorKind| left == right);
    r.function(&KIND_DIFFERENT, |_| |left: ErrorKind, right: ErrorKind| left != right);
    r.function(&KIND_TEXT, |_| |kind: &mut ErrorKind| kind.to_string());

    r.type_name::<EntryType>("EntryType");
    for entry_type in EntryType::ALL {
        let (name, doc) = match entry_type {
            EntryType::File => ("FILE", "A regular file."),
            EntryType::Dir => ("DIR", "A directory."),
            EntryType::Symlink => ("SYMLINK", "A symbolic link."),
            EntryType::Unknown => ("UNKNOWN", "The file system does not say."),
            EntryType::Fifo => ("FIFO", "A FIFO."),
            EntryType::Socket => ("SOCKET", "A Unix-domain socket."),
            EntryType::CharDevice => ("CHAR_DEVICE", "A character device."),
            EntryType::BlockDevice => ("BLOCK_DEVICE", "A block device."),
        };
        r.constant("EntryType", name, doc, entry_type);
    }
    r.function(&TYPE_EQUAL, |_| |left: EntryType, right: EntryType| left == right);
    r.function(&TYPE_DIFFERENT, |_| |left: EntryType, right: EntryType| left != right);
    r.function(&TYPE_TEXT, |_| |entry_type: &mut EntryType| entry_type.to_string());
}
