//! The outline of a policy text: where its statements begin and how deep it nests.
//!
//! Cedar numbers policies in the order of the text but does not tell their lines, and its parser recurses.

use super::Problem;

/// More text than any policy has: it bounds the work of the parser and the validator.
const MAX_BYTES: usize = 2 << 20;

/// Deeper than any policy needs.
const MAX_DEPTH: usize = 100;

/// How deep the syntax tree of one policy may be; see [`Outline::nesting`].
///
/// This many fit into the 8 MiB of a main thread.
const MAX_NESTING: usize = 2000;

/// Stack that one level of the syntax tree is given, and stack that is left to the caller. Measured without optimisation,
/// Cedar takes 3,500 bytes for an operator, 5,100 for an `if` and 15,500 for a level of brackets. With less it overflows the
/// stack in parsing or, worse, passes over the level in validation.
const LEVEL_BYTES: usize = 4096;
const SPARE_BYTES: usize = 128 << 10;

/// A level of brackets counts as so many operators: it passes through all ranks of the grammar.
const BRACKET: usize = 4;

/// An `if` counts as so many operators.
const IF: usize = 2;

/// Where a statement begins; zeros where that is unknown.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) offset: usize,
    pub(super) line: usize,
}

pub(super) struct Outline {
    statements: Vec<Place>,
    depth: usize,
    /// Where it is deepest.
    deepest: usize,
    /// An upper bound of the depth of the syntax tree, over all statements.
    nesting: usize,
    /// Where it is reached.
    busiest: usize,
}

/// Reads the outline: skips texts and comments, counts brackets and operators.
pub(super) fn outline(text: &str) -> Outline {
    let mut outline = Outline { statements: Vec::new(), depth: 0, deepest: 0, nesting: 0, busiest: 0 };
    let (mut depth, mut operators, mut line, mut fresh) = (0_usize, 0_usize, 1_usize, true);
    let mut bytes = text.bytes().enumerate().peekable();
    // The byte before, and how many bytes of the word it stands in have passed.
    let (mut before, mut word) = (b' ', 0_usize);
    while let Some((at, byte)) = bytes.next() {
        let next = bytes.peek().map(|(_, byte)| *byte);
        if !byte.is_ascii_whitespace() && fresh && !(byte == b'/' && next == Some(b'/')) {
            outline.statements.push(Place { offset: at, line });
            fresh = false;
        }
        match byte {
            b'\n' => line += 1,
            b'/' if next == Some(b'/') => while bytes.next_if(|(_, byte)| *byte != b'\n').is_some() {},
            b'"' => {
                let mut escaped = false;
                for (_, byte) in bytes.by_ref() {
                    line += usize::from(byte == b'\n');
                    if byte == b'"' && !escaped {
                        break;
                    }
                    escaped = byte == b'\\' && !escaped;
                }
            }
            b'(' | b'[' | b'{' => {
                depth += 1;
                if depth > outline.depth {
                    (outline.depth, outline.deepest) = (depth, at);
                }
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b';' => (fresh, operators) = (true, 0),
            _ => {}
        }
        // Each of these nests the tree by a level without a bracket; `["a"]["b"]` and `else if` chains do so too.
        let word_ends = !next.is_some_and(is_of_word);
        operators += match byte {
            b'&' | b'|' => usize::from(before != byte),
            b'+' | b'*' | b'-' | b'.' | b'!' | b'[' => 1,
            b'f' if word == 1 && before == b'i' && word_ends => IF,
            _ => 0,
        };
        let nesting = operators + BRACKET * depth;
        if nesting > outline.nesting {
            (outline.nesting, outline.busiest) = (nesting, at);
        }
        (before, word) = (byte, if is_of_word(byte) { word + 1 } else { 0 });
    }
    outline
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

impl Outline {
    /// The place of the statement that Cedar calls `policyN`.
    pub(super) fn place_of(&self, cedar_id: &str) -> Place {
        let number: Option<usize> = cedar_id.strip_prefix("policy").and_then(|number| number.parse().ok());
        number.and_then(|number| self.statements.get(number)).copied().unwrap_or_default()
    }

    /// Says why the text is beyond what the parser may be given on this thread.
    pub(super) fn too_large(&self, text: &str) -> Option<Problem> {
        if text.len() > MAX_BYTES {
            return Some(Problem::at(MAX_BYTES, format!("the policy is larger than {MAX_BYTES} bytes")));
        }
        if self.depth > MAX_DEPTH {
            return Some(Problem::at(self.deepest, format!("brackets nest deeper than {MAX_DEPTH} levels here")));
        }
        let stack = stacker::remaining_stack().unwrap_or(usize::MAX);
        let bearable = stack.saturating_sub(SPARE_BYTES) / LEVEL_BYTES;
        if self.nesting > bearable.min(MAX_NESTING) {
            let message = format!("one policy joins more than {} conditions here", bearable.min(MAX_NESTING));
            let help = "split it into several policies, or write `resource in [A, B, C]` instead of a chain of `||`"
                .to_owned();
            return Some(Problem { help: Some(help), ..Problem::at(self.busiest, message) });
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::outline;

    #[test]
    fn lines_of_statements() {
        let text = "// a comment; with a semicolon\npermit(principal, action, resource);\n\n@id(\"x;y\")\nforbid(principal,\naction, resource); // end\n";
        let outline = outline(text);
        let lines = ["policy0", "policy1", "policy2"].map(|id| outline.place_of(id).line);
        assert_eq!(lines, [2, 4, 0]);
    }

    #[test]
    fn brackets_in_texts_do_not_count() {
        assert_eq!(outline(r#"permit(principal, action, resource) when { "((((" == "\"((" };"#).depth, 1);
        assert_eq!(outline("// ((( \n(").depth, 1);
    }

    #[test]
    fn operators_are_counted_once_and_words_are_not() {
        let nesting = |text: &str| outline(text).nesting;
        assert_eq!(nesting("a && b || c"), 2);
        assert_eq!(nesting("if a then b else if c then d else e"), 2 * super::IF);
        assert_eq!(nesting("resource in file_system::Dir::\"/a.b/!c\" diff elif if_x ife"), 0);
        assert_eq!(nesting("context.a[\"b\"]"), 2 + super::BRACKET);
        assert_eq!(nesting("a && b; a && b;"), 1);
    }
}
