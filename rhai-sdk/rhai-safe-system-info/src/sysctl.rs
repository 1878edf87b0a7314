//! Kernel parameters: `SysctlManager`, `sysctl_read`, `sysctl_write`, `sysctl_find`.

use crate::error::{Failure, Words, of_files};
use crate::needs::{LOAD, OPEN_DIR, OPEN_FILE, READ_DIR, READ_FILE, WRITE_FILE, reads};
use crate::record::{Record, map, register as record};
use rex_cedar_auth::Need;
use rex_logger::{Level, Logger};
use rex_runner_registrar_utils::{Call, Entry, Example, Function, Registrar};
use rhai::{Array, Dynamic, Map};
use rust_safe_system_info::sysctl::{LeftOut, Parameter, Parameters, Written, find, load, read, write};

/// Access to kernel parameters. It holds nothing: each call is judged anew, and no privilege is raised.
#[derive(Debug, Clone, Copy)]
struct Manager;

const READING: &[Need] = &[OPEN_DIR, OPEN_FILE, READ_FILE];
const WRITING: &[Need] = &[OPEN_DIR, OPEN_FILE, WRITE_FILE];
const FINDING: &[Need] = &[OPEN_DIR, READ_DIR, OPEN_FILE, READ_FILE];

/// How a key is written, for docs.
macro_rules! key_doc {
    ($what:literal) => {
        concat!(
            $what,
            " A key is parted by dots, as in `kernel.hostname`, or by slashes; where the first of them is a slash, dots are dots: \
             `net/ipv4/conf/eth0.100/rp_filter`. Any other spelling is an error."
        )
    };
}

