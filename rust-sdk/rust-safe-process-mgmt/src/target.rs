//! The file that is looked for among what processes use.

use crate::list::skip;
use crate::sys::{self, Identity, Located, Path, Used};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Stat;
use std::io;

/// A file to look for, and how it can be told.
#[derive(Debug)]
pub(crate) struct Target {
    path: String,
    seen: Seen,
}

#[derive(Debug)]
enum Seen {
    /// By what it is, whatever its names.
    Itself(Identity),
    /// Nothing is there.
    Nothing(io::Error),
    /// By its path alone: the policy does not let it be looked at.
    PathAlone,
}

impl Target {
    /// What is at `path`, an absolute path.
    ///
    /// # Policy
    /// Asks `stat` on the path as a file; where it is a directory, on the directory, and where a link leads elsewhere, on what is there. Where
    /// that is denied, nothing is touched, and the path is only compared as a text.
    ///
    /// # Errors
    /// `ValidationError` for a path that is relative or holds `..`; [`Target::missing`] is for later.
    pub(crate) fn at(gate: &Gate, path: &str) -> Result<Self> {
        let path = normal(path)?;
        match look(gate, &path) {
            Ok(target) => Ok(target),
            Err(Error::PermissionDenied(denied)) => {
                skip(denied)?;
                Ok(Self { path, seen: Seen::PathAlone })
            }
            Err(error) => Err(error),
        }
    }

    /// Why nothing is there, where that is known.
    pub(crate) fn missing(&self) -> Option<Error> {
        let Seen::Nothing(error) = &self.seen else { return None };
        Some(Error::ValidationError(format!("Failed to canonicalize path {}: {error}", self.path)))
    }

    /// The path, where only it is compared.
    pub(crate) fn path_alone(&self) -> Option<&str> {
        matches!(self.seen, Seen::PathAlone).then_some(self.path.as_str())
    }

    /// Whether it is what is used.
    pub(crate) fn is(&self, used: &Used<'_>) -> bool {
        if used.is_no_path() {
            return false;
        }
        match self.seen {
            Seen::Itself(wanted) => match used.identity() {
                Some(identity) if identity == wanted => true,
                // The device of a mapping may be called otherwise: then path and number tell.
                Some(identity) => {
                    used.access == sys::Access::Mapped && identity.inode() == wanted.inode() && used.text == self.path
                }
                None => used.text == self.path,
            },
            Seen::Nothing(_) => false,
            Seen::PathAlone => used.text == self.path,
        }
    }

    /// Whether it is what is used, or was removed and had the path of this; with `below` also what is or was anywhere below that path.
    pub(crate) fn covers(&self, used: &Used<'_>, below: bool) -> bool {
        let under = |path: &str| {
            below && path.strip_prefix(self.path.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
        };
        let removed =
            |path: &str| (path == self.path || under(path)) && used.facts().is_none_or(|facts| facts.nameless);
        self.is(used) || under(&used.text) || used.removed_path().is_some_and(removed)
    }
}

fn look(gate: &Gate, path: &str) -> Result<Target> {
    let asked = Path(path.to_owned());
    let found = match sys::locate(gate.authorize::<Stat, _>(&asked)?) {
        Ok(Located::File(found)) => found,
        Ok(Located::Dir(held)) => gate.release::<Stat, _>(held)?.0,
        Ok(Located::Elsewhere(held)) => gate.release::<Stat, _>(held)?.0,
        Err(error) => return Ok(Target { path: asked.0, seen: Seen::Nothing(error) }),
    };
    Ok(Target { path: found.path, seen: Seen::Itself(found.identity) })
}

/// One spelling of an absolute path.
fn normal(path: &str) -> Result<String> {
    let refuse = |why: &str| Err(Error::ValidationError(format!("{why}: `{path}`")));
    if path.is_empty() {
        return refuse("Path cannot be empty");
    }
    if !path.starts_with('/') {
        return refuse("the path is not absolute");
    }
    if path.contains('\0') || path.split('/').any(|part| part == "..") {
        return refuse("the path holds `..` or a NUL character");
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    Ok(format!("/{}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn paths_have_one_spelling() {
        assert_eq!(normal("//a/./b//").unwrap(), "/a/b");
        assert_eq!(normal("/").unwrap(), "/");
        for refused in ["", "a", "/a/../b", "/a\0"] {
            assert_eq!(normal(refused).unwrap_err().kind(), "ValidationError", "{refused:?}");
        }
    }
}
