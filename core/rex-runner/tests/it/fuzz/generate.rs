//! Random scripts, made of the list of functions: calls with plausible and hostile arguments, and the functions' own examples with parts changed.

use super::Random;
use super::stage::{SERVER, Stage};
use rex_cedar_auth::{Gate, Policies};
use rex_logger::{Level, Logger, Syslog};
use rex_runner_registrar::{Options, list};
use rex_runner_registrar_utils::{Example, Form, Host};
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::rc::Rc;

/// One way to a value.
struct Way {
    form: Form,
    module: Option<&'static str>,
    name: &'static str,
    /// Names and types.
    params: Vec<(&'static str, String)>,
    returns: String,
}

impl Way {
    fn is_about_files(&self) -> bool {
        let about = |(name, kind): &(&str, String)| {
            ["FileHandle", "DirHandle", "DirEntry", "SymlinkHandle"].contains(&kind.as_str())
                || (kind == "string" && is_path(name))
        };
        !self.returns.ends_with("Builder") && self.params.iter().any(about)
    }
}

/// Whether a parameter of this name takes a path.
fn is_path(name: &str) -> bool {
    ["path", "file", "source", "destination", "target", "dir", "to"].iter().any(|part| name.contains(part))
}

/// How deep calls are nested.
const DEPTH: usize = 9;

pub(super) struct Generator {
    ways: Vec<Way>,
    /// The numbers of the ways to each type, and the least depth in which one leads there.
    to: HashMap<String, Vec<usize>>,
    depth: Vec<usize>,
    examples: Vec<&'static Example>,
    kept: Vec<String>,
    known: HashSet<String>,
}

impl Generator {
    /// Knows all functions, and the statements of `corpus`.
    pub(super) fn new(corpus: &str) -> Self {
        let host = Host::new(
            Gate::new(Policies::load("none", "").unwrap(), ""),
            Rc::new(Logger::new(Level::Info, Syslog::Off)),
        );
        let (listed, names) = list(&host, &Options::default());
        let ways: Vec<Way> = listed
            .iter()
            .filter(|one| one.form() != Form::Operator)
            .map(|one| Way {
                form: one.form(),
                module: one.module,
                name: one.name,
                params: one.params(&names),
                returns: one.returns(&names),
            })
            .collect();
        let mut examples: Vec<&'static Example> = listed.iter().flat_map(|one| one.function.examples).collect();
        examples.dedup_by_key(|example| std::ptr::from_ref(*example));
        examples.retain(|example| !example.script.contains("// "));
        let mut generator =
            Self { ways, to: HashMap::new(), depth: Vec::new(), examples, kept: Vec::new(), known: HashSet::new() };
        generator.measure();
        generator.keep(
            &corpus
                .lines()
                .filter(|line| !line.is_empty() && !line.starts_with("//"))
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        );
        generator
    }

    /// Finds in which depth each way leads to its type: without an end there would be none.
    fn measure(&mut self) {
        self.depth = vec![usize::MAX; self.ways.len()];
        let mut of_type: HashMap<String, usize> =
            ["string", "int", "float", "bool", "array", "map", "blob", "any", "FnPtr", "()"]
                .map(|name| (name.to_owned(), 0))
                .into();
        loop {
            let mut changed = false;
            for (at, way) in self.ways.iter().enumerate() {
                let deepest = way
                    .params
                    .iter()
                    .map(|(_, kind)| of_type.get(kind).copied())
                    .max_by_key(|depth| depth.unwrap_or(usize::MAX));
                let depth = match deepest {
                    None => 1,
                    Some(Some(depth)) => depth + 1,
                    Some(None) => continue,
                };
                if depth < self.depth[at] {
                    (self.depth[at], changed) = (depth, true);
                    let known = of_type.entry(way.returns.clone()).or_insert(depth);
                    *known = (*known).min(depth);
                }
            }
            if !changed {
                break;
            }
        }
        for (at, way) in self.ways.iter().enumerate().filter(|(at, _)| self.depth[*at] != usize::MAX) {
            self.to.entry(way.returns.clone()).or_default().push(at);
        }
    }

    /// An example, mostly one with files.
    pub(super) fn example(&self, random: &mut Random) -> &'static Example {
        let some: Vec<_> = (0..8).map(|_| *random.pick(&self.examples)).collect();
        some.iter().copied().find(|example| !example.files.is_empty()).unwrap_or(some[0])
    }

