//! The stage: files with marked contents, programs that stand by, a server; and what a run does to them.

use super::generate::Generator;
use super::policy::{Is, Rules};
use super::snapshot::{Snapshot, label};
use super::watch::{self, Watching};
use super::{PATIENCE, Random};
use rex_runner_registrar_utils::Example;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Instant;

/// Where the server listens.
pub(super) const SERVER: &str = "127.0.0.1:8080";

type Requests = Arc<Mutex<Vec<(String, String)>>>;

/// Method and path of each request that the server got.
static REQUESTS: LazyLock<Requests> = LazyLock::new(serve);

fn serve() -> Requests {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    let listener = TcpListener::bind(SERVER).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut line = String::new();
            let _ = stream.set_read_timeout(Some(std::time::Duration::from_millis(300)));
            let _ = BufReader::new(&stream).read_line(&mut line);
            let mut words = line.split(' ').map(str::to_owned);
            if let (Some(method), Some(path)) = (words.next(), words.next()) {
                seen.lock().unwrap().push((method, path));
            }
            let answer =
                "HTTP/1.1 302 Found\r\nLocation: /secret\r\nContent-Length: 5\r\nConnection: close\r\n\r\nmoved";
            let _ = (&stream).write_all(answer.as_bytes());
        }
    });
    requests
}

pub(super) struct Stage {
    /// What is in which file alone, by the mark.
    marks: HashMap<String, String>,
    /// Names that only a listing tells.
    hidden: Vec<String>,
    dirs: Vec<String>,
    files: Vec<String>,
    links: Vec<String>,
    /// Examples whose files are there, with the directory they are in.
    examples: Vec<(String, &'static Example)>,
    bystander: Child,
}

impl Stage {
    /// Clears the stage and sets it anew.
    pub(super) fn set(random: &mut Random, generator: &Generator) -> Self {
        drop(Arc::clone(&REQUESTS));
        clear();
        let dirs = ["/s/pub", "/s/sec", "/s/mix", "/s/mix/deep", "/s/lnk", "/s/mnt", "/s/sec/below"];
        let mut stage = Self {
            marks: HashMap::new(),
            hidden: Vec::new(),
            dirs: dirs.map(str::to_owned).into(),
            files: Vec::new(),
            links: Vec::new(),
            examples: Vec::new(),
            bystander: stand_by(),
        };
        for dir in dirs {
            fs::create_dir_all(dir).unwrap();
        }
        rustix::mount::mount(c"none", c"/s/mnt", c"tmpfs", rustix::mount::MountFlags::NOSUID, c"size=1m").unwrap();
        for place in ["/s/pub/ok", "/s/sec/secret", "/s/mix/deep/x", "/s/mix/open", "/s/mnt/m", "/s/sec/below/y"] {
            stage.put(random, place, "public line 7\nuser=alice password=hunter2\n", true);
        }
        for dir in ["/s/sec", "/s/mix"] {
            let name = format!("HIDDEN{:08x}", random.below(usize::MAX));
            stage.put(random, &format!("{dir}/{name}"), "", true);
            // A script that spelled it would know it anyway.
            stage.files.pop();
            stage.hidden.push(name);
        }
        for (name, target) in [
            ("to_sec", "../sec"),
            ("secret", "../sec/secret"),
            ("up", ".."),
            ("root", "/proc/self/root"),
            ("abs", "/s/mix/deep"),
        ] {
            let link = format!("/s/lnk/{name}");
            symlink(target, &link).unwrap();
            stage.links.push(link);
        }
        for _ in 0..12 {
            stage.files_of_an_example(random, generator);
        }
        stage
    }

    fn put(&mut self, random: &mut Random, path: &str, content: &str, marked: bool) {
        let mut content = content.to_owned();
        if marked {
            let mark = format!("MARK{:08x}", random.below(usize::MAX));
            content += &mark;
            content.push('\n');
            self.marks.insert(mark, path.to_owned());
        }
        fs::write(path, content).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(*random.pick(&[0o644, 0o600, 0o755]))).unwrap();
        label(path);
        self.files.push(path.to_owned());
    }

