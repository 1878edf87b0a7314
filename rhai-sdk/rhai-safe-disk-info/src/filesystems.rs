//! `df()`, and `Filesystems` with its options.

use crate::error::{Failure, as_text};
use crate::needs::{EVERYWHERE, FILESYSTEMS, PROC, TABLES};
use crate::values::{getter, map, record, tell_skipped};
use rex_runner_registrar_utils::{Call, Entry, Example, Function, Registrar};
use rhai::{Array, Dynamic, Map};
use rust_safe_disk_info::{Error, FilesystemOptions, IoStatOptions, Result, Skipped, Survey, Why, filesystems, iostat};

/// Options, ready to be used as often as wanted.
#[derive(Debug, Clone)]
struct Filesystems(FilesystemOptions);

static DF: Function = Function {
    name: "df",
    doc: "Returns the mounted file systems with their figures, without those that hold nothing to be filled. A file system that policy forbids \
          to look at, that does not answer within 2 seconds or of which the system refuses to tell is left out and named in the log. \
          Errors are thrown as texts.",
    needs: FILESYSTEMS,
    examples: &[Example {
        title: "Is the root file system full?",
        script: r#"df().some(|f| f.mounted_on == "/" && f.used_percent <= 100.0)"#,
        places: EVERYWHERE,
        ..Example::BASE
    }],
    ..Function::BASE
};

static NEW: Function = Function {
    name: "Filesystems",
    params: &["options"],
    doc: "Makes a handle that lists file systems by `options`. Nothing is touched yet.",
    examples: &[Example {
        title: "One handle, several listings",
        script: "let fs = Filesystems(FilesystemOptions().targets([dir]).build()); fs.filesystems().len() == fs.filesystems().len() && fs.filesystems().len() == 1",
        places: EVERYWHERE,
        around: FILESYSTEMS,
        ..Example::BASE
    }],
    ..Function::BASE
};

static LIST: Function = Function {
    name: "filesystems",
    params: &["self"],
    doc: "Returns the file systems that the options ask for, with their figures. What is left out is named in the log; see `survey()`.",
    needs: FILESYSTEMS,
    examples: &[Example {
        title: "The file system that holds a directory",
        script: "Filesystems(FilesystemOptions().targets([dir]).build()).filesystems().some(|f| f.size >= f.block_available)",
        places: EVERYWHERE,
        ..Example::BASE
    }],
    ..Function::METHOD
};

static SURVEY: Function = Function {
    name: "survey",
    params: &["self"],
    doc: "As `filesystems()`, and tells what was left out and why.",
    needs: FILESYSTEMS,
    examples: &[Example {
        title: "Was all seen?",
        script: "let s = Filesystems(FilesystemOptions().targets([dir]).build()).survey(); s.filesystems.len() == 1 && s.skipped.is_empty()",
        places: EVERYWHERE,
        ..Example::BASE
    }],
    ..Function::METHOD
};

static IOSTAT: Function = Function {
    name: "iostat",
    params: &["self"],
    doc: "Tells what the processors and all block devices did since the boot, as the function `iostat()` does. The options do not matter.",
    needs: TABLES,
    examples: &[Example {
        title: "Processors were idle sometimes",
        script: "Filesystems(FilesystemOptions().build()).iostat().cpu_stats.idle_percent <= 100.0",
        places: PROC,
        ..Example::BASE
    }],
    ..Function::METHOD
};

static IOSTAT_WITH: Function = Function {
    name: "iostat",
    params: &["self", "options"],
    doc: "Tells what the processors and block devices did, as the function `iostat(options)` does.",
    needs: TABLES,
    examples: &[Example {
        title: "For a tenth of a second",
        script: "Filesystems(FilesystemOptions().build()).iostat(IoStatOptions().interval_ms(100).build()).seconds >= 0.1",
        places: PROC,
        ..Example::BASE
    }],
    ..Function::METHOD
};

const SURVEYED: &[Example] = &[Example {
    title: "File systems and what is missing",
    script: "let s = Filesystems(FilesystemOptions().targets([dir]).build()).survey(); s.to_map().filesystems.len() == 1 && s.skipped == []",
    places: EVERYWHERE,
    around: FILESYSTEMS,
    ..Example::BASE
}];

static FOUND: Function = Function {
    examples: SURVEYED,
    ..getter("filesystems", "The file systems, in the order in which they were mounted.")
};
static MISSING: Function = Function {
    examples: SURVEYED,
    ..getter(
        "skipped",
        "What was left out: an array of maps of `mounted_on`, `why` (`denied` by policy, `silent` without an answer in time, or `failed`) and \
         `reason`, in words.",
    )
};
static TO_MAP: Function = Function {
    name: "to_map",
    params: &["self"],
    doc: "A map of `filesystems`, an array of maps, and `skipped`.",
    examples: SURVEYED,
    ..Function::METHOD
};

pub(crate) fn register(r: &mut Registrar) {
    r.function(&DF, |entry| {
        move |call: Call<'_>| {
            entry.run(&call, |gate| {
                let survey = filesystems(gate, &FilesystemOptions::default());
                listed(&entry, "df", survey).map_err(as_text)
            })
        }
    });
    r.type_name::<Filesystems>("Filesystems");
    r.function(&NEW, |_| |options: FilesystemOptions| Filesystems(options));
    r.function(&LIST, |entry| {
        move |call: Call<'_>, of: &mut Filesystems| {
            entry.run(&call, |gate| listed(&entry, "filesystems", filesystems(gate, &of.0)).map_err(Failure::from))
        }
    });
    r.function(&SURVEY, |entry| {
        move |call: Call<'_>, of: &mut Filesystems| {
            entry.run(&call, |gate| {
                let survey = filesystems(gate, &of.0)?;
                tell_skipped(entry.log(), "survey", &survey.skipped);
                Ok::<_, Failure>(survey)
            })
        }
    });
    r.function(&IOSTAT, |entry| {
        move |call: Call<'_>, _: &mut Filesystems| {
            entry.run(&call, |gate| iostat(gate, &IoStatOptions::default()).map_err(Failure::from))
        }
    });
    r.function(&IOSTAT_WITH, |entry| {
        move |call: Call<'_>, _: &mut Filesystems, options: IoStatOptions| {
            entry.run(&call, |gate| iostat(gate, &options).map_err(Failure::from))
        }
    });
    record(r, "FilesystemSurvey", &TO_MAP, |survey: &Survey| {
        let found: Array = survey.filesystems.iter().map(|found| crate::filesystem::to_map(found).into()).collect();
        map([("filesystems", found.into()), ("skipped", skipped(survey).into())])
    });
    r.function(&FOUND, |_| |survey: &mut Survey| -> Array { as_array(survey.filesystems.clone()) });
    r.function(&MISSING, |_| |survey: &mut Survey| skipped(survey));
}

fn listed(entry: &Entry, command: &str, survey: Result<Survey>) -> std::result::Result<Array, Error> {
    let survey = survey?;
    tell_skipped(entry.log(), command, &survey.skipped);
    Ok(as_array(survey.filesystems))
}

fn as_array<T: Clone + 'static>(values: Vec<T>) -> Array {
    values.into_iter().map(Dynamic::from).collect()
}

fn skipped(survey: &Survey) -> Array {
    let one = |Skipped { name, why, reason }: &Skipped| -> Map {
        let why = match why {
            Why::Denied => "denied",
            Why::Silent => "silent",
            Why::Failed => "failed",
        };
        map([("mounted_on", name.clone().into()), ("why", why.into()), ("reason", reason.clone().into())])
    };
    survey.skipped.iter().map(|skipped| one(skipped).into()).collect()
}