    /// Statements that are worth being used again.
    pub(super) fn keep(&mut self, statements: &[String]) {
        for statement in statements {
            if self.kept.len() < 20_000 && self.known.insert(statement.clone()) {
                self.kept.push(statement.clone());
            }
        }
    }

    /// The statements of a script, each on one line.
    pub(super) fn statements(&self, random: &mut Random, stage: &Stage) -> Vec<String> {
        (0..4 + random.below(20)).map(|_| self.statement(random, stage)).collect()
    }

    fn statement(&self, random: &mut Random, stage: &Stage) -> String {
        let dir = stage.dir(random).to_owned();
        match random.below(8) {
            0 | 1 if !self.kept.is_empty() => random.pick(&self.kept).clone(),
            2..=4 => {
                let (dir, example) = match stage.example(random) {
                    Some((dir, example)) if !random.one_in(6) => (dir, example),
                    _ => (dir, *random.pick(&self.examples)),
                };
                let example = example.script.replace('\n', " ");
                format!("{{ let dir = {dir:?}; {} }}", changed(random, stage, &example))
            }
            _ => {
                // Most functions only look into what others gave.
                let about_files = !random.one_in(4);
                let fits = |at: &usize| self.depth[*at] <= DEPTH && (!about_files || self.ways[*at].is_about_files());
                let open: Vec<usize> = (0..self.ways.len()).filter(fits).collect();
                let way = *random.pick(&open);
                let call = self.call(random, stage, way, DEPTH);
                match random.below(12) {
                    0 => format!("{{ let f = || {call}; f.call() }}"),
                    1 => format!("[1, 2].map(|x| {call})"),
                    2 => format!("{{ let a = {call}; let b = a; [a, b, {}] }}", self.call(random, stage, way, DEPTH)),
                    _ => call,
                }
            }
        }
    }

    fn call(&self, random: &mut Random, stage: &Stage, way: usize, depth: usize) -> String {
        let Way { form, module, name, params, .. } = &self.ways[way];
        let mut values: Vec<String> = params
            .iter()
            .map(|(name, kind)| self.argument(random, stage, name, kind, depth.saturating_sub(1)))
            .collect();
        let path = module.map(|module| format!("{module}::")).unwrap_or_default();
        match form {
            Form::Constant => format!("{path}{name}"),
            Form::Getter => format!("{}.{name}", values.remove(0)),
            Form::Method => {
                let receiver = values.remove(0);
                format!("{receiver}.{name}({})", values.join(", "))
            }
            _ => format!("{path}{name}({})", values.join(", ")),
        }
    }

    fn argument(&self, random: &mut Random, stage: &Stage, name: &str, kind: &str, depth: usize) -> String {
        let is_path =
            ["path", "file", "source", "destination", "target", "dir", "to"].iter().any(|part| name.contains(part));
        if kind == "string" && is_path && !random.one_in(8) {
            return quoted(&stage.path(random));
        }
        self.value(random, stage, kind, depth)
    }

    fn value(&self, random: &mut Random, stage: &Stage, kind: &str, depth: usize) -> String {
        match kind {
            "string" => text(random, stage),
            "int" => random
                .pick(&[
                    "0",
                    "1",
                    "2",
                    "3",
                    "-1",
                    "7",
                    "420",
                    "511",
                    "64",
                    "9223372036854775807",
                    "-9223372036854775808",
                ])
                .to_string(),
            "float" => random.pick(&["0.0", "0.1", "1.5", "-1.0", "1e300"]).to_string(),
            "bool" => random.pick(&["true", "true", "false"]).to_string(),
            "blob" => "blob(3, 65)".to_owned(),
            "map" => format!("#{{\"a\": {}, b: 1}}", text(random, stage)),
            "FnPtr" => format!("|| {}", self.value(random, stage, "any", depth.saturating_sub(1))),
            "array" => self.array(random, stage),
            "any" => match random.below(3) {
                0 => "()".to_owned(),
                1 => text(random, stage),
                _ => "7".to_owned(),
            },
            kind => self.object(random, stage, kind, depth),
        }
    }

    /// Options as the commands take them, texts, or pairs.
    fn array(&self, random: &mut Random, stage: &Stage) -> String {
        if random.one_in(3) {
            let flags: Vec<&Way> =
                self.ways.iter().filter(|way| way.module.is_some() && way.form == Form::Constant).collect();
            let one = random.pick(&flags);
            let other = random.pick(&flags);
            let path = |way: &Way| format!("{}::{}", way.module.unwrap_or_default(), way.name);
            return format!("[{}, {}]", path(one), path(other));
        }
        let texts: Vec<String> = (0..random.below(3)).map(|_| text(random, stage)).collect();
        format!("[{}]", texts.join(", "))
    }