static READ: Function = Function {
    name: "sysctl_read",
    params: &["key"],
    doc: key_doc!(
        "Returns the value of the kernel parameter `key`, without blanks around it. It is judged as the file below `/proc/sys`."
    ),
    needs: READING,
    examples: &[reads("Two spellings", "sysctl_read(\"kernel.ostype\") == sysctl_read(\"kernel/ostype\")")],
    ..Function::BASE
};
static FIND: Function = Function {
    name: "sysctl_find",
    params: &["pattern"],
    doc: "Returns the kernel parameters whose path below `/proc/sys` or whose key the regular expression `pattern` matches somewhere, as maps with the keys \
          `key` and `value`, in the order of their keys. What may not be read is left out, and the log tells how much. Files that do something when they are read \
          are passed over.",
    needs: FINDING,
    examples: &[reads(
        "By a part of the key",
        "sysctl_find(\"^kernel\\\\.os\").map(|p| p.key) == [\"kernel.osrelease\", \"kernel.ostype\"]",
    )],
    ..Function::BASE
};
static WRITE: Function = Function {
    name: "sysctl_write",
    params: &["key", "value"],
    doc: key_doc!(
        "Sets the kernel parameter `key` to `value` and looks whether the kernel took it: a value that it took in part, or made another of, is an error. It is judged as the \
         file below `/proc/sys`; the account of the run must be able to write that."
    ),
    needs: WRITING,
    examples: &[Example {
        around: READING,
        ..reads(
            "Set it to what it is",
            "let name = sysctl_read(\"kernel.domainname\"); sysctl_write(\"kernel.domainname\", name); sysctl_read(\"kernel.domainname\") == name",
        )
    }],
    ..Function::BASE
};
static WRITE_NUMBER: Function = Function {
    name: "sysctl_write",
    params: &["key", "value"],
    doc: "As the other form, for a whole number.",
    needs: WRITING,
    examples: &[Example {
        around: READING,
        ..reads(
            "Set a number",
            "let key = \"net.ipv4.conf.lo.rp_filter\"; sysctl_write(key, 0); sysctl_read(key) == \"0\"",
        )
    }],
    ..Function::BASE
};
static NEW: Function = Function {
    name: "SysctlManager",
    doc: "Returns a value for work with kernel parameters. Nothing is asked or opened yet, and no privilege is raised.",
    ..Function::BASE
};
static METHOD_READ: Function = Function {
    name: "read",
    params: &["self", "key"],
    doc: key_doc!("Returns the value of a kernel parameter as `sysctl_read` does; errors are maps."),
    needs: READING,
    examples: &[
        reads("Which system", "SysctlManager().read(\"kernel.ostype\") == \"Linux\""),
        reads(
            "What is not there",
            "let kind = (); try { SysctlManager().read(\"kernel.no_such_key\"); } catch (e) { kind = e.kind; if e.message.contains(\"unauthorized\") { throw e; } } kind == SysteminfoErrorKind::Other",
        ),
    ],
    ..Function::METHOD
};
static METHOD_WRITE: Function = Function {
    name: "write",
    params: &["self", "key", "value"],
    doc: key_doc!(
        "Sets a kernel parameter as `sysctl_write` does; errors are maps: of kind `InvalidParameter` for one that is not there, `InvalidValue` for a value that the kernel did not \
         take as it is, `PrivilegeError` where the account of the run may not set it."
    ),
    needs: WRITING,
    examples: &[reads(
        "A value that is none",
        "let kind = (); try { SysctlManager().write(\"net.ipv4.conf.lo.rp_filter\", \"none\"); } catch (e) { kind = e.kind; if e.message.contains(\"unauthorized\") { throw e; } } kind == SysteminfoErrorKind::InvalidValue",
    )],
    ..Function::METHOD
};
static METHOD_WRITE_NUMBER: Function = Function {
    name: "write",
    params: &["self", "key", "value"],
    doc: "As the other form, for a whole number.",
    needs: WRITING,
    examples: &[reads("Set a number", "SysctlManager().write(\"net.ipv4.conf.lo.rp_filter\", 0) == ()")],
    ..Function::METHOD
};
static METHOD_FIND: Function = Function {
    name: "find",
    params: &["self", "pattern"],
    doc: "Returns kernel parameters as `sysctl_find` does, each with the properties `key` and `value`; errors are maps.",
    needs: FINDING,
    examples: &[reads(
        "By the path",
        "let found = SysctlManager().find(\"kernel/ostype$\"); found.len() == 1 && found[0].value == \"Linux\"",
    )],
    ..Function::METHOD
};
static METHOD_LOAD: Function = Function {
    name: "load_system",
    params: &["self"],
    doc: "Sets the kernel parameters as the configuration of the host says: the files `*.conf` of `/etc/sysctl.d`, `/run/sysctl.d`, `/usr/local/lib/sysctl.d` and `/usr/lib/sysctl.d`, \
          then `/etc/sysctl.conf` (sysctl.d(5)). No program is run. Each file is judged and each parameter that is set, all before the first is. Parameters that \
          this kernel does not have are left out, and the log names them; what else cannot be set is an error of kind `IoError` when the rest is.",
    needs: &[LOAD, OPEN_DIR, READ_DIR, OPEN_FILE, READ_FILE, WRITE_FILE],
    examples: &[Example {
        title: "After the configuration was changed",
        script: "SysctlManager().load_system() == ()",
        places: &["/etc", "/run", "/usr", "/proc"],
        ..Example::BASE
    }],
    ..Function::METHOD
};

impl Record for Parameter {
    fn map(&self) -> Map {
        map([("key", self.key.clone().into()), ("value", self.value.clone().into())])
    }

    fn text(&self) -> String {
        format!("{} = {}", self.key, self.value)
    }
}

const PARAMETER: &[Example] = &[Example {
    around: FINDING,
    ..reads(
        "Key and value",
        "let p = SysctlManager().find(\"^kernel\\\\.ostype$\")[0]; p.key + \"=\" + p.value == \"kernel.ostype=Linux\"",
    )
}];

