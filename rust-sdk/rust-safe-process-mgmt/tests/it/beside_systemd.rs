//! A real systemd for the tests of units and the journal, and what they share.

use rex_cedar_auth::Gate;
use rex_test_utils::ServiceManager;
use std::process::Command;
use std::sync::OnceLock;

const LONG: &str = "0123456789 a long line that journald packs ";

/// Units that run for long, that fail, that take their time, that have aliases, and so on. Each test has its own.
fn units() -> Vec<(&'static str, String)> {
    let sleeps = |more: &str| format!("{more}\n[Service]\nExecStart=/bin/sleep 1000\n");
    let installed = |more: &str| format!("{}\n[Install]\nWantedBy=multi-user.target\n{more}\n", sleeps(""));
    let mut units = vec![
        ("failing.service", "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo cannot go on; exit 3'\n".to_owned()),
        ("slow.service", "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sleep 1\n".to_owned()),
        ("endless.service", "[Service]\nType=oneshot\nExecStart=/bin/sleep 1000\n".to_owned()),
        ("needy.service", sleeps("[Unit]\nRequires=failing.service\nAfter=failing.service\n")),
        ("condition.service", sleeps("[Unit]\nConditionPathExists=/nowhere\n")),
        (
            "described.service",
            sleeps("[Unit]\nDescription=Described by ten words\nDocumentation=man:sleep(1) https://x.example/\n"),
        ),
        ("refusing.service", sleeps("[Unit]\nRefuseManualStart=yes\n")),
        ("broken.service", "[Service]\nType=oneshot\n".to_owned()),
        ("masked.service", "-> /dev/null".to_owned()),
        ("instance@.service", sleeps("[Unit]\nDescription=Of %i\n")),
        ("real.service", sleeps("")),
        ("alias.service", "-> real.service".to_owned()),
        ("seen.service", sleeps("")),
        ("seen-alias.service", "-> seen.service".to_owned()),
        ("installed.service", installed("")),
        ("static.service", sleeps("")),
        ("carrier.service", installed("Also=carried.service\nAlias=nickname.service")),
        ("carried.service", installed("")),
        ("outdated.service", installed("")),
        (
            "speaking.service",
            format!(
                "[Service]\nType=oneshot\nSyslogIdentifier=speaker\nExecStart=/bin/sh -c 'echo first words; sleep 0.01; echo \"<3>an error\"; sleep 0.01; echo {}end'\n",
                LONG.repeat(200)
            ),
        ),
        ("talking.service", "[Service]\nType=oneshot\nExecStart=/bin/echo some words\n".to_owned()),
        ("pretended.service", sleeps("")),
        // Several times: journald finds no unit for a program that has ended when it looks.
        ("pretending.service", "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do printf \"MESSAGE=I am another\\nUNIT=pretended.service\\n\" | logger --journald; done'\n".to_owned()),
        ("whispering.service", "[Service]\nType=oneshot\nExecStart=/bin/echo secret words\n".to_owned()),
    ];
    for name in ["started", "stopped", "restarted", "tried", "denied", "private", "nobody", "listed", "hidden"] {
        let name = format!("{name}.service");
        units.push((name.leak(), sleeps("")));
    }
    units.push((
        "reloaded.service",
        "[Service]\nExecStart=/bin/sleep 1000\nExecReload=/bin/sh -c 'echo > /run/reloaded'\n".to_owned(),
    ));
    units
}

fn manager() -> Option<&'static ServiceManager> {
    static MANAGER: OnceLock<Result<ServiceManager, String>> = OnceLock::new();
    let units = units();
    let units: Vec<(&str, &str)> = units.iter().map(|(name, text)| (*name, text.as_str())).collect();
    match MANAGER.get_or_init(|| ServiceManager::start(&units)) {
        Ok(manager) => Some(manager),
        Err(why) => {
            eprintln!("skipped: {why}");
            None
        }
    }
}

/// Runs `body` where systemd is the first process; `name` is that of the test.
pub(crate) fn beside(name: &str, body: impl FnOnce()) {
    ServiceManager::beside(manager, name, body);
}

/// Runs the test `name` once more beside systemd, by a shell that `before` does something in. `body` is what it does there.
pub(crate) fn again(name: &str, before: &str, wrapper: &[&str], body: impl FnOnce()) {
    if std::env::var_os("REX_TEST_AGAIN").is_some() {
        return body();
    }
    let program = std::env::current_exe().unwrap();
    // Its own folder may be closed to other accounts.
    let copy = format!("/run/rex-test-{}", std::process::id());
    std::fs::copy(&program, &copy).unwrap();
    let script = format!("{before}\nexec \"$@\"");
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", &script, "sh"]).args(wrapper).arg(&copy);
    let output = command.args(["--exact", name, "--nocapture"]).env("REX_TEST_AGAIN", "1").output().unwrap();
    std::fs::remove_file(&copy).unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{out}{err}");
}

/// What makes a program run as an account that is nobody.
pub(crate) const NOBODY: &[&str] = &["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--"];

/// A gate that permits these actions on units by name, and forbids others.
pub(crate) fn gate(permits: &[(&str, &str)], more: &str) -> Gate {
    let permit = |(action, unit): &(&str, &str)| {
        format!(
            "permit(principal, action == systemd::Action::\"{action}\", resource == systemd::Service::\"{unit}\");\n"
        )
    };
    rex_test_utils::gate(&(permits.iter().map(permit).collect::<String>() + more))
}

/// A gate that permits everything that concerns systemd, but for what `more` forbids.
pub(crate) fn all_but(more: &str) -> Gate {
    rex_test_utils::gate(&format!("permit(principal, action in systemd::Action::\"SystemdAction\", resource);\n{more}"))
}

/// What systemctl says.
pub(crate) fn systemctl(arguments: &[&str]) -> String {
    let output = Command::new("systemctl").args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A property of a unit, as systemctl tells it.
pub(crate) fn property(unit: &str, name: &str) -> String {
    systemctl(&["show", "--value", "-p", name, unit])
}
