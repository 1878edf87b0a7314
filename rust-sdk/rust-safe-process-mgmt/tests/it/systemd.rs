//! Units of a real systemd.

use crate::beside_systemd::{NOBODY, again, all_but, beside, gate, property, systemctl};
use rex_cedar_auth::{Gate, Policies, Stopped};
use rust_safe_process_mgmt::Error;
use rust_safe_process_mgmt::systemd::{
    State, daemon_reload, disable, enable, list_units, reload, restart, start, status, stop, try_restart,
};
use std::time::{Duration, Instant};

fn kind<T: std::fmt::Debug>(result: Result<T, Error>) -> (&'static str, String) {
    let error = result.unwrap_err();
    (error.kind(), error.to_string())
}

#[test]
fn a_start_is_awaited() {
    beside("systemd::a_start_is_awaited", || {
        let gate = gate(&[("start", "slow.service"), ("status", "slow.service")], "");
        assert_eq!(status(&gate, "slow.service").unwrap().active_state, State::Inactive);
        let began = Instant::now();
        start(&gate, "slow.service").unwrap();
        assert!(began.elapsed() > Duration::from_millis(900), "{:?}", began.elapsed());
        let info = status(&gate, "slow.service").unwrap();
        assert_eq!((info.active_state, info.sub_state.as_str()), (State::Active, "exited"));
        let began = Instant::now();
        start(&gate, "slow.service").unwrap();
        assert!(began.elapsed() < Duration::from_millis(900), "it ran already: {:?}", began.elapsed());
    });
}