    fn files_of_an_example(&mut self, random: &mut Random, generator: &Generator) {
        let dir = random.pick(&self.dirs[..5]).clone();
        let example = generator.example(random);
        for (name, content) in example.files {
            match name.split_once(" -> ") {
                Some((link, target)) => drop(symlink(target, format!("{dir}/{link}"))),
                None if name.ends_with('/') => drop(fs::create_dir_all(format!("{dir}/{name}"))),
                None => {
                    let path = format!("{dir}/{name}");
                    if fs::symlink_metadata(&path).is_err() {
                        fs::create_dir_all(path.rsplit_once('/').unwrap().0).unwrap();
                        let marked = random.one_in(2);
                        self.put(random, &path, content, marked);
                    }
                }
            }
        }
        self.examples.push((dir, example));
    }

    /// An example whose files were put on the stage.
    pub(super) fn example(&self, random: &mut Random) -> Option<(String, &'static Example)> {
        (!self.examples.is_empty()).then(|| random.pick(&self.examples).clone())
    }

    /// A directory of the stage.
    pub(super) fn dir(&self, random: &mut Random) -> &str {
        &self.dirs[random.below(self.dirs.len())]
    }

    /// A path that a policy may name.
    pub(super) fn place(&self, random: &mut Random, file: bool) -> String {
        if file { random.pick(&self.files).clone() } else { random.pick(&self.dirs).clone() }
    }

    /// A path as a script may spell it.
    pub(super) fn path(&self, random: &mut Random) -> String {
        let mut path = match random.below(8) {
            0 => self.dirs[random.below(self.dirs.len())].clone(),
            1 => random.pick(&self.links).clone(),
            _ => random.pick(&self.files).clone(),
        };
        if random.one_in(6) {
            path = format!("{path}/{}", random.pick(&["ok", "secret", "new", "deep/x", "open", "..", "to_sec/secret"]));
        }
        match random.below(16) {
            0 => path.replacen('/', "//", 2),
            1 => format!("/proc/self/root{path}"),
            2 => path + "/.",
            3 => format!("/proc/1/root{path}"),
            4 => path.replace("/mix/", "/mix/./"),
            _ => path,
        }
    }

    /// The process that stands by.
    pub(super) fn bystander(&self) -> u32 {
        self.bystander.id()
    }

    /// Runs a script under a policy and tells what it did.
    pub(super) fn run(&mut self, script: &str, policy: &str) -> (Observed, Output) {
        fs::write("/tmp/script.rhai", script).unwrap();
        fs::write("/tmp/policy.cedar", policy).unwrap();
        REQUESTS.lock().unwrap().clear();
        let before = Snapshot::take();
        let watching = Watching::begin(&before);
        let begun = Instant::now();
        let output = Command::new("/rex/rex-runner")
            .args(["-s", "/tmp/script.rhai", "-p", "/tmp/policy.cedar", "--redaction-file", "/rex/redaction.config"])
            .args(["--max-time", "2s", "--max-operations", "1M", "--max-memory", "256MiB"])
            .env_clear()
            .env("SYSLOG_ENABLE", "0")
            .env("SECRET_VARIABLE", "MARKENVIRONMENT")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(begun.elapsed() < PATIENCE, "{:?}\n{script}", begun.elapsed());
        let (opened, read) = watching.end();
        let after = Snapshot::take();
        let ended = self.bystander.try_wait().unwrap().is_some() || !is_asleep(self.bystander.id());
        if ended {
            let _ = self.bystander.kill();
            let _ = self.bystander.wait();
            self.bystander = stand_by();
        }
        let unmounted = !is_mounted();
        if unmounted {
            rustix::mount::mount(c"none", c"/s/mnt", c"tmpfs", rustix::mount::MountFlags::NOSUID, c"size=1m").unwrap();
        }
        let requests = REQUESTS.lock().unwrap().clone();
        let marks = self.marks.clone();
        (Observed { before, after, opened, read, ended, unmounted, requests, marks }, output)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.bystander.kill();
        let _ = self.bystander.wait();
    }
}

