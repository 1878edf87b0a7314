//! From places that a policy names to files and directories that are there: what a Landlock rule can be about.
//!
//! INVARIANT: whatever the policy could permit is at or below one of the places found, with the rights that it takes, save what
//! [`Places::left_out`] tells.

use crate::needs::Own;
use crate::rights::{self, Rights};
use crate::sys::{self, Found};
use rex_cedar_auth::action::{Action, file_system as fs};
use rex_cedar_auth::{Coverage, Kind, Place, Reach, ancestors};
use rustix::io::Errno;
use std::collections::{BTreeMap, HashMap};
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// The root directory: a rule about it is one about everything.
const ROOT: &str = "/";
const PROC: &str = "/proc";
/// Parameters of the kernel. Unlike the rest of `/proc` they stand for the same as long as they are held.
const PARAMETERS: &str = "/proc/sys";

/// A file or directory that is there, and what may be done at and below it.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) rights: Rights,
    found: Arc<Found>,
    /// What REX reads it for by itself, where no policy names it.
    pub(crate) own: Option<&'static str>,
}

impl Rule {
    pub(crate) fn fd(&self) -> &OwnedFd {
        &self.found.fd
    }

    /// What Landlock can grant on it: a file has no rights of directories.
    pub(crate) fn grantable(&self) -> Rights {
        if self.found.is_dir { self.rights } else { self.rights & rights::of_files() }
    }
}

/// The files and directories that rules are about, by path.
#[derive(Debug, Default)]
pub(crate) struct Places {
    rules: BTreeMap<String, Rule>,
    /// Why a rule is wider than the policy, in words.
    pub(crate) widened: Vec<String>,
    /// What the policy permits and the floor does not, in words.
    pub(crate) left_out: Vec<String>,
    /// What was looked at already: each action names much the same places.
    seen: HashMap<String, Result<Arc<Found>, Errno>>,
}

/// What an action takes on a place.
struct Wish {
    /// At and below the place.
    inside: Rights,
    /// In the directory that something with exactly this path lies in.
    around: Rights,
}

impl Places {
    pub(crate) fn of(reach: &Reach, own: &[Own]) -> Self {
        let mut places = Self::default();
        let moving = reach.could(fs::Move::DEFINITION);
        let mut wishes: Vec<(Kind, Coverage, Wish)> = Vec::new();
        let mut wish = |action: &_, kind, inside, around| {
            wishes.push((kind, reach.extent(action, kind), Wish { inside, around }));
        };
        let none = Rights::EMPTY;
        wish(fs::Read::DEFINITION, Kind::File, rights::read_file(), none);
        wish(fs::RedactedRead::DEFINITION, Kind::File, rights::read_file(), none);
        wish(fs::NetworkNamespace::DEFINITION, Kind::File, rights::read_file(), none);
        wish(fs::Read::DEFINITION, Kind::Dir, rights::read_dir(), none);
        let change = rights::content() | rights::file_names();
        wish(fs::Write::DEFINITION, Kind::File, change, change);
        wish(fs::Create::DEFINITION, Kind::File, change, change);
        wish(fs::Create::DEFINITION, Kind::Dir, rights::dir_names(), rights::dir_names());
        wish(fs::Delete::DEFINITION, Kind::File, rights::all_file_names(), rights::all_file_names());
        wish(fs::Delete::DEFINITION, Kind::Dir, rights::dir_names(), rights::dir_names());
        if moving {
            // LINUX: what goes to another directory must not gain a right there (EXDEV). So sources and destinations have the same rights:
            // those of all.
            let all = rights::read() | change | rights::all_file_names() | rights::dir_names() | rights::refer();
            for kind in [Kind::File, Kind::Dir] {
                wish(fs::Move::DEFINITION, kind, all, all);
                wish(fs::Create::DEFINITION, kind, all, all);
            }
        }
        for (kind, extent, wish) in &wishes {
            match extent {
                Coverage::Nothing => {}
                Coverage::Everything => places.add_root(wish.inside | wish.around),
                Coverage::Places(named) => {
                    for place in named {
                        places.grant(reach, *kind, place, wish);
                    }
                }
            }
        }
        for own in own {
            places.grant_own(own);
        }
        places.drop_what_the_root_has();
        places.seen.clear();
        places
    }

