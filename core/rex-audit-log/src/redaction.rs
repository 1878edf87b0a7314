//! What of free texts may stand in a record.

use crate::text::{bare_url, bounded};
use rex_redaction::{Dictionary, REDACTED};
use std::borrow::Cow;
use std::sync::OnceLock;

/// The redaction dictionary, read when it is first needed. One that cannot be used shows nothing.
#[derive(Debug, Default)]
pub struct Redaction {
    text: Option<String>,
    dictionary: OnceLock<Option<Dictionary>>,
}

impl Redaction {
    /// The dictionary with this text; without one, nothing is shown.
    pub fn new(text: Option<String>) -> Self {
        Self { text, dictionary: OnceLock::new() }
    }

    fn dictionary(&self) -> Option<&Dictionary> {
        self.dictionary.get_or_init(|| Dictionary::parse(self.text.as_deref()?).ok()).as_ref()
    }

    /// The lines of `text` that the dictionary knows, the others hidden.
    pub fn text(&self, text: &str) -> String {
        let shown = self.dictionary().map_or_else(|| REDACTED.to_owned(), |dictionary| dictionary.redact(text));
        bounded(&shown).into_owned()
    }

    /// The id of a resource of the type `kind`: a url without its secrets, and nothing too long.
    pub fn resource<'u>(&self, kind: &str, id: &'u str) -> Cow<'u, str> {
        if kind == "network::url" { self.url(id) } else { bounded(id) }
    }

    /// `url` as it is where the dictionary knows it as a line, else without user, query and fragment.
    fn url<'u>(&self, url: &'u str) -> Cow<'u, str> {
        let bare = bare_url(url);
        if bare != url && self.dictionary().is_some_and(|dictionary| dictionary.allows(url)) {
            return bounded(url);
        }
        match bare {
            Cow::Borrowed(url) => bounded(url),
            Cow::Owned(url) => Cow::Owned(bounded(&url).into_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Redaction;

    #[test]
    fn only_known_texts_are_shown() {
        let redaction = Redaction::new(Some("disk %s is full\nhttps://host/list?page=%d\n".to_owned()));
        assert_eq!(redaction.text("disk sda is full"), "disk sda is full");
        assert_eq!(redaction.text("password is x\ndisk sda is full"), "[REDACTED]\ndisk sda is full");
        assert_eq!(redaction.url("https://host/list?page=7"), "https://host/list?page=7");
        assert_eq!(redaction.url("https://host/list?page=x"), "https://host/list?[REDACTED]");
    }

    #[test]
    fn without_a_dictionary_nothing_is_shown() {
        for none in [Redaction::default(), Redaction::new(Some("x".repeat(rex_redaction::MAX_BYTES + 1)))] {
            assert_eq!(none.text("anything"), "[REDACTED]");
            assert_eq!(none.url("https://host/?a=b"), "https://host/?[REDACTED]");
            assert_eq!(none.url("https://host/"), "https://host/");
        }
    }
}
