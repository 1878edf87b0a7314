//! The `SELinux` label of files: `set_extended_attr`, `get_extended_attr`.

use crate::error::Failure;
use crate::needs::{OPEN_DIR, OPEN_FILE, SET_XATTR_FILE, STAT_FILE};
use rex_runner_registrar_utils::builder::{constructor, options, set, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::{Dynamic, ImmutableString};
use rust_safe_io::{FileHandle, LabelOptions};

static OPTIONS: Function = constructor(
    "SetXAttrOptions",
    "Begins the parts of a label that shall change. What is not set stays.",
    &[Example {
        title: "A name is required",
        script: r#"let said = ""; try { SetXAttrOptions().build(); } catch (e) { said = e; } said == "`name` must be initialized""#,
        ..Example::BASE
    }],
);
static NAME: Function = setter("name", "The name of the extended attribute: `security.selinux`.");
static TYPE: Function = setter("selinux_type", "The type in the label.");
static USER: Function = setter("selinux_user", "The user in the label.");
static ROLE: Function = setter("selinux_role", "The role in the label.");
static LEVEL: Function = setter("selinux_level", "The level in the label, with categories or without: `s0:c1,c2`.");

static SET: Function = Function {
    name: "set_extended_attr",
    params: &["self", "options"],
    doc: "Changes parts of the `security.selinux` label of the file. No other attribute can be set.",
    needs: &[SET_XATTR_FILE],
    examples: &[Example {
        title: "No other attribute can be set",
        files: &[("a.txt", "")],
        script: with_file!(
            r#"let refused = false; try { f.set_extended_attr(SetXAttrOptions().name("user.comment").build()); } catch (e) { refused = e.kind == IoErrorKind::UnsupportedOperationError; } refused"#
        ),
        around: &[OPEN_DIR, OPEN_FILE],
        ..Example::BASE
    }],
    ..Function::METHOD
};

static GET: Function = Function {
    name: "get_extended_attr",
    params: &["self", "name"],
    doc: "Returns the text of the extended attribute `name` of the file, of which only `security.selinux` can be had; `()` where it has none.",
    needs: &[STAT_FILE],
    examples: &[Example {
        title: "The label of a file",
        files: &[("a.txt", "")],
        script: with_file!(
            r#"let label = f.get_extended_attr("security.selinux"); type_of(label) == "()" || label.split(":").len() > 2"#
        ),
        around: &[OPEN_DIR, OPEN_FILE],
        ..Example::BASE
    }],
    ..Function::METHOD
};

pub(super) fn register(r: &mut Registrar) {
    options::<LabelOptions>(r, "SetXAttrOptions", "SetXAttrOptionsBuilder", &OPTIONS, |options| {
        if options.name.is_empty() { Err("`name` must be initialized".to_owned()) } else { Ok(()) }
    });
    set(r, &NAME, |options: &mut LabelOptions, value: ImmutableString| options.name = value.into());
    set(r, &TYPE, |options: &mut LabelOptions, value: ImmutableString| options.label_type = Some(value.into()));
    set(r, &USER, |options: &mut LabelOptions, value: ImmutableString| options.user = Some(value.into()));
    set(r, &ROLE, |options: &mut LabelOptions, value: ImmutableString| options.role = Some(value.into()));
    set(r, &LEVEL, |options: &mut LabelOptions, value: ImmutableString| options.level = Some(value.into()));
    r.function(&SET, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, options: LabelOptions| {
            entry.run(&call, |gate| file.set_extended_attr(gate, &options).map_err(Failure::from))
        }
    });
    r.function(&GET, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, name: &str| {
            entry.run(&call, |gate| {
                let text = file.extended_attr(gate, name)?;
                Ok::<Dynamic, Failure>(text.map_or(Dynamic::UNIT, Dynamic::from))
            })
        }
    });
}
