//! The constants that scripts compare error kinds and entry types with.

use crate::error::SOURCE;
use rex_runner_registrar_utils::{Example, Function, Registrar};
use rust_safe_io::{EntryType, Error};

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
    r.error_kinds(SOURCE, "A kind of file error.", Error::kinds());

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
