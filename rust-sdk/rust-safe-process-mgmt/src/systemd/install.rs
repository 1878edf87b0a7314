//! The `[Install]` section of unit files: which units are enabled along with one, and by which names it can be called then.

use crate::{Error, Result};

/// What enabling a unit takes along.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Install {
    /// Whether there is anything to install.
    pub(super) any: bool,
    /// Units that are enabled along with it (`Also=`).
    pub(super) also: Vec<String>,
    /// Names it gets (`Alias=`).
    pub(super) aliases: Vec<String>,
}

impl Install {
    /// What the files of the unit `name` say. Lines that take something back are not heeded: then more is judged, never less.
    ///
    /// # Errors
    /// `ValidationError` for what is filled in only by the manager.
    pub(super) fn of(name: &str, texts: &[String]) -> Result<Self> {
        let mut install = Self::default();
        for text in texts {
            let mut inside = false;
            for line in lines(text) {
                let line = line.trim();
                if line.starts_with('[') {
                    inside = line == "[Install]";
                } else if let Some((key, value)) = line.split_once('=').filter(|_| inside) {
                    let names = match key.trim_end() {
                        "Also" => &mut install.also,
                        "Alias" => &mut install.aliases,
                        "WantedBy" | "RequiredBy" | "UpheldBy" => {
                            install.any = true;
                            continue;
                        }
                        _ => continue,
                    };
                    install.any = true;
                    for word in value.split_whitespace() {
                        names.push(filled_in(name, word.trim_matches(['"', '\'']))?);
                    }
                }
            }
        }
        Ok(install)
    }
}

/// The lines of a unit file (systemd.syntax(7)): one that ends with a backslash goes on in the next, and remarks are none.
fn lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines() {
        if line.trim_start().starts_with(['#', ';']) {
            continue;
        }
        let mut whole = open.take().unwrap_or_default();
        if let Some(start) = line.strip_suffix('\\') {
            whole.push_str(start);
            whole.push(' ');
            open = Some(whole);
        } else {
            whole.push_str(line);
            lines.push(whole);
        }
    }
    lines.extend(open);
    lines
}

/// `word` with the parts of the unit's own name that it asks for (systemd.unit(5), "Specifiers").
fn filled_in(name: &str, word: &str) -> Result<String> {
    let (stem, _) = name.rsplit_once('.').unwrap_or((name, ""));
    let (prefix, instance) = stem.split_once('@').unwrap_or((stem, ""));
    let mut filled = String::new();
    let mut rest = word.chars();
    while let Some(c) = rest.next() {
        if c != '%' {
            filled.push(c);
            continue;
        }
        match rest.next() {
            Some('%') => filled.push('%'),
            Some('n') => filled.push_str(name),
            Some('N') => filled.push_str(stem),
            Some('p') => filled.push_str(prefix),
            Some('i') => filled.push_str(instance),
            _ => {
                return Err(Error::ValidationError(format!(
                    "what is enabled along with `{name}` cannot be judged: `{word}` is filled in only by the manager"
                )));
            }
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::Install;

    fn install(name: &str, text: &str) -> Install {
        Install::of(name, &[text.to_owned()]).unwrap()
    }

    #[test]
    fn reads_what_is_taken_along() {
        let text = "[Unit]\nAlso=no.service\n[Install]\n# Also=no.service\nAlso = a.socket \"b.timer\" \\\n# between\n c.path\nAlso=\nAlias=d.service\nWantedBy=x.target\n[X]\nAlso=no.service";
        let found = install("u.service", text);
        assert_eq!(found.also, ["a.socket", "b.timer", "c.path"]);
        assert_eq!(found.aliases, ["d.service"]);
        assert!(found.any);
        assert_eq!(install("u.service", "[Service]\nExecStart=/bin/true"), Install::default());
    }

    #[test]
    fn fills_in_names_and_refuses_what_it_does_not_know() {
        assert_eq!(
            install("a@b.service", "[Install]\nAlso=%p@%i.socket %N.timer %n %%").also,
            ["a@b.socket", "a@b.timer", "a@b.service", "%"]
        );
        for unknown in ["%H.service", "x%", "%I.service"] {
            let text = format!("[Install]\nAlso={unknown}");
            assert!(Install::of("a.service", &[text]).is_err(), "{unknown}");
        }
    }
}
