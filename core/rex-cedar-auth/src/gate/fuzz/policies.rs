//! Random policies as texts: most fit the schema.

use super::things::{ADDRESSES, HOSTS, NUMBERS, WORDS, directory};
use super::{Random, action};
use crate::{Kind, Policies};

/// A policy that may fit the schema: made anew, or one of the corpus with a part of another.
pub(super) fn policy(random: &mut Random, corpus: &[String]) -> String {
    if !corpus.is_empty() && random.one_in(3) {
        let one = &corpus[random.below(corpus.len())];
        if random.one_in(2) {
            return one.clone();
        }
        let other = &corpus[random.below(corpus.len())];
        let mixed = crossed(random, one, other);
        return if Policies::load("one", &mixed).is_ok() { mixed } else { one.clone() };
    }
    let effect = random.pick(&["permit", "permit", "permit", "forbid", "forbid"]);
    let principal = random.pick(&[
        "principal",
        "principal",
        "principal == User::\"alice\"",
        "principal == User::\"bob\"",
        "principal in User::\"alice\"",
        "principal is User in User::\"alice\"",
        "principal is User",
    ]);
    let kind = Kind::ALL[random.below(Kind::ALL.len())];
    // Paths are what the index and the memory are about.
    let kind = if random.one_in(2) { [Kind::File, Kind::Dir][random.below(2)] } else { kind };
    let (actions, resource) = (actions(random, kind), scope(random, kind));
    let mut text = format!("{effect}({principal}, {actions}, {resource})");
    for _ in 0..random.below(3) {
        let word = if random.one_in(4) { "unless" } else { "when" };
        text.extend([" ", word, " { ", &condition(random, kind, 4), " }"]);
    }
    text + ";"
}

/// The head of one policy and the conditions of another.
fn crossed(random: &mut Random, one: &str, other: &str) -> String {
    let cut = |text: &str| text.find(" when {").or_else(|| text.find(" unless {")).unwrap_or(text.len() - 1);
    let ((head, _), (_, tail)) = (one.split_at(cut(one)), other.split_at(cut(other)));
    if random.one_in(2) { format!("{head}{tail}") } else { format!("{head} unless {{ false }}{tail}") }
}

fn actions(random: &mut Random, kind: Kind) -> String {
    let fitting: Vec<_> = action::ALL.iter().filter(|action| action.kinds.contains(&kind)).collect();
    let one = fitting[random.below(fitting.len())];
    let other = fitting[random.below(fitting.len())];
    match random.below(6) {
        0 | 1 => "action".to_owned(),
        2 => format!("action in {}", one.group),
        3 => format!("action in [{}, {}]", one.uid, other.uid),
        _ => format!("action == {}", one.uid),
    }
}

/// A text as Cedar writes it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out += "\\n",
            letter if letter.is_ascii() => out.push(letter),
            letter => out.extend(letter.escape_unicode()),
        }
    }
    out + "\""
}

/// A pattern that holds a part of `text`, or its start.
fn pattern(random: &mut Random, text: &str) -> String {
    let written = quoted(text).replace('*', "\\*");
    let inner = written.trim_matches('"');
    match random.below(4) {
        0 => format!("\"*{inner}*\""),
        1 => format!("\"{inner}*\""),
        2 => "\"*\\**\"".to_owned(),
        _ => format!("\"{inner}\""),
    }
}

fn dir(random: &mut Random) -> String {
    format!("file_system::Dir::{}", quoted(&directory(random)))
}

fn entity(random: &mut Random, kind: Kind) -> String {
    let thing = super::Thing::random(random, kind);
    format!("{}::{}", kind.type_name(), quoted(&thing.id))
}

fn scope(random: &mut Random, kind: Kind) -> String {
    match random.below(7) {
        0 => format!("resource == {}", entity(random, kind)),
        1 | 2 if kind.is_path() => format!("resource in {}", dir(random)),
        3 if kind.is_path() => format!("resource is {} in {}", kind.type_name(), dir(random)),
        4 => format!("resource is {}", kind.type_name()),
        5 => format!("resource in {}", entity(random, kind)),
        _ => "resource".to_owned(),
    }
}

fn condition(random: &mut Random, kind: Kind, depth: usize) -> String {
    if depth == 0 || random.one_in(3) {
        return leaf(random, kind);
    }
    let mut inner = || condition(random, kind, depth - 1);
    let (a, b) = (inner(), inner());
    match random.below(7) {
        0 | 1 => format!("({a}) && ({b})"),
        2 | 3 => format!("({a}) || ({b})"),
        4 => format!("!({a})"),
        5 => format!("(if {a} then {b} else {})", leaf(random, kind)),
        _ => format!("({a}) == ({b})"),
    }
}