fn stand_by() -> Child {
    Command::new("/bin/sleep").arg("100000").stdin(Stdio::null()).env_clear().spawn().unwrap()
}

fn is_asleep(pid: u32) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['S', 'R', 'D']))
}

fn is_mounted() -> bool {
    fs::read_to_string("/proc/self/mounts").unwrap().lines().any(|line| line.split(' ').nth(1) == Some("/s/mnt"))
}

fn clear() {
    // What stands there may be a file or a link by now.
    let _ = rustix::mount::unmount("/s/mnt", rustix::mount::UnmountFlags::DETACH);
    for entry in fs::read_dir("/s").unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }
    fs::set_permissions("/s", fs::Permissions::from_mode(0o755)).unwrap();
}

/// What a run did, seen from outside.
pub(super) struct Observed {
    before: Snapshot,
    after: Snapshot,
    opened: BTreeSet<String>,
    read: BTreeSet<String>,
    ended: bool,
    unmounted: bool,
    requests: Vec<(String, String)>,
    marks: HashMap<String, String>,
}

impl Observed {
    /// How many paths differ.
    pub(super) fn changed(&self) -> usize {
        self.before.differences(&self.after)
    }

    /// How many marks of contents came out.
    pub(super) fn tokens(&self, output: &Output) -> usize {
        let text = String::from_utf8_lossy(&output.stdout);
        self.marks.keys().filter(|mark| text.contains(mark.as_str())).count()
    }

    /// Holds all of it to the rules.
    pub(super) fn hold(&self, rules: &Rules, stage: &Stage, output: &Output) -> Result<(), String> {
        self.before.hold(&self.after, rules)?;
        watch::hold(&self.opened, &self.read, &self.before, rules)?;
        let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        for (mark, path) in &self.marks {
            if text.contains(mark) && !rules.permit("read", Is::File, path) && !self.came_elsewhere(mark, path, rules) {
                return Err(format!("the content of {path} came out"));
            }
        }
        for name in &stage.hidden {
            if text.contains(name) && !self.may_list(name, rules) {
                return Err(format!("the name {name} came out"));
            }
        }
        if text.contains("MARKENVIRONMENT") {
            return Err("the runner's environment came out".to_owned());
        }
        let signal = ["kill", "interrupt"]
            .iter()
            .any(|name| rules.permits_other(&format!("process_system::Action::\"{name}\"")));
        if self.ended && !signal {
            return Err("the process that stood by was ended or stopped".to_owned());
        }
        if self.unmounted && !rules.permit("unmount", Is::Dir, "/s/mnt") {
            return Err("/s/mnt was unmounted".to_owned());
        }
        match self.requests.iter().find(|(method, path)| !rules.permits_request(method, path)) {
            Some((method, path)) => Err(format!("the server was asked {method} {path}")),
            None => Ok(()),
        }
    }

    /// Whether a name may be known: from a directory that may be read, or because it was moved.
    fn may_list(&self, name: &str, rules: &Rules) -> bool {
        let places = self
            .before
            .0
            .iter()
            .chain(&self.after.0)
            .filter_map(|(path, node)| Some((path, path.split_once(name)?.0, node)));
        places.into_iter().any(|(path, before, node)| {
            let above = before.trim_end_matches('/');
            rules.permit("read", Is::Dir, above)
                || rules.permit("move", Is::Dir, above)
                || rules.permit("move", node.is(), path)
        })
    }

    /// Whether content may have been read at another path: it was moved, or a permitted path held it, too.
    fn came_elsewhere(&self, mark: &str, path: &str, rules: &Rules) -> bool {
        let holds = |content: &[u8]| content.windows(mark.len()).any(|part| part == mark.as_bytes());
        let mut all = self.before.0.iter().chain(&self.after.0);
        all.any(|(other, node)| holds(node.content()) && rules.permit_any(&["read", "move"], Is::File, other))
            || rules.permit("move", Is::File, path)
    }
}
