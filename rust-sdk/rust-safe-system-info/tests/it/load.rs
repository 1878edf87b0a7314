//! The configuration of kernel parameters.

use crate::inside::inside;
use rex_test_utils::gate;
use rust_safe_system_info::sysctl::load;
use std::fs;

const ALL: &str = "permit(principal, action, resource);";

/// A host without configuration.
const BARE: &str = "
for dir in /etc /run /usr/local/lib/sysctl.d /usr/lib/sysctl.d; do
    if [ -d $dir ]; then mount -t tmpfs none $dir; fi
done
mkdir /etc/sysctl.d /run/sysctl.d
";

fn put(path: &str, text: &str) {
    fs::write(path, text).unwrap();
}

fn lo(name: &str) -> String {
    fs::read_to_string(format!("/proc/sys/net/ipv4/conf/lo/{name}")).unwrap().trim().to_owned()
}

#[test]
fn files_hide_and_follow_one_another() {
    inside("load::files_hide_and_follow_one_another", BARE, || {
        let gate = gate(ALL);
        assert_eq!(load(&gate).unwrap().set, 0);
        put("/run/sysctl.d/10-a.conf", "net.ipv4.conf.lo.rp_filter = 1\nnet.ipv4.conf.lo.tag = 1\n");
        put("/etc/sysctl.d/20-b.conf", "net.ipv4.conf.lo.tag = 2\n");
        put("/run/sysctl.d/20-b.conf", "net.ipv4.conf.lo.tag = 3\nnet.ipv4.conf.lo.medium_id = 3\n");
        put("/run/sysctl.d/30-masked.conf", "net.ipv4.conf.lo.medium_id = 4\n");
        std::os::unix::fs::symlink("/dev/null", "/etc/sysctl.d/30-masked.conf").unwrap();
        put("/etc/sysctl.d/40-not.conf.bak", "net.ipv4.conf.lo.medium_id = 5\n");
        std::os::unix::fs::symlink("../sysctl.conf", "/etc/sysctl.d/99-sysctl.conf").unwrap();
        put(
            "/etc/sysctl.conf",
            "# the last\nnet/ipv4/conf/lo/accept_local=1\nnonsense\nnet.ipv4.not_there = 1\n-net.ipv4.conf.lo.forwarding = x\n",
        );
        let loaded = load(&gate).unwrap();
        assert_eq!(
            (lo("rp_filter"), lo("tag"), lo("accept_local"), lo("medium_id")),
            ("1".into(), "2".into(), "1".into(), "0".into())
        );
        assert_eq!(loaded.set, 3);
        let names: Vec<_> = loaded.left_out.iter().map(|one| one.name.as_str()).collect();
        let want = [
            "/etc/sysctl.d/99-sysctl.conf, line 3",
            "/etc/sysctl.conf, line 3",
            "net.ipv4.not_there",
            "net.ipv4.conf.lo.forwarding",
        ];
        assert_eq!(names, want);
    });
}

#[test]
fn patterns_give_way_to_names() {
    inside("load::patterns_give_way_to_names", BARE, || {
        put(
            "/etc/sysctl.d/a.conf",
            "net.ipv4.conf.lo.tag = 7\nnet.ipv4.conf.*.tag = 5\n-net.ipv4.conf.default.tag\nnet.ipv4.conf.[a-z]*.medium_id = 9\n",
        );
        let loaded = load(&gate(ALL)).unwrap();
        let tag = |interface: &str| fs::read_to_string(format!("/proc/sys/net/ipv4/conf/{interface}/tag")).unwrap();
        assert_eq!((tag("lo").trim(), tag("all").trim(), tag("default").trim()), ("7", "5", "0"));
        assert_eq!(lo("medium_id"), "9");
        assert_eq!(loaded.left_out, []);
    });
}

#[test]
fn all_is_judged_before_anything_is_set() {
    inside("load::all_is_judged_before_anything_is_set", BARE, || {
        put("/etc/sysctl.d/a.conf", "net.ipv4.conf.lo.tag = 7\nnet.ipv4.conf.lo.medium_id = 7\n");
        let tag = "\"/proc/sys/net/ipv4/conf/lo/medium_id\"";
        for but in [
            "forbid(principal, action == sysctl::Action::\"load\", resource);".to_owned(),
            "forbid(principal, action == file_system::Action::\"open\", resource == file_system::Dir::\"/run/sysctl.d\");".to_owned(),
            "forbid(principal, action == file_system::Action::\"read\", resource == file_system::Dir::\"/etc/sysctl.d\");".to_owned(),
            "forbid(principal, action == file_system::Action::\"read\", resource == file_system::File::\"/etc/sysctl.d/a.conf\");".to_owned(),
            format!("forbid(principal, action == file_system::Action::\"open\", resource == file_system::File::{tag});"),
            format!("forbid(principal, action == file_system::Action::\"write\", resource == file_system::File::{tag});"),
        ] {
            let error = load(&gate(&format!("{ALL}\n{but}"))).unwrap_err();
            assert_eq!(error.kind(), "PermissionDenied", "{but}: {error}");
            assert_eq!((lo("tag"), lo("medium_id")), ("0".into(), "0".into()), "{but}");
        }
        load(&gate(ALL)).unwrap();
        assert_eq!((lo("tag"), lo("medium_id")), ("7".into(), "7".into()));
    });
}

#[test]
fn what_fails_is_told_when_the_rest_is_set() {
    inside("load::what_fails_is_told_when_the_rest_is_set", BARE, || {
        put("/etc/sysctl.conf", "net.ipv4.conf.lo.rp_filter = none\nkernel.ostype = x\nnet.ipv4.conf.lo.tag = 3\n");
        let error = load(&gate(ALL)).unwrap_err();
        assert_eq!(error.kind(), "IoError");
        let text = error.to_string();
        assert!(text.starts_with("2 of 3 kernel parameters could not be set: "), "{text}");
        assert!(
            text.contains("net.ipv4.conf.lo.rp_filter=none: Invalid argument")
                && text.contains("may not set kernel.ostype"),
            "{text}"
        );
        assert_eq!(lo("tag"), "3");
    });
}
