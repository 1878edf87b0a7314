//! Random policies that can be judged without Cedar, by whoever looks from outside.

use super::Random;
use super::stage::{SERVER, Stage};
use std::fmt::Write as _;

const FILE_ACTIONS: [&str; 13] = [
    "open",
    "read",
    "stat",
    "write",
    "create",
    "delete",
    "move",
    "chmod",
    "chown",
    "set_x_attr",
    "execute",
    "redacted_read",
    "network_namespace",
];

/// What stands in every policy: what must not happen to the root itself, whatever the others say.
const GROUND: &str = r#"
forbid(principal, action == file_system::Action::"unmount", resource) unless { resource == file_system::Dir::"/s/mnt" };
forbid(principal, action == file_system::Action::"execute", resource) unless { resource in file_system::Dir::"/bin" };
forbid(principal, action, resource) when { resource in [file_system::Dir::"/rex", file_system::Dir::"/lib", file_system::Dir::"/lib64", file_system::Dir::"/bin", file_system::Dir::"/etc", file_system::Dir::"/dev"] } unless {
    [file_system::Action::"open", file_system::Action::"read", file_system::Action::"stat", file_system::Action::"execute"].contains(action) };
forbid(principal, action in [process_system::Action::"kill", process_system::Action::"interrupt", process_system::Action::"trace"], resource == process_system::Process::"1");
permit(principal, action in [file_system::Action::"open", file_system::Action::"read"], resource == file_system::File::"/rex/redaction.config");
permit(principal, action == file_system::Action::"open", resource == file_system::Dir::"/rex");
"#;

/// What can be asked beside files.
const OTHERS: [&str; 17] = [
    r#"sysinfo::Action::"list""#,
    r#"sysinfo::Action::"resolve_hostname""#,
    r#"process_system::Action::"list""#,
    r#"process_system::Action::"list_fds""#,
    r#"process_system::Action::"kill""#,
    r#"process_system::Action::"interrupt""#,
    r#"process_system::Action::"trace""#,
    r#"process_system::Action::"mount_namespace""#,
    r#"process_system::Action::"network_namespace""#,
    r#"process_system::Action::"pid_namespace""#,
    r#"systemd::Action::"status""#,
    r#"systemd::Action::"list""#,
    r#"systemd::Action::"journal""#,
    r#"sysctl::Action::"load""#,
    r#"network::Action::"connect""#,
    r#"network::Action::"GET""#,
    r#"network::Action::"POST""#,
];

/// Whether it is a directory or anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    Dir,
    File,
}

struct Rule {
    permits: bool,
    /// All of them where there is none.
    actions: Vec<&'static str>,
    place: String,
    /// The directory with all below it, or one file.
    kind: Is,
}

impl Rule {
    fn matches(&self, action: &str, kind: Is, path: &str) -> bool {
        let below = |place: &str| place == "/" || path.strip_prefix(place).is_some_and(|rest| rest.starts_with('/'));
        let here = match self.kind {
            Is::File => kind == Is::File && path == self.place,
            Is::Dir => below(&self.place) || (kind == Is::Dir && path == self.place),
        };
        here && (self.actions.is_empty() || self.actions.contains(&action))
    }

    fn text(&self) -> String {
        let effect = if self.permits { "permit" } else { "forbid" };
        let actions = match self.actions.as_slice() {
            [] => "action in file_system::Action::\"SafeIO\"".to_owned(),
            some => {
                let some: Vec<String> = some.iter().map(|name| format!("file_system::Action::\"{name}\"")).collect();
                format!("action in [{}]", some.join(", "))
            }
        };
        let place = match self.kind {
            Is::Dir => format!("in file_system::Dir::\"{}\"", self.place),
            Is::File => format!("== file_system::File::\"{}\"", self.place),
        };
        format!("{effect}(principal, {actions}, resource {place});\n")
    }
}

/// One random policy.
pub(super) struct Rules {
    about_files: Vec<Rule>,
    others: Vec<&'static str>,
    /// Urls that begin so may be asked for.
    url: String,
}

impl Rules {
    pub(super) fn random(random: &mut Random, stage: &Stage) -> Self {
        let mut rules = Vec::new();
        if !random.one_in(3) {
            rules.push(Rule { permits: true, actions: vec![], place: "/s".to_owned(), kind: Is::Dir });
        }
        for _ in 0..=random.below(6) {
            let permits = random.below(3) > 0;
            let kind = if random.one_in(3) { Is::File } else { Is::Dir };
            let place = stage.place(random, kind == Is::File);
            let actions = if random.one_in(3) {
                vec![]
            } else {
                (0..=random.below(4)).map(|_| *random.pick(&FILE_ACTIONS)).collect()
            };
            rules.push(Rule { permits, actions, place, kind });
        }
        for place in ["/proc", "/bin", "/"] {
            if random.one_in(6) {
                rules.push(Rule {
                    permits: true,
                    actions: vec!["open", "read", "stat"],
                    place: place.to_owned(),
                    kind: Is::Dir,
                });
            }
        }
        if random.one_in(4) {
            rules.push(Rule {
                permits: true,
                actions: vec!["open", "execute"],
                place: "/bin".to_owned(),
                kind: Is::Dir,
            });
        }
        let others = OTHERS.into_iter().filter(|_| random.one_in(3)).collect();
        let url = format!("http://{SERVER}/{}", random.pick(&["", "pub", "pub/", "never"]));
        Self { about_files: rules, others, url }
    }

    /// The policy as Cedar text.
    pub(super) fn text(&self) -> String {
        let mut text = String::from(GROUND);
        self.about_files.iter().for_each(|rule| text += &rule.text());
        for action in &self.others {
            let when = if action.starts_with("network") {
                format!(" when {{ resource.url like \"{}*\" || resource.scheme == \"tcp\" }}", self.url)
            } else {
                String::new()
            };
            // Writing into a `String` does not fail.
            let _ = writeln!(text, "permit(principal, action == {action}, resource){when};");
        }
        text
    }

    /// Whether this action on a file or directory is permitted, the ground aside: nothing outside the stage is looked at.
    pub(super) fn permit(&self, action: &str, kind: Is, path: &str) -> bool {
        let matching = |permits: bool| {
            self.about_files.iter().any(|rule| rule.permits == permits && rule.matches(action, kind, path))
        };
        matching(true) && !matching(false)
    }

    /// Whether one of these actions is permitted.
    pub(super) fn permit_any(&self, actions: &[&str], kind: Is, path: &str) -> bool {
        actions.iter().any(|action| self.permit(action, kind, path))
    }

    /// Whether an action that is not one on files is permitted at all.
    pub(super) fn permits_other(&self, action: &str) -> bool {
        self.others.contains(&action)
    }

    /// Whether a request to the server may have been made.
    pub(super) fn permits_request(&self, method: &str, path: &str) -> bool {
        self.permits_other(&format!("network::Action::\"{method}\""))
            && format!("http://{SERVER}{path}").starts_with(&self.url)
    }
}
