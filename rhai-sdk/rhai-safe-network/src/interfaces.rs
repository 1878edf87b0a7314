//! Interfaces, addresses and routes: `ip_addr`, `ip_addresses`, `routes`.

use crate::error::{HostFailure, Words};
use crate::needs::LIST;
use crate::record::{Record, array, int, map, register as record};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::{Array, Dynamic, Map};
use rust_safe_network::{Interface, Route, interfaces, routes};

const HERE: Example = Example::BASE;

static IP_ADDR: Function = Function {
    name: "ip_addr",
    doc: "Returns the interfaces of the network namespace with their addresses.",
    needs: &[LIST],
    examples: &[Example {
        title: "The host itself",
        script: "ip_addr().find(|i| i.interface_name == \"lo\").addresses.contains(\"127.0.0.1\")",
        ..HERE
    }],
    ..Function::BASE
};
static IP_ADDRESSES: Function = Function {
    name: "ip_addresses",
    doc: "Returns the interfaces of the network namespace with their addresses. What is wrong is told by kinds of system information.",
    needs: &[LIST],
    examples: &[Example { title: "As many as `ip_addr` tells", script: "ip_addresses().len() >= 1", ..HERE }],
    ..Function::BASE
};
static ROUTES: Function = Function {
    name: "routes",
    doc: "Returns the routes of the main table of the network namespace, IPv4 and IPv6; of a route with several ways, each way.",
    needs: &[LIST],
    examples: &[Example {
        title: "Where does it go by default?",
        script: "routes().find(|r| r.destination == \"default\").gateway == \"192.0.2.1\"",
        ..HERE
    }],
    ..Function::BASE
};

const INTERFACE: &[Example] = &[Example {
    title: "What is known of the host's own interface",
    script: "let lo = ip_addr().find(|i| i.interface_name == \"lo\"); lo.index == 1 && lo.networks.contains(\"127.0.0.1/8\") && lo.mac == \"\" \
             && lo.mtu > 1000 && lo.state == \"unknown\" && lo.flags.contains(\"loopback\") && lo.addresses.len() >= 1 \
             && lo.counters.rx_bytes >= 0",
    around: &[LIST],
    ..HERE
}];
const ROUTE: &[Example] = &[Example {
    title: "What is known of a route",
    script: "let r = routes().find(|r| r.destination == \"default\"); r.kind == \"unicast\" && r.interface_name == \"rex0\" && r.metric == 7 \
             && r.source == () && r.gateway != ()",
    around: &[LIST],
    ..HERE
}];

impl Record for Interface {
    fn map(&self) -> Map {
        map([("interface_name", self.name.clone().into()), ("addresses", addresses(self).into())])
    }
}

impl Record for Route {
    fn map(&self) -> Map {
        map([
            ("destination", self.destination.clone().into()),
            ("kind", self.kind.into()),
            ("gateway", text(self.gateway)),
            ("interface_name", self.interface.clone().into()),
            ("source", text(self.source)),
            ("metric", i64::from(self.metric).into()),
        ])
    }
}

fn text(value: Option<impl ToString>) -> Dynamic {
    value.map_or(Dynamic::UNIT, |value| value.to_string().into())
}

fn addresses(interface: &Interface) -> Array {
    interface.addresses.iter().map(|(address, _)| address.to_string().into()).collect()
}

fn counters(interface: &Interface) -> Map {
    let of = interface.counters;
    [
        ("rx_packets", of.rx_packets),
        ("tx_packets", of.tx_packets),
        ("rx_bytes", of.rx_bytes),
        ("tx_bytes", of.tx_bytes),
        ("rx_errors", of.rx_errors),
        ("tx_errors", of.tx_errors),
        ("rx_dropped", of.rx_dropped),
        ("tx_dropped", of.tx_dropped),
    ]
    .map(|(name, count)| (name.into(), int(count).into()))
    .into_iter()
    .collect()
}

pub(crate) fn register(r: &mut Registrar) {
    r.function(&IP_ADDR, |entry| {
        move |call: Call<'_>| entry.run(&call, |gate| -> Result<Array, Words> { Ok(array(interfaces(gate)?)) })
    });
    r.function(&IP_ADDRESSES, |entry| {
        move |call: Call<'_>| entry.run(&call, |gate| -> Result<Array, HostFailure> { Ok(array(interfaces(gate)?)) })
    });
    r.function(&ROUTES, |entry| {
        move |call: Call<'_>| entry.run(&call, |gate| -> Result<Array, HostFailure> { Ok(array(routes(gate)?)) })
    });
    record::<Interface>(r, "Network");
    getters! { r, Interface, INTERFACE,
        "interface_name" "Its name." |of| of.name.clone();
        "addresses" "Its addresses, without the lengths of their networks." addresses;
        "networks" "Its addresses with the lengths of their networks, as `127.0.0.1/8`."
            |of| -> Array { of.addresses.iter().map(|(address, length)| format!("{address}/{length}").into()).collect() };
        "index" "Its number." |of| i64::from(of.index);
        "mac" "Its hardware address, as `02:42:ac:11:00:02`; empty where it has none." |of| of.mac.clone();
        "mtu" "The longest packet, in bytes." |of| i64::from(of.mtu);
        "state" "Whether it works: `up`, `down`, `unknown` or another word of RFC 2863 in lower case." |of| of.state;
        "flags" "What is set of `up`, `broadcast`, `loopback`, `point_to_point`, `running`, `promiscuous` and `multicast`."
            |of| -> Array { of.flags.iter().map(|flag| (*flag).into()).collect() };
        "counters" "What went through it since it came to be, as a map: `rx_bytes`, `tx_bytes`, and the same of `packets`, `errors` and `dropped`." counters;
    }
    record::<Route>(r, "Route");
    getters! { r, Route, ROUTE,
        "destination" "The network that it leads to, as `10.0.0.0/8`, or `default`." |of| of.destination.clone();
        "kind" "`unicast`; `blackhole`, `unreachable` or `prohibit` where it leads nowhere." |of| of.kind;
        "gateway" "Whom packets are sent to; `()` where the network is reached directly." |of| text(of.gateway);
        "interface_name" "The name of the interface; empty where there is none." |of| of.interface.clone();
        "source" "The address that packets come from, where the route says; else `()`." |of| text(of.source);
        "metric" "Of several routes to one network, that with the least is taken." |of| i64::from(of.metric);
    }
}
