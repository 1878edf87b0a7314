//! Interfaces and routes of a network of one's own.

use crate::inside::inside;
use rex_test_utils::gate;
use rust_safe_network::{interfaces, routes};

const LIST: &str = r#"permit(principal, action == sysinfo::Action::"list", resource == sysinfo::Sysinfo::"sysinfo");"#;

const NETWORK: &str = "
ip link add rex0 address 02:00:00:00:00:07 mtu 1400 type veth peer name rex1
ip addr add 192.0.2.2/24 dev rex0
ip addr add 2001:db8::2/64 dev rex0 nodad
ip link set rex0 up
ip link set rex1 up
ip route add default via 192.0.2.1 dev rex0 metric 7
ip route add 10.0.0.0/8 nexthop via 192.0.2.3 dev rex0 nexthop via 192.0.2.4 dev rex0
ip route add blackhole 10.9.0.0/16
ip route add 10.77.0.0/16 dev rex0 table 100
ip -6 route add 2001:db8:1::/48 via 2001:db8::1
";

#[test]
fn interfaces_and_routes_are_told_as_they_are() {
    inside("interfaces::interfaces_and_routes_are_told_as_they_are", NETWORK, || {
        let found = interfaces(&gate(LIST)).unwrap();
        let lo = found.iter().find(|of| of.name == "lo").unwrap();
        assert_eq!((lo.index, lo.mac.as_str()), (1, ""));
        assert!(lo.addresses.contains(&("127.0.0.1".parse().unwrap(), 8)) && lo.flags.contains(&"loopback"));
        let rex = found.iter().find(|of| of.name == "rex0").unwrap();
        assert_eq!((rex.mac.as_str(), rex.mtu, rex.state), ("02:00:00:00:00:07", 1400, "up"));
        assert!(rex.addresses.contains(&("192.0.2.2".parse().unwrap(), 24)), "{rex:?}");
        assert!(rex.addresses.contains(&("2001:db8::2".parse().unwrap(), 64)), "{rex:?}");
        assert!(rex.flags.starts_with(&["up", "broadcast"]), "{:?}", rex.flags);

        let shown: Vec<String> = routes(&gate(LIST))
            .unwrap()
            .iter()
            .map(|of| {
                let gateway = of.gateway.map(|gateway| gateway.to_string()).unwrap_or_default();
                format!("{} {} {gateway} {} {}", of.destination, of.kind, of.interface, of.metric)
            })
            .collect();
        for expected in [
            "default unicast 192.0.2.1 rex0 7",
            "192.0.2.0/24 unicast  rex0 0",
            "10.0.0.0/8 unicast 192.0.2.3 rex0 0",
            "10.0.0.0/8 unicast 192.0.2.4 rex0 0",
            "10.9.0.0/16 blackhole   0",
            "2001:db8:1::/48 unicast 2001:db8::1 rex0 1024",
        ] {
            assert!(shown.iter().any(|of| of == expected), "{expected} is not in {shown:?}");
        }
        assert!(!shown.iter().any(|of| of.starts_with("127.") || of.starts_with("10.77.")), "{shown:?}");
    });
}

#[test]
fn many_interfaces_and_addresses_are_all_told() {
    let many = "for i in $(seq 100); do ip link add r$i type veth peer name s$i; for j in 1 2 3; do ip addr add 10.$j.$i.1/24 dev r$i; done; done";
    inside("interfaces::many_interfaces_and_addresses_are_all_told", many, || {
        let found = interfaces(&gate(LIST)).unwrap();
        assert_eq!(found.len(), 201);
        assert_eq!(
            found.iter().map(|of| of.addresses.iter().filter(|(of, _)| of.is_ipv4()).count()).sum::<usize>(),
            301
        );
    });
}

#[test]
fn nothing_is_told_without_a_permit() {
    let policy =
        LIST.replace("list", "resolve_hostname").replace("resource == sysinfo::Sysinfo::\"sysinfo\"", "resource");
    assert_eq!(interfaces(&gate(&policy)).unwrap_err().kind(), "PermissionDenied");
    assert_eq!(routes(&gate(&policy)).unwrap_err().kind(), "PermissionDenied");
}