/// Tells the log that something is missing in a result, in one line.
fn tell(log: &Logger, function: &str, left_out: &[LeftOut]) {
    let Some(first) = left_out.first() else { return };
    let more = if left_out.len() > 1 { format!(", and {} more", left_out.len() - 1) } else { String::new() };
    log.function(Level::Warn, &format!("{function}: left out {}: {}{more}", first.name, first.reason));
}

/// Tells the log what the kernel made of a value.
fn tell_written(log: &Logger, key: &str, written: Written) {
    let text = match written {
        Written::Verified => return,
        Written::Unseen => "its value cannot be read, so that nobody knows whether the kernel took it",
        Written::ShownOtherwise => "the kernel shows its value in other words than it was given",
    };
    log.function(Level::Warn, &format!("sysctl: {key}: {text}"));
}

fn found(entry: &Entry, parameters: Parameters) -> Vec<Parameter> {
    tell(entry.log(), "sysctl_find", &parameters.left_out);
    parameters.found
}

pub(crate) fn register(r: &mut Registrar) {
    r.type_name::<Manager>("SysctlManager");
    r.function(&READ, |entry| {
        move |call: Call<'_>, key: &str| entry.run(&call, |gate| read(gate, key).map_err(Words::from))
    });
    r.function(&FIND, |entry| {
        move |call: Call<'_>, pattern: &str| {
            entry.run(&call, |gate| -> Result<Array, Words> {
                Ok(found(&entry, find(gate, pattern)?).iter().map(|one| Dynamic::from(one.map())).collect())
            })
        }
    });
    r.function(&WRITE, |entry| {
        move |call: Call<'_>, key: &str, value: &str| {
            entry.run(&call, |gate| -> Result<(), Words> {
                tell_written(entry.log(), key, write(gate, key, value)?);
                Ok(())
            })
        }
    });
    r.function(&WRITE_NUMBER, |entry| {
        move |call: Call<'_>, key: &str, value: i64| {
            entry.run(&call, |gate| -> Result<(), Words> {
                tell_written(entry.log(), key, write(gate, key, &value.to_string())?);
                Ok(())
            })
        }
    });
    r.function(&NEW, |_| || Manager);
    r.function(&METHOD_READ, |entry| {
        move |call: Call<'_>, _: &mut Manager, key: &str| entry.run(&call, |gate| read(gate, key).map_err(of_files))
    });
    r.function(&METHOD_WRITE, |entry| {
        move |call: Call<'_>, _: &mut Manager, key: &str, value: &str| {
            entry.run(&call, |gate| -> Result<(), Failure> {
                tell_written(entry.log(), key, write(gate, key, value).map_err(of_files)?);
                Ok(())
            })
        }
    });
    r.function(&METHOD_WRITE_NUMBER, |entry| {
        move |call: Call<'_>, _: &mut Manager, key: &str, value: i64| {
            entry.run(&call, |gate| -> Result<(), Failure> {
                tell_written(entry.log(), key, write(gate, key, &value.to_string()).map_err(of_files)?);
                Ok(())
            })
        }
    });
    r.function(&METHOD_FIND, |entry| {
        move |call: Call<'_>, _: &mut Manager, pattern: &str| {
            entry.run(&call, |gate| -> Result<Array, Failure> {
                let parameters = find(gate, pattern).map_err(of_files)?;
                Ok(crate::record::array(found(&entry, parameters)))
            })
        }
    });
    r.function(&METHOD_LOAD, |entry| {
        move |call: Call<'_>, _: &mut Manager| {
            entry.run(&call, |gate| -> Result<(), Failure> {
                let loaded = load(gate).map_err(of_files)?;
                for left_out in &loaded.left_out {
                    tell(entry.log(), "load_system", std::slice::from_ref(left_out));
                }
                Ok(())
            })
        }
    });
    record::<Parameter>(r, "SysctlEntry");
    getters! { r, Parameter, PARAMETER,
        "key" "The key, parted by dots; a dot in a name is a slash." |p| p.key.clone();
        "value" "The value, without blanks around it." |p| p.value.clone();
    }
}
