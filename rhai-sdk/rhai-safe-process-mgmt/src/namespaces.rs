//! `nsenter`: running a callback in other namespaces.

use crate::error::{Failure, SOURCE};
use crate::manager::ProcessManager;
use crate::needs::{MOUNT_NAMESPACE, NAMED_NETWORK, NETWORK_NAMESPACE, OPEN_DIR, OPEN_FILE, PID_NAMESPACE};
use rex_runner_registrar_utils::builder::{constructor, number, options, set, set_checked, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, ScriptError};
use rhai::{Dynamic, FnPtr};
use rust_safe_process_mgmt::{NamespaceOptions, nsenter};

static OPTIONS: Function = constructor(
    "NamespaceOptions",
    "Begins the options for entering namespaces: those of a process, or a network namespace by its name.",
    &[Example {
        title: "The mount namespace of a process",
        script: r#"type_of(NamespaceOptions().pid(1).mount(true).build()) == "NamespaceOptions""#,
        ..Example::BASE
    }],
);
static MOUNT: Function = setter("mount", "Enter the mount namespace of the process.");
static NET: Function =
    setter("net", "Enter the network namespace of the process, or that of the name, which needs no saying.");
static PID_NS: Function = setter(
    "pid_ns",
    "Enter the pid namespace of the process: programs that the callback starts are processes in it. The run itself stays what it is.",
);
static PID: Function = setter("pid", "The process whose namespaces are entered.");
static NAME: Function =
    setter("net_ns_name", "The name of a network namespace, as `ip netns` knows it: a file in `/run/netns`.");

static NSENTER: Function = Function {
    name: "nsenter",
    params: &["self", "options", "callback"],
    doc: "Calls `callback` in the namespaces that the options name and returns what it returns. Whatever comes of the callback, the run comes back to its own \
          namespaces, root and working directory; where that fails, the run ends. The callback may call any function; each is judged as ever. For functions on \
          processes it takes a `ProcessManager()` of its own: a script cannot use a value within a function that is being called on it. \
          In another mount namespace every path is what it is there, and policies judge it by how it reads there: `/etc/passwd` is the file that a \
          process within finds at this path, not the host's. So `mount_namespace` should be permitted only for processes whose file systems may be \
          judged by the same paths as the host's. Handles keep what they were opened on, and their path, in and out. Processes, their users and the redaction \
          dictionary are the host's everywhere; names of users and groups of files are not looked up within: numbers are told, and names are refused. An error in the callback is \
          thrown as `CallbackExecutionError`; what was thrown inside is its `cause`, so that `e.cause.kind` tells what went wrong.",
    needs: &[MOUNT_NAMESPACE, NETWORK_NAMESPACE, PID_NAMESPACE, NAMED_NETWORK, OPEN_DIR, OPEN_FILE],
    examples: &[
        Example {
            title: "All namespaces of a process, where the system lets us",
            script: r#"let options = NamespaceOptions().pid(1).mount(true).net(true).pid_ns(true).build(); let told = "";
                try { told = ProcessManager().nsenter(options, || "inside"); } catch (e) { told = e.kind.to_string(); }
                told == "inside" || told == "NamespaceOperationError""#,
            ..Example::BASE
        },
        Example {
            title: "A name that is not there",
            script: r#"let options = NamespaceOptions().net_ns_name("rex-no-such-name").build(); let told = "";
                try { ProcessManager().nsenter(options, || "inside"); } catch (e) { told = e.kind.to_string(); }
                told == "NamespaceOperationError""#,
            places: &["/run/netns"],
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};

pub(crate) fn register(r: &mut Registrar) {
    options::<NamespaceOptions>(r, "NamespaceOptions", "NamespaceOptionsBuilder", &OPTIONS, |_| Ok(()));
    set(r, &MOUNT, |options: &mut NamespaceOptions, value: bool| options.mount = value);
    set(r, &NET, |options: &mut NamespaceOptions, value: bool| options.net = value);
    set(r, &PID_NS, |options: &mut NamespaceOptions, value: bool| options.pid_ns = value);
    set_checked(r, &PID, |options: &mut NamespaceOptions, pid: i64| {
        options.pid = Some(number("pid", pid)?);
        Ok(())
    });
    set(r, &NAME, |options: &mut NamespaceOptions, name: String| options.net_ns_name = Some(name));
    r.function(&NSENTER, |entry| {
        move |call: Call<'_>, _: &mut ProcessManager, options: NamespaceOptions, callback: FnPtr| {
            entry.run(&call, |gate| {
                options.check()?;
                // Another mount namespace could show it another daemon.
                entry.log().connect();
                let returned = nsenter(gate, &options, || callback.call_within_context::<Dynamic>(&call, ()))?;
                returned.map_err(|error| {
                    let words = "Callback execution failed";
                    Failure::from(ScriptError::callback_as(SOURCE, "CallbackExecutionError", words, error))
                })
            })
        }
    });
}
