//! `format_bytes`: numbers of bytes in larger units.

use rex_runner_registrar_utils::{Example, Function, Registrar};
use rust_safe_disk_info::{Unit, format_bytes, human_bytes};

static FORMAT: Function = Function {
    name: "format_bytes",
    params: &["size", "unit"],
    doc: "How many whole `unit`s `size` bytes are. The rest is cut off.",
    examples: &[Example {
        title: "In MiB",
        script: "format_bytes(5 * 1048576 + 1, Unit::MEGABYTES) == 5 && format_bytes(1023, Unit::KILOBYTES) == 0",
        ..Example::BASE
    }],
    ..Function::BASE
};

static HUMAN: Function = Function {
    name: "format_bytes",
    params: &["size"],
    doc: "`size` bytes as text for people, with one digit after the point, which is cut off and not rounded.",
    examples: &[Example {
        title: "For a message",
        script: r#"format_bytes(1536) == "1.5 KiB" && format_bytes(7) == "7 B""#,
        ..Example::BASE
    }],
    ..Function::BASE
};

pub(crate) fn register(r: &mut Registrar) {
    r.type_name::<Unit>("Unit");
    for (name, doc, unit) in [
        ("BYTES", "One byte.", Unit::Bytes),
        ("KILOBYTES", "1024 bytes.", Unit::Kilobytes),
        ("MEGABYTES", "1024 KILOBYTES.", Unit::Megabytes),
        ("GIGABYTES", "1024 MEGABYTES.", Unit::Gigabytes),
        ("TERABYTES", "1024 GIGABYTES.", Unit::Terabytes),
    ] {
        r.constant("Unit", name, doc, unit);
    }
    r.function(&FORMAT, |_| |size: i64, unit: Unit| format_bytes(size, unit));
    r.function(&HUMAN, |_| |size: i64| human_bytes(size));
}
