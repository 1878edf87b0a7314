//! Reading, setting and finding kernel parameters.

use crate::inside::inside;
use rex_test_utils::gate;
use rust_safe_system_info::sysctl::{Written, find, read, write};
use std::fs;

const ALL: &str = "permit(principal, action, resource);";
const FILTER: &str = "net.ipv4.conf.lo.rp_filter";

fn now(path: &str) -> String {
    fs::read_to_string(path).unwrap().trim().to_owned()
}

#[test]
fn values_are_set_and_looked_at() {
    inside("sysctl::values_are_set_and_looked_at", "", || {
        let gate = gate(ALL);
        let path = "/proc/sys/net/ipv4/conf/lo/rp_filter";
        for value in ["2", "1\n", "0x2", " 0 "] {
            assert_eq!(write(&gate, FILTER, value).unwrap(), Written::Verified, "{value:?}");
        }
        assert_eq!((now(path).as_str(), read(&gate, FILTER).unwrap().as_str()), ("0", "0"));
        write(&gate, FILTER, "2").unwrap();

        let refused = |key: &str, value: &str| {
            let error = write(&gate, key, value).unwrap_err();
            (error.kind(), error.to_string())
        };
        let invalid = |why: &str| ("InvalidValue", format!("Invalid sysctl value for {why}"));
        assert_eq!(refused(FILTER, "none"), invalid("net.ipv4.conf.lo.rp_filter=none: Invalid argument"));
        assert_eq!(
            refused("net.ipv4.nothing", "1"),
            ("InvalidParameter", "Invalid sysctl parameter: net.ipv4.nothing".to_owned())
        );
        assert_eq!(refused("net.none.x", "1").0, "InvalidParameter");
        assert_eq!(refused("kernel.ostype.x", "1").0, "InvalidParameter");
        assert!(refused(FILTER, "1\n2").1.ends_with("it must be one line without control characters"));
        assert!(refused(FILTER, "1\x002").1.ends_with("it must be one line without control characters"));
        assert_eq!(now(path), "2");
        // The kernel takes the number and leaves the rest.
        assert!(
            refused(FILTER, "1 more").1.contains("the kernel took only the first 2 bytes"),
            "{:?}",
            refused(FILTER, "1 more")
        );
        // Names of hosts have 64 bytes.
        let (kind, text) = refused("kernel.domainname", &"d".repeat(80));
        assert!(kind == "InvalidValue" && text.ends_with("the kernel made another value of it"), "{kind} {text}");
        assert_eq!(write(&gate, "kernel.domainname", "a.test").unwrap(), Written::Verified);
        // It holds what it made of a list, in its own words.
        assert_eq!(write(&gate, "net.ipv4.ip_local_reserved_ports", "80,81").unwrap(), Written::ShownOtherwise);
        // It does something, and cannot be read.
        assert_eq!(write(&gate, "net.ipv4.route.flush", "1").unwrap(), Written::Unseen);
    });
}

#[test]
fn a_dot_in_a_name_is_no_separator() {
    let prepare = "ip link add name e0 type dummy 2>/dev/null || ip link add name e0 type veth peer name e1; ip link set e0 name e0.7";
    inside("sysctl::a_dot_in_a_name_is_no_separator", prepare, || {
        let gate = gate(ALL);
        write(&gate, "net/ipv4/conf/e0.7/rp_filter", "2").unwrap();
        assert_eq!(now("/proc/sys/net/ipv4/conf/e0.7/rp_filter"), "2");
        assert_eq!(read(&gate, "net.ipv4.conf.e0/7.rp_filter").unwrap(), "2");
        assert_eq!(read(&gate, "net.ipv4.conf.e0.7.rp_filter").unwrap_err().kind(), "Other");
        let found = find(&gate, "conf.e0.7.rp_filter$").unwrap().found;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].key.as_str(), found[0].value.as_str()), ("net.ipv4.conf.e0/7.rp_filter", "2"));
        assert_eq!(read(&gate, &found[0].key).unwrap(), "2");
    });
}

#[test]
fn what_is_found_is_ordered_and_permitted() {
    let found = find(&gate(ALL), ".").unwrap();
    assert!(found.found.len() > 100 && found.found.is_sorted_by(|a, b| a.key < b.key));
    let acting = ["base_reachable_time", "retrans_time", "stat_refresh"];
    let is_acting = |key: &str| acting.iter().any(|name| key.ends_with(&format!(".{name}")));
    assert!(!found.found.iter().any(|one| is_acting(&one.key) || one.key.starts_with("fs.binfmt_misc")));
    assert!(!found.left_out.iter().any(|one| is_acting(&one.name)));
    assert_eq!(find(&gate(ALL), "kernel/ostype$").unwrap().found[0].value, "Linux");
    assert_eq!(find(&gate(ALL), r"^kernel\.ostype$").unwrap().found.len(), 1);
    assert_eq!(find(&gate(ALL), "(").unwrap_err().kind(), "InvalidParameter");

    let but = gate(
        "permit(principal, action, resource);
         forbid(principal, action == file_system::Action::\"read\", resource == file_system::File::\"/proc/sys/kernel/ostype\");
         forbid(principal, action == file_system::Action::\"open\", resource == file_system::Dir::\"/proc/sys/vm\");",
    );
    let part = find(&but, "ostype|osrelease|swappiness").unwrap();
    assert_eq!(part.found.iter().map(|one| one.key.as_str()).collect::<Vec<_>>(), ["kernel.osrelease"]);
    assert_eq!(part.left_out.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["kernel.ostype", "vm"]);
    assert!(part.left_out.iter().all(|one| one.reason.starts_with("Permission denied: tester unauthorized")));
    let none = gate("permit(principal, action == file_system::Action::\"open\", resource);");
    assert_eq!(find(&none, ".").unwrap_err().kind(), "PermissionDenied");
}
