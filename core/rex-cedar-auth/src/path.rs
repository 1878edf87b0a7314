//! The directories above a path, as text.

/// The directories above an absolute path, the nearest first, `/` last. Nothing for `/` itself.
///
/// ```
/// assert_eq!(rex_cedar_auth::ancestors("/a/b/c").collect::<Vec<_>>(), ["/a/b", "/a", "/"]);
/// ```
pub fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(parent(path), |above| parent(above))
}

/// The directory that an absolute path lies in.
pub(crate) fn parent(path: &str) -> Option<&str> {
    match path.rsplit_once('/') {
        Some(("", "")) | None => None,
        Some(("", _)) => Some("/"),
        Some((above, _)) => Some(above),
    }
}

#[cfg(test)]
mod tests {
    use super::ancestors;

    #[test]
    fn root_has_no_ancestors() {
        assert_eq!(ancestors("/").count(), 0);
        assert_eq!(ancestors("/a").collect::<Vec<_>>(), ["/"]);
    }
}