    fn object(&self, random: &mut Random, stage: &Stage, kind: &str, depth: usize) -> String {
        if ["DirHandle", "FileHandle"].contains(&kind) && !random.one_in(4) {
            return handle(random, stage, kind == "FileHandle");
        }
        let Some(ways) = self.to.get(kind) else { return "()".to_owned() };
        let fitting: Vec<usize> = ways.iter().copied().filter(|at| self.depth[*at] <= depth).collect();
        // Where none is short enough, the shortest still ends.
        let way = if fitting.is_empty() {
            *ways.iter().min_by_key(|at| self.depth[**at]).unwrap()
        } else {
            *random.pick(&fitting)
        };
        // Builders are given few settings: each may be wrong.
        let shortest = *ways.iter().min_by_key(|at| self.depth[**at]).unwrap();
        let way = if random.one_in(2) { shortest } else { way };
        self.call(random, stage, way, depth)
    }
}

/// A text that some function may take for something: mostly a path.
fn text(random: &mut Random, stage: &Stage) -> String {
    let text = match random.below(12) {
        0 => random.pick(&["ok", "secret", "new", "x", "..", ".", "*", "a/b", "", "MARK", "public line 7"]).to_string(),
        1 => random
            .pick(&[
                "user.note",
                "security.selinux",
                "root",
                "nobody",
                "CAP_SYS_ADMIN",
                "cron.service",
                "kernel.hostname",
            ])
            .to_string(),
        2 => {
            format!("http://{SERVER}/{}", random.pick(&["pub", "secret", "pub/../secret", "never@x", "%2e%2e/secret"]))
        }
        3 => random.pick(&["(a+)+$", ".*", "%s", "\\n", "\u{202e}", "é", "localhost", "127.0.0.1", "::1"]).to_string(),
        4 => random
            .pick(&["/bin/echo", "/bin/true", "/bin/sleep", "/rex/rex-runner", "/proc/self/environ", "/proc/1/cmdline"])
            .to_string(),
        5 => stage.bystander().to_string(),
        _ => stage.path(random),
    };
    quoted(&text)
}

fn quoted(text: &str) -> String {
    format!("{text:?}").replace("\\u{202e}", "\\u202e")
}

/// A directory that is held open, or a file in it.
fn handle(random: &mut Random, stage: &Stage, is_file: bool) -> String {
    let follow = if random.one_in(3) { ".follow_symlinks(true)" } else { "" };
    let path = stage.path(random);
    let (above, name) = path.trim_end_matches(['/', '.']).rsplit_once('/').unwrap_or(("/", "s"));
    let open =
        |path: &str| format!("DirConfig().path({}).build().open(OpenDirOptions(){follow}.build())", quoted(path));
    if !is_file {
        return open(&path);
    }
    let access = random.pick(&["read(true)", "write(true)", "read(true).write(true)", "write(true).create(true)"]);
    format!("{}.open_file({}, OpenFileOptions().{access}{follow}.build())", open(above), quoted(name))
}

/// The script with some of its texts and numbers changed.
fn changed(random: &mut Random, stage: &Stage, script: &str) -> String {
    let mut out = String::new();
    let mut rest = script;
    while let Some(at) = rest.find(['"', '1']) {
        let (before, from) = rest.split_at(at);
        out += before;
        let end = if from.starts_with('"') {
            from.match_indices('"')
                .map(|(at, _)| at)
                .find(|at| *at > 0 && from.as_bytes()[at - 1] != b'\\')
                .map_or(from.len(), |at| at + 1)
        } else {
            1
        };
        let (part, after) = from.split_at(end);
        let new = if part.starts_with('"') {
            text(random, stage)
        } else {
            random.pick(&["0", "2", "-1", "9223372036854775807"]).to_string()
        };
        out += if random.one_in(8) { &new } else { part };
        rest = after;
    }
    out + rest
}

/// The whole script: what each statement gives, or fails with, is its value.
pub(super) fn script(statements: &[String]) -> String {
    let mut script = String::from("let out = [];\n");
    for statement in statements {
        // Writing into a `String` does not fail.
        let _ = writeln!(script, "try {{ let v = {statement}; out.push(v); }} catch (e) {{ out.push(e); }}");
    }
    script + "out\n"
}