#[test]
fn a_unit_that_fails_says_how() {
    beside("systemd::a_unit_that_fails_says_how", || {
        let gate = all_but("");
        let (failed, text) = kind(start(&gate, "failing.service"));
        assert_eq!(failed, "ServiceFailed");
        let parts = [
            "not able to start `failing.service`",
            "ended as `failed`",
            "`exit-code`",
            "exit status 3",
            "journal(JournalOptions()",
        ];
        for part in parts {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert_eq!(status(&gate, "failing.service").unwrap().active_state, State::Failed);
        let (failed, text) = kind(start(&gate, "needy.service"));
        assert_eq!(failed, "ServiceFailed");
        assert!(text.contains("`dependency`"), "{text}");
        for (unit, part) in [
            ("masked.service", "UnitMasked"),
            ("refusing.service", "OnlyByDependency"),
            ("broken.service", "BadUnitSetting"),
        ] {
            let (failed, text) = kind(start(&gate, unit));
            assert_eq!(failed, "ServiceFailed", "{text}");
            assert!(text.contains(part), "{text}");
        }
        start(&gate, "condition.service").unwrap();
        assert_eq!(status(&gate, "condition.service").unwrap().active_state, State::Inactive);
    });
}

#[test]
fn a_unit_that_is_not_there_is_not_found() {
    beside("systemd::a_unit_that_is_not_there_is_not_found", || {
        let gate = all_but("");
        let name = "no-such.service";
        let missing = ("ServiceNotFound", "Unit: no-such.service".to_owned());
        assert_eq!(kind(status(&gate, name)), missing);
        for act in [start, stop, restart, try_restart, reload] {
            assert_eq!(kind(act(&gate, name)), missing);
        }
        assert_eq!(kind(enable(&gate, name)), missing);
        assert!(!systemctl(&["list-units", "--all", name]).contains(name), "it was left loaded");
        for bad in ["", "a b.service", "/etc/evil.service", "x.service\n"] {
            assert_eq!(kind(status(&gate, bad)).0, "ValidationError", "{bad:?}");
        }
        assert_eq!(kind(status(&gate, "no-suffix")).0, "ValidationError");
        assert_eq!(kind(status(&rex_test_utils::gate(""), "a b.service")).0, "PermissionDenied");
    });
}

#[test]
fn status_tells_what_systemctl_tells() {
    beside("systemd::status_tells_what_systemctl_tells", || {
        let gate = all_but("");
        start(&gate, "described.service").unwrap();
        let info = status(&gate, "described.service").unwrap();
        let of = |name| property("described.service", name);
        assert_eq!((info.name.as_str(), info.description), ("described.service", of("Description")));
        assert_eq!((info.load_state, info.load_path), (of("LoadState"), of("FragmentPath")));
        assert_eq!((info.unit_file_state, info.sub_state), (of("UnitFileState"), of("SubState")));
        assert_eq!(info.main_pid.unwrap().to_string(), of("MainPID"));
        // Whether the manager can count depends on the control groups of the machine.
        assert_eq!(info.tasks.map_or("[not set]".to_owned(), |tasks| tasks.to_string()), of("TasksCurrent"));
        assert_eq!(
            info.memory.map_or("[not set]", |_| "set"),
            if of("MemoryCurrent") == "[not set]" { "[not set]" } else { "set" }
        );
        assert_eq!(info.documentation, ["man:sleep(1)", "https://x.example/"]);
        assert!(!info.need_daemon_reload);
        let socket = status(&gate, "dbus.socket").unwrap();
        assert_eq!((socket.active_state, socket.main_pid), (State::Active, None));
        let target = status(&gate, "basic.target").unwrap();
        assert_eq!((target.active_state, target.tasks, target.memory), (State::Active, None, None));
        let stopped = status(&gate, "static.service").unwrap();
        assert_eq!((stopped.active_state, stopped.main_pid, stopped.memory), (State::Inactive, None, None));
        assert_eq!(status(&gate, "instance@one.service").unwrap().description, "Of one");
        assert_eq!(status(&gate, "masked.service").unwrap().load_state, "masked");
    });
}

#[test]
fn units_stop_restart_and_reload() {
    beside("systemd::units_stop_restart_and_reload", || {
        let gate = all_but("");
        start(&gate, "stopped.service").unwrap();
        stop(&gate, "stopped.service").unwrap();
        assert_eq!(property("stopped.service", "ActiveState"), "inactive");
        stop(&gate, "stopped.service").unwrap();

        restart(&gate, "restarted.service").unwrap();
        let before = property("restarted.service", "MainPID");
        restart(&gate, "restarted.service").unwrap();
        assert_ne!((before.as_str(), "0"), (property("restarted.service", "MainPID").as_str(), before.as_str()));
        assert_eq!(property("restarted.service", "ActiveState"), "active");

        try_restart(&gate, "tried.service").unwrap();
        assert_eq!(property("tried.service", "ActiveState"), "inactive");
        start(&gate, "tried.service").unwrap();
        let before = property("tried.service", "MainPID");
        try_restart(&gate, "tried.service").unwrap();
        assert_ne!(before, property("tried.service", "MainPID"));

        start(&gate, "reloaded.service").unwrap();
        reload(&gate, "reloaded.service").unwrap();
        assert!(std::path::Path::new("/run/reloaded").exists(), "the reload was not awaited");
        assert_eq!(kind(reload(&gate, "tried.service")).0, "ServiceFailed", "it cannot reload");
        daemon_reload(&gate).unwrap();
    });
}

#[test]
fn an_alias_leads_around_no_forbid() {
    beside("systemd::an_alias_leads_around_no_forbid", || {
        let forbid =
            |name: &str| all_but(&format!("forbid(principal, action, resource == systemd::Service::\"{name}\");"));
        for forbidden in ["real.service", "alias.service"] {
            for asked in ["alias.service", "real.service"] {
                let gate = forbid(forbidden);
                for act in [start, stop, restart, try_restart, reload] {
                    let error = act(&gate, asked).unwrap_err();
                    let Error::PermissionDenied(denied) = &error else { panic!("{asked}: {error}") };
                    assert_eq!(denied.id(), forbidden, "asked by {asked}");
                }
                assert_eq!(kind(status(&gate, asked)).0, "PermissionDenied");
                assert_eq!(property("real.service", "ActiveState"), "inactive");
            }
        }
        // A permit for one name is none for the unit.
        let one = gate(&[("start", "alias.service")], "");
        assert_eq!(kind(start(&one, "alias.service")).0, "PermissionDenied");
        let both = gate(&[("start", "alias.service"), ("start", "real.service")], "");
        start(&both, "alias.service").unwrap();
        assert_eq!(property("real.service", "ActiveState"), "active");
    });
}

#[test]
fn a_denied_unit_is_not_touched() {
    beside("systemd::a_denied_unit_is_not_touched", || {
        let other = gate(&[("start", "denied"), ("stop", "denied.service"), ("start", "other.service")], "");
        let denied = "Permission denied: tester unauthorized to perform systemd::Action::\"start\" for systemd::Service::denied.service";
        assert_eq!(kind(start(&other, "denied.service")), ("PermissionDenied", denied.to_owned()));
        assert_eq!(property("denied.service", "ActiveState"), "inactive");
        // Whether a unit is there makes no difference to the answer.
        let there = kind(status(&other, "denied.service")).1;
        let nowhere = kind(status(&other, "nowhere.service")).1;
        assert_eq!(there.replace("denied.service", "nowhere.service"), nowhere);
        assert_eq!(kind(daemon_reload(&other)).0, "PermissionDenied");
    });
}

#[test]
fn enabling_is_judged_for_all_that_comes_along() {
    beside("systemd::enabling_is_judged_for_all_that_comes_along", || {
        let gate_of = all_but("");
        let made = enable(&gate_of, "installed.service").unwrap();
        assert_eq!(made.len(), 1);
        assert_eq!(made[0].change, "symlink");
        assert_eq!(made[0].path, "/etc/systemd/system/multi-user.target.wants/installed.service");
        assert_eq!(status(&gate_of, "installed.service").unwrap().unit_file_state, "enabled");
        let gone = disable(&gate_of, "installed.service").unwrap();
        assert_eq!((gone.len(), gone[0].change.as_str()), (1, "unlink"));
        assert_eq!(status(&gate_of, "installed.service").unwrap().unit_file_state, "disabled");

        for forbidden in ["carried.service", "nickname.service"] {
            for (action, act) in [("enable", enable as fn(&_, &_) -> _), ("disable", disable)] {
                let gate = all_but(&format!(
                    "forbid(principal, action == systemd::Action::\"{action}\", resource == systemd::Service::\"{forbidden}\");"
                ));
                let error = act(&gate, "carrier.service").unwrap_err();
                let Error::PermissionDenied(denied) = &error else { panic!("{error}") };
                assert_eq!(denied.id(), forbidden);
                assert_eq!(systemctl(&["is-enabled", "carrier.service"]), "disabled");
            }
        }
        let all = ["carrier.service", "carried.service", "nickname.service"].map(|name| ("enable", name));
        let made = enable(&gate(&all, ""), "carrier.service").unwrap();
        assert_eq!(made.len(), 3, "{made:?}");
        assert_eq!(systemctl(&["is-enabled", "carried.service"]), "enabled");
        assert_eq!(disable(&gate_of, "carrier.service").unwrap().len(), 3);

        for (unit, part) in
            [("static.service", "[Install]"), ("masked.service", "masked"), ("instance@.service", "template")]
        {
            let (refused, text) = kind(enable(&gate_of, unit));
            assert_eq!(refused, "ValidationError", "{text}");
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(kind(enable(&rex_test_utils::gate(""), "instance@.service")).0, "PermissionDenied");
        status(&gate_of, "outdated.service").unwrap();
        start(&gate_of, "outdated.service").unwrap();
        let path = "/etc/systemd/system/outdated.service";
        let text = std::fs::read_to_string(path).unwrap() + "Also=carried.service\n";
        std::thread::sleep(Duration::from_millis(20));
        std::fs::write(path, text).unwrap();
        let (refused, text) = kind(enable(&gate_of, "outdated.service"));
        assert_eq!(refused, "ValidationError", "{text}");
        assert!(text.contains("daemon_reload"), "{text}");
    });
}

#[test]
fn a_listing_shows_what_the_policy_lets_be_seen() {
    beside("systemd::a_listing_shows_what_the_policy_lets_be_seen", || {
        let gate_of = all_but(
            "forbid(principal, action == systemd::Action::\"list\", resource == systemd::Service::\"hidden.service\");",
        );
        for unit in ["listed.service", "hidden.service", "seen.service"] {
            start(&gate_of, unit).unwrap();
        }
        let (units, hidden) = list_units(&gate_of).unwrap();
        assert_eq!(hidden, 1);
        let listed = units.iter().find(|unit| unit.name == "listed.service").unwrap();
        assert_eq!(
            (listed.active_state, listed.sub_state.as_str(), listed.load_state.as_str()),
            (State::Active, "running", "loaded")
        );
        assert!(units.iter().any(|unit| unit.name == "seen.service"));
        assert!(!units.iter().any(|unit| unit.name == "hidden.service"));
        assert!(units.is_sorted_by_key(|unit| &unit.name));
        let gate_of = all_but(
            "forbid(principal, action == systemd::Action::\"list\", resource == systemd::Service::\"seen-alias.service\");",
        );
        let (units, _) = list_units(&gate_of).unwrap();
        assert!(!units.iter().any(|unit| unit.name == "seen.service"), "its alias is forbidden");
        let (units, hidden) = list_units(&gate(&[("list", "listed.service")], "")).unwrap();
        assert_eq!(units.len(), 1);
        assert!(hidden > 10);
    });
}

#[test]
fn another_account_may_look_and_is_told_what_it_lacks() {
    let name = "systemd::another_account_may_look_and_is_told_what_it_lacks";
    beside(name, || {
        again(name, "", NOBODY, || {
            let gate = all_but("");
            assert_eq!(status(&gate, "nobody.service").unwrap().active_state, State::Inactive);
            for refused in [
                kind(start(&gate, "nobody.service")),
                kind(daemon_reload(&gate)),
                kind(enable(&gate, "installed.service")),
            ] {
                assert_eq!(refused.0, "DBusError");
                assert!(refused.1.starts_with("D-Bus operation failed: org.freedesktop.DBus.Error."), "{}", refused.1);
                assert!(refused.1.contains("run as root, or let polkit allow it"), "{}", refused.1);
            }
        });
    });
}

#[test]
fn without_a_bus_nothing_is_done_and_said_so() {
    let name = "systemd::without_a_bus_nothing_is_done_and_said_so";
    beside(name, || {
        again(name, "mount -t tmpfs none /run/dbus", &[], || {
            let gate = all_but("");
            let refused = [
                kind(status(&gate, "private.service")),
                kind(start(&gate, "private.service")),
                kind(daemon_reload(&gate)),
            ];
            for (failed, text) in refused {
                assert_eq!(failed, "DBusError");
                assert!(text.starts_with("Failed to connect to system bus: "), "{text}");
            }
            assert_eq!(kind(list_units(&gate)).0, "DBusError");
            assert_eq!(kind(start(&rex_test_utils::gate(""), "private.service")).0, "PermissionDenied");
        });
    });
}

#[test]
fn a_wait_ends_with_the_run() {
    beside("systemd::a_wait_ends_with_the_run", || {
        let policies = Policies::load("test", "permit(principal, action, resource);").unwrap();
        let began = Instant::now();
        let stop_soon = move || (began.elapsed() > Duration::from_millis(500)).then(|| Stopped("time is up".into()));
        let gate = Gate::new(policies, "tester").with_stop(stop_soon);
        assert!(matches!(start(&gate, "endless.service"), Err(Error::Stopped(_))));
        assert!(began.elapsed() < Duration::from_millis(900), "{:?}", began.elapsed());
    });
}
