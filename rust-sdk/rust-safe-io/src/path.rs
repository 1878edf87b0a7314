//! Paths as text: what is refused before anything is judged, and the one spelling that is judged.

use crate::{Error, Result};
use rex_cedar_auth::action::file_system::{Create, Open};
use rex_cedar_auth::{Resource, accepts, kind};
use std::borrow::Cow;

/// An absolute path of a directory, normalised: no `//`, no `/./`, no trailing slash, no `..`, no NUL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DirPath(String);

/// An absolute path as the directory it lies in and the name in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilePath {
    pub(crate) parent: DirPath,
    pub(crate) name: String,
}

/// What a path stands for in an error text.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    File,
    Source,
    Destination,
    Directory,
    Any,
}

impl Role {
    const fn words(self) -> &'static str {
        match self {
            Role::File => "Invalid file path",
            Role::Source => "Invalid source path",
            Role::Destination => "Invalid destination path",
            Role::Directory => "Invalid directory path",
            Role::Any => "Invalid path",
        }
    }
}

impl DirPath {
    /// Normalises the text of a directory's path.
    ///
    /// # Errors
    /// `Other` for a path that is relative, has a part `..` or holds NUL.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        if !text.starts_with('/') {
            return Err(Error::other(format!("Path is not absolute {text}")));
        }
        if text.contains('\0') {
            return Err(Error::other(format!("Path contains invalid characters {text}")));
        }
        let mut normal = String::with_capacity(text.len());
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => return Err(Error::other(format!("Path traversal detected {text}"))),
                part => {
                    normal.push('/');
                    normal.push_str(part);
                }
            }
        }
        if normal.is_empty() {
            normal.push('/');
        }
        Ok(Self(normal))
    }

    /// The path of something that was found, or where it would be, as the kernel spells it.
    pub(crate) fn real(path: String) -> Self {
        Self(path)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The directory this one lies in and its name there; nothing for `/`.
    pub(crate) fn split(&self) -> Option<FilePath> {
        let (parent, name) = self.0.rsplit_once('/')?;
        let parent = DirPath(if parent.is_empty() { "/".to_owned() } else { parent.to_owned() });
        (!name.is_empty()).then(|| FilePath { parent, name: name.to_owned() })
    }
}

impl FilePath {
    /// Normalises the text of a path that must have a last part.
    ///
    /// # Errors
    /// `InvalidArguments` for a path without a last part (empty, `/`, or ending in `..`); else as [`DirPath::parse`], of the
    /// directory part.
    pub(crate) fn parse(text: &str, role: Role) -> Result<Self> {
        let invalid = || Error::invalid_arguments(format!("{}: {text}", role.words()));
        let mut trimmed = text;
        // The last part is the last that is not empty or `.`.
        let name = loop {
            let (before, last) = trimmed.rsplit_once('/').unwrap_or(("", trimmed));
            match last {
                "" | "." if !before.is_empty() => trimmed = before,
                "" | "." | ".." => return Err(invalid()),
                name => break name,
            }
        };
        let parent = trimmed.strip_suffix(name).unwrap_or_default();
        let parent = if parent.len() > 1 { parent.strip_suffix('/').unwrap_or(parent) } else { parent };
        if name.contains('\0') {
            return Err(Error::other(format!("Path contains invalid characters {text}")));
        }
        Ok(Self { parent: DirPath::parse(parent)?, name: name.to_owned() })
    }

    /// The whole path.
    pub(crate) fn text(&self) -> String {
        join(self.parent.as_str(), &self.name)
    }
}

/// The path of `name` in `directory`.
pub(crate) fn join(directory: &str, name: &str) -> String {
    let mut path = String::with_capacity(directory.len() + 1 + name.len());
    path.push_str(directory);
    if !directory.ends_with('/') {
        path.push('/');
    }
    path.push_str(name);
    path
}

impl Resource for DirPath {
    type Kind = kind::Dir;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}
accepts!(DirPath: Create, Open);

#[cfg(test)]
mod tests {
    use super::{DirPath, FilePath, Role};

    fn file(text: &str) -> Result<(String, String), String> {
        FilePath::parse(text, Role::File)
            .map(|path| (path.parent.as_str().to_owned(), path.name))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn one_spelling() {
        for text in ["/a/b/c", "//a//b/c", "/a/./b/c/", "/a/b/./c/.", "/a/b/c//"] {
            assert_eq!(file(text).unwrap(), ("/a/b".to_owned(), "c".to_owned()), "{text}");
        }
        assert_eq!(file("/c").unwrap(), ("/".to_owned(), "c".to_owned()));
        assert_eq!(DirPath::parse("//").unwrap().as_str(), "/");
        assert_eq!(DirPath::parse("/a/").unwrap().as_str(), "/a");
    }

    #[test]
    fn refusals() {
        assert_eq!(file("x").unwrap_err(), "Path is not absolute ");
        assert_eq!(file("./x").unwrap_err(), "Path is not absolute .");
        assert_eq!(file("").unwrap_err(), "Invalid arguments: Invalid file path: ");
        assert_eq!(file("/").unwrap_err(), "Invalid arguments: Invalid file path: /");
        assert_eq!(file("/a/..").unwrap_err(), "Invalid arguments: Invalid file path: /a/..");
        assert_eq!(file("/a/../b").unwrap_err(), "Path traversal detected /a/..");
        assert!(file("/a/b\0c").unwrap_err().starts_with("Path contains invalid characters"));
        assert!(file("/a\0/c").unwrap_err().starts_with("Path contains invalid characters"));
        assert_eq!(DirPath::parse("a").unwrap_err().to_string(), "Path is not absolute a");
    }
}
