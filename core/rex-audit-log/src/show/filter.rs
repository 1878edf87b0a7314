//! Which records are shown.

use crate::Entry;
use jiff::Timestamp;

/// Which records are shown: those that fit everything that is set.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The name of the run begins with this.
    pub run: Option<String>,
    /// The script function.
    pub function: Option<String>,
    /// The action, with its namespace (`file_system::Action::"open"`) or without (`open`); `*` stands for anything.
    pub action: Option<String>,
    /// The id of the resource, or the resource with its type; `*` stands for anything.
    pub resource: Option<String>,
    /// The account.
    pub principal: Option<String>,
    /// Only what was denied.
    pub denied: bool,
    /// Not before.
    pub since: Option<Timestamp>,
    /// Not after.
    pub until: Option<Timestamp>,
}

impl Filter {
    /// Whether a record is shown.
    pub fn shows(&self, entry: &Entry) -> bool {
        let own = &entry.unmapped;
        let like = |pattern: &Option<String>, texts: [Option<&str>; 2]| match pattern {
            None => true,
            Some(pattern) => texts.into_iter().flatten().any(|text| is_like(pattern, text)),
        };
        self.run.as_deref().is_none_or(|run| entry.run().starts_with(run))
            && self.function.as_deref().is_none_or(|name| own.function.as_deref() == Some(name))
            && like(&self.action, [own.action.as_deref(), own.action.as_deref().map(super::short)])
            && like(&self.resource, [own.resource.as_deref(), own.resource.as_deref().and_then(id)])
            && self.principal.as_deref().is_none_or(|name| entry.actor.user.name == name)
            && (!self.denied || entry.is_denial())
            && self.since.is_none_or(|since| entry.time() >= since)
            && self.until.is_none_or(|until| entry.time() <= until)
    }
}

/// The id within a resource as policies write it.
fn id(resource: &str) -> Option<&str> {
    resource.split_once("::\"")?.1.strip_suffix('"')
}

/// Whether `text` is `pattern`, in which `*` stands for anything. Takes no longer than the product of both lengths.
fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut seen) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(seen) {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(wanted) if wanted == byte => {
                at += 1;
                seen += 1;
            }
            _ => match &mut star {
                None => return false,
                Some((place, taken)) => {
                    *taken += 1;
                    (at, seen) = (*place + 1, *taken);
                }
            },
        }
    }
    pattern.get(at..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, like) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("/tmp/*", "/tmp/a/b", true),
            ("*/passwd", "/etc/passwd", true),
            ("*/passwd", "/etc/passwd2", false),
            ("a*b*c", "aXbXbXc", true),
            ("a*b*c", "aXcXb", false),
            ("**a", "a", true),
        ] {
            assert_eq!(is_like(pattern, text), like, "{pattern} {text}");
        }
    }
}
