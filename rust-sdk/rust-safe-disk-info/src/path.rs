//! Absolute paths as text, in one spelling.

use crate::{Error, Result};

/// An absolute path: no `//`, no `/./`, no trailing slash, no `..`, no NUL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absolute(String);

impl Absolute {
    /// Normalises the text of a path.
    ///
    /// # Errors
    /// `InvalidPath` for a path that is relative, has a part `..` or holds NUL.
    pub fn parse(text: &str) -> Result<Self> {
        if !text.starts_with('/') {
            return Err(Error::InvalidPath(format!("`{text}` is not absolute: begin it with `/`")));
        }
        if text.contains('\0') {
            return Err(Error::InvalidPath(format!("`{text}` holds NUL")));
        }
        let mut path = String::with_capacity(text.len());
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => return Err(Error::InvalidPath(format!("`{text}` goes up by `..`: name the place itself"))),
                part => {
                    path.push('/');
                    path.push_str(part);
                }
            }
        }
        if path.is_empty() {
            path.push('/');
        }
        Ok(Self(path))
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The directory it lies in and its name there; nothing for `/`.
    pub(crate) fn split(&self) -> Option<(&str, &str)> {
        match self.0.rsplit_once('/') {
            Some((_, "")) | None => None,
            Some(("", name)) => Some(("/", name)),
            parts => parts,
        }
    }
}

/// Whether `path` is `directory` or lies below it, part by part.
pub(crate) fn is_at_or_below(path: &str, directory: &str) -> bool {
    match path.strip_prefix(directory) {
        Some(rest) => rest.is_empty() || rest.starts_with('/') || directory.ends_with('/'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Absolute, is_at_or_below};

    #[test]
    fn one_spelling() {
        for text in ["/a/b", "//a//b/", "/./a/./b/."] {
            assert_eq!(Absolute::parse(text).unwrap().as_str(), "/a/b", "{text}");
        }
        assert_eq!(Absolute::parse("//").unwrap().as_str(), "/");
        for text in ["", "a", "./a", "/a/../b", "/a\0"] {
            assert_eq!(Absolute::parse(text).unwrap_err().kind(), "InvalidPath", "{text}");
        }
    }

    #[test]
    fn parent_and_name() {
        let split = |text| Absolute::parse(text).unwrap().split().map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(split("/a/b"), Some(("/a".to_owned(), "b".to_owned())));
        assert_eq!(split("/a"), Some(("/".to_owned(), "a".to_owned())));
        assert_eq!(split("/"), None);
    }

    #[test]
    fn below_goes_by_parts() {
        assert!(is_at_or_below("/data", "/data"));
        assert!(is_at_or_below("/data/x", "/data"));
        assert!(is_at_or_below("/data", "/"));
        assert!(!is_at_or_below("/database", "/data"));
        assert!(!is_at_or_below("/", "/data"));
    }
}