fn leaf(random: &mut Random, kind: Kind) -> String {
    let text = attribute(random, kind);
    match random.below(12) {
        0 => format!("resource in {}", dir(random)),
        1 => format!("resource == {}", entity(random, kind)),
        2 => format!("{} == resource", entity(random, kind)),
        3 => format!("resource in [{}, {}]", dir(random), dir(random)),
        4 => format!("resource is {} in {}", random.pick(&["file_system::File", "file_system::Dir"]), dir(random)),
        5 => format!("[{}, {}].contains(resource)", entity(random, kind), entity(random, kind)),
        6 => format!("resource in (if {text} then {} else {})", dir(random), dir(random)),
        7 => format!("action == {}", action::ALL[random.below(action::ALL.len())].uid),
        8 => surprise(random, kind),
        _ => text,
    }
}

/// Conditions that raise errors for some requests, or look at the place by another way.
fn surprise(random: &mut Random, kind: Kind) -> String {
    match random.below(7) {
        0 => "9223372036854775807 + 1 == 0".to_owned(),
        1 => format!("resource is process_system::Process && resource.pid * {} > 0", i64::MAX),
        2 => format!("{{at: resource}}.at in {}", dir(random)),
        3 => format!("{} in resource", dir(random)),
        4 => format!("resource != {}", entity(random, kind)),
        5 => "principal == User::\"alice\" && context == context".to_owned(),
        _ => format!("-({}) > 0", NUMBERS[random.below(6)]),
    }
}

/// A condition on what is known of the resource or the request.
fn attribute(random: &mut Random, kind: Kind) -> String {
    let word = random.pick(&WORDS);
    let number = NUMBERS[random.below(7)];
    let text = |random: &mut Random, of: &str, value: &str| {
        if random.one_in(2) {
            format!("{of} like {}", pattern(random, value))
        } else {
            format!("{of} == {}", quoted(value))
        }
    };
    match kind {
        Kind::File | Kind::Dir => match random.below(8) {
            0 => format!("context has destination && {}", text(random, "context.destination.name", word)),
            1 => {
                let place = directory(random);
                format!(
                    "context has destination.parent_path && {}",
                    text(random, "context.destination.parent_path", &place)
                )
            }
            2 => format!("context has xattr && {}", text(random, "context.xattr.name", word)),
            3 => {
                let tag = random.pick(&["--out", "-q", "$ARG0", "$ARG1", "none"]);
                let of = format!("context.arguments.getTag({})", quoted(tag));
                format!(
                    "context has arguments && context.arguments.hasTag({}) && {}",
                    quoted(tag),
                    text(random, &of, word)
                )
            }
            4 => format!("context has environment && context.environment.names.contains({})", quoted(word)),
            5 => format!("context has user && context.user.uid {} {number}", random.pick(&["==", "<", ">="])),
            _ => {
                let place = super::Thing::random(random, kind).id;
                format!("resource has path && {}", text(random, "resource.path", &place))
            }
        },
        Kind::Url => match random.below(5) {
            0 => format!(
                "resource has ip && resource.ip.isInRange(ip(\"{}/8\"))",
                ["127.0.0.1", "10.1.2.3"][random.below(2)]
            ),
            1 => format!("resource has ip && resource.ip == ip(\"{}\")", random.pick(&ADDRESSES)),
            2 => format!("resource has port && resource.port {} {number}", random.pick(&["==", "<", ">="])),
            3 => format!("resource has path && {}", text(random, "resource.path", "/a/b")),
            _ => {
                let host = random.pick(&HOSTS);
                format!("resource has host && {}", text(random, "resource.host", host))
            }
        },
        Kind::Process => match random.below(4) {
            0 => format!("resource has uid && resource.uid {} {number}", random.pick(&["==", "<", ">="])),
            1 => format!("resource has executable && {}", text(random, "resource.executable", "/usr/bin/x")),
            2 => format!("resource has command && {}", text(random, "resource.command", word)),
            _ => format!("resource has name && {}", text(random, "resource.name", word)),
        },
        Kind::Hostname => {
            let host = random.pick(&HOSTS);
            format!("resource has hostname && {}", text(random, "resource.hostname", host))
        }
        Kind::Service => format!("resource has name && {}", text(random, "resource.name", "a.service")),
        _ => ["true", "false"][random.below(2)].to_owned(),
    }
}