    /// What has a path with no link in it.
    fn find(&mut self, path: &str) -> Result<Arc<Found>, Errno> {
        if let Some(known) = self.seen.get(path) {
            return known.clone();
        }
        let found = sys::find(path, false).map(Arc::new);
        self.seen.insert(path.to_owned(), found.clone());
        found
    }

    pub(crate) fn rules(&self) -> impl Iterator<Item = (&str, &Rule)> {
        self.rules.iter().map(|(path, rule)| (path.as_str(), rule))
    }

    /// What is granted everywhere.
    pub(crate) fn everywhere(&self) -> Rights {
        self.rules.get(ROOT).map_or(Rights::EMPTY, |rule| rule.rights)
    }

    /// Descriptors that have to stay open.
    ///
    /// LINUX: a rule is about an inode, and one of `/proc` is made anew when nothing holds it.
    pub(crate) fn held(self) -> Vec<Arc<Found>> {
        let of_proc = |path: &str| path == PROC || path.starts_with("/proc/");
        self.rules.into_iter().filter(|(path, _)| of_proc(path)).map(|(_, rule)| rule.found).collect()
    }

    fn add_root(&mut self, rights: Rights) {
        if let Ok(found) = self.find(ROOT) {
            self.add(ROOT, rights, found, None);
        }
    }

    fn add(&mut self, path: &str, rights: Rights, found: Arc<Found>, own: Option<&'static str>) {
        match self.rules.get_mut(path) {
            Some(rule) => {
                rule.rights |= rights;
                rule.own = rule.own.and(own);
            }
            None => drop(self.rules.insert(path.to_owned(), Rule { rights, found, own })),
        }
    }

    fn grant(&mut self, reach: &Reach, kind: Kind, place: &Place, wish: &Wish) {
        let path = place.path();
        if !path.starts_with('/') {
            // No path is spelled so.
            return;
        }
        // LINUX: what a process is shown in `/proc` has a new inode each time; links there lead to it from other paths.
        if (path == PROC || path.starts_with("/proc/"))
            && !is_at_or_below(path, PARAMETERS)
            && let Ok(found) = self.find(PROC)
        {
            self.add(PROC, (wish.inside | wish.around) & rights::read(), found, None);
        }
        let rights = if is_at_or_below(path, PARAMETERS) && !wish.around.is_empty() {
            // A parameter that was set is read again.
            wish.inside | rights::read_file()
        } else {
            wish.inside
        };
        // Invalid bytes of a name are judged as the mark that stands for them: the name that is there is another.
        if path.contains('\u{fffd}') {
            let known = ancestors(path).find(|above| !above.contains('\u{fffd}')).unwrap_or(ROOT);
            return self.grant_at_nearest(known, rights | wish.around, path);
        }
        match (self.find(path), place) {
            (Ok(found), Place::Tree(_)) if found.is_dir => {
                self.add(path, rights | wish.around, found, None);
                self.grant_around_tree(reach, path);
            }
            (Ok(found), _) => {
                if wish.around.is_empty() && !may_be_replaced(reach, path) {
                    self.add(path, rights, found, None);
                } else if kind == Kind::Dir && found.is_dir {
                    self.add(path, rights, found, None);
                    self.grant_around_dir(path, wish.around);
                } else {
                    self.add(path, rights, found, None);
                    self.grant_around(path, rights | wish.around);
                }
            }
            // The real path of nothing has a link in it, and where links lead is judged by its own path.
            (Err(Errno::LOOP), _) => {
                if !wish.around.is_empty() {
                    self.grant_around(path, wish.around);
                }
            }
            (Err(_), _) => self.grant_at_nearest(path, rights | wish.around, path),
        }
    }

