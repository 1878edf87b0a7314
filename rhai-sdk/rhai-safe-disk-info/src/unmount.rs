//! `unmount`: takes a mount away.

use crate::error::Failure;
use crate::needs::UNMOUNT_DIR;
use rex_runner_registrar_utils::builder::{constructor, options, set, set_checked, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rust_safe_disk_info::{Absolute, UnmountOptions, unmount};

/// Options while they are put together, or built: then the path is there.
#[derive(Debug, Clone, Default)]
struct Unmount {
    path: Option<Absolute>,
    lazy: bool,
    force: bool,
}

const fn refused(title: &'static str, script: &'static str) -> Example {
    Example { title, script, files: &[("m/", "")], around: &[UNMOUNT_DIR], ..Example::BASE }
}

static UNMOUNT: Function = Function {
    name: "unmount",
    params: &["options"],
    doc: "Unmounts what is mounted on top at a path. A link in the directory part is followed, and where it leads is judged; a link as the last \
          part is never followed. It takes root, or CAP_SYS_ADMIN. Errors are of kind `NotMounted`, `Busy`, `NotFound`, `InvalidPath` or \
          `NixError`.",
    needs: &[UNMOUNT_DIR],
    examples: &[Example {
        around: &[],
        ..refused(
            "Nothing is mounted there",
            r#"let kind = (); try { unmount(UnmountOptions().path(dir + "/m").build()); } catch (error) { kind = error.kind; } kind == DiskinfoErrorKind::NotMounted || kind == DiskinfoErrorKind::NixError"#,
        )
    }],
    ..Function::BASE
};

static OPTIONS: Function = constructor(
    "UnmountOptions",
    "Begins options for `unmount`.",
    &[Example {
        title: "A path is needed",
        script: r#"let told = ""; try { UnmountOptions().build(); } catch (error) { told = error; } told == "`path` must be initialized""#,
        ..Example::BASE
    }],
);
static PATH: Function = Function {
    examples: &[Example {
        title: "Only absolute paths",
        script: r#"let told = ""; try { UnmountOptions().path("mnt"); } catch (error) { told = error; } told.starts_with("Invalid filesystem path: ")"#,
        ..Example::BASE
    }],
    ..setter("path", "The absolute path of the mount point.")
};
static LAZY: Function = Function {
    examples: &[refused(
        "Still nothing is mounted there",
        r#"let failed = false; try { unmount(UnmountOptions().path(dir + "/m").lazy(true).build()); } catch (error) { failed = error.kind != DiskinfoErrorKind::PermissionDenied; } failed"#,
    )],
    ..setter(
        "lazy",
        "Takes the mount out of the tree at once, even if somebody uses it, and cleans up when nobody does any more.",
    )
};
static FORCE: Function = Function {
    examples: &[refused(
        "Still nothing is mounted there",
        r#"let failed = false; try { unmount(UnmountOptions().path(dir + "/m").force(true).build()); } catch (error) { failed = error.kind != DiskinfoErrorKind::PermissionDenied; } failed"#,
    )],
    ..setter(
        "force",
        "Unmounts a network file system whose server does not answer. What was not written there is lost.",
    )
};

pub(crate) fn register(r: &mut Registrar) {
    options::<Unmount>(r, "UnmountOptions", "UnmountOptionsBuilder", &OPTIONS, |of| match of.path {
        Some(_) => Ok(()),
        None => Err("`path` must be initialized".to_owned()),
    });
    set_checked(r, &PATH, |of: &mut Unmount, value: String| {
        of.path = Some(Absolute::parse(&value).map_err(|error| error.to_string())?);
        Ok(())
    });
    set(r, &LAZY, |of: &mut Unmount, value: bool| of.lazy = value);
    set(r, &FORCE, |of: &mut Unmount, value: bool| of.force = value);
    r.function(&UNMOUNT, |entry| {
        move |call: Call<'_>, of: Unmount| {
            entry.run(&call, |gate| match of.path {
                Some(path) => {
                    unmount(gate, &UnmountOptions { path, lazy: of.lazy, force: of.force }).map_err(Failure::from)
                }
                None => Ok(()),
            })
        }
    });
}