    /// In the directory that something lies in.
    fn grant_around(&mut self, path: &str, rights: Rights) {
        let Some(above) = ancestors(path).next() else { return };
        if above == ROOT && !self.everywhere().contains(rights) {
            self.left_out.push(format!(
                "{path}: it lies directly in the root directory, which no rule opens for one name in it"
            ));
            return;
        }
        self.grant_at_nearest(above, rights, path);
    }

    /// The names of directories, in the one that a directory lies in.
    fn grant_around_dir(&mut self, path: &str, around: Rights) {
        let Some(above) = ancestors(path).next().filter(|above| *above != ROOT) else { return };
        if let Ok(found) = self.find(above) {
            self.add(above, around & rights::dir_names(), found, None);
        }
    }

    /// A tree whose own directory may be removed and made anew: then it is another one, which has the rights of the directory above.
    fn grant_around_tree(&mut self, reach: &Reach, path: &str) {
        let reaches = |action| reach.extent(action, Kind::Dir).holds(path) && !reach.forbids(action, Kind::Dir, path);
        let goes = reaches(fs::Delete::DEFINITION) || reaches(fs::Move::DEFINITION);
        let comes = reaches(fs::Create::DEFINITION);
        let Some(above) = ancestors(path).next() else { return };
        if !goes {
            return;
        }
        if above == ROOT {
            let text =
                format!("{path}: removing or moving this directory itself, which lies directly in the root directory");
            if !self.everywhere().contains(rights::dir_names()) && !self.left_out.contains(&text) {
                self.left_out.push(text);
            }
            return;
        }
        let Ok(found) = self.find(above) else { return };
        let own = self.rules.get(path).map_or(Rights::EMPTY, |rule| rule.rights);
        if comes {
            let text = format!(
                "{above}: the policy permits {path} itself to be removed and made anew; to close it, forbid `delete` and `move` of that directory"
            );
            if !self.widened.contains(&text) {
                self.widened.push(text);
            }
            self.add(above, own | rights::dir_names(), found, None);
        } else {
            self.add(above, rights::dir_names(), found, None);
        }
    }

    /// At the path, or at the nearest directory above it that is there.
    fn grant_at_nearest(&mut self, path: &str, rights: Rights, named: &str) {
        let found = std::iter::once(path).chain(ancestors(path)).find_map(|at| {
            let found = self.find(at);
            match found {
                Ok(found) => Some(Ok((at, found))),
                // What is behind a link is judged by another path.
                Err(Errno::LOOP) => Some(Err(())),
                Err(_) => None,
            }
        });
        let Some(Ok((at, found))) = found else { return };
        if at == ROOT && path != ROOT {
            let text = format!(
                "{named}: it is not there, and the root directory is opened for no name in it: make its first directory"
            );
            if !self.left_out.contains(&text) {
                self.left_out.push(text);
            }
            return;
        }
        if at != named && !ancestors(named).next().is_some_and(|above| above == at && path == at) {
            self.widened.push(format!("{at}: {named} is not there yet"));
        }
        self.add(at, rights, found, None);
    }

    fn grant_own(&mut self, own: &Own) {
        let Some(path) = own.path.to_str() else { return };
        // The rule is about what is there now, where links lead.
        if let Ok(found) = sys::find(path, true) {
            self.add(path, own.rights, Arc::new(found), Some(own.for_what));
        }
    }

    fn drop_what_the_root_has(&mut self) {
        let everywhere = self.everywhere();
        self.rules.retain(|path, rule| path == ROOT || !everywhere.contains(rule.rights));
    }
}

fn is_at_or_below(path: &str, top: &str) -> bool {
    path == top || ancestors(path).any(|above| above == top)
}

/// Whether the policy permits something that could put another file at this path.
fn may_be_replaced(reach: &Reach, path: &str) -> bool {
    let change = [fs::Write::DEFINITION, fs::Create::DEFINITION, fs::Delete::DEFINITION, fs::Move::DEFINITION];
    reach.could(fs::Execute::DEFINITION)
        || change.iter().any(|action| {
            reach.extent(action, Kind::File).holds(path)
                || std::iter::once(path).chain(ancestors(path)).any(|at| reach.extent(action, Kind::Dir).holds(at))
        })
}

#[cfg(test)]
mod tests;
