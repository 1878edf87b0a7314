//! The outline of a policy text: where its statements begin and how deep it nests.
//!
//! Cedar numbers policies in the order of the text but does not tell their lines, and its parser recurses.

use super::Problem;

/// More text than any policy has; it bounds the work and the stack of the parser.
const MAX_BYTES: usize = 4 << 20;

/// Deeper than any policy needs.
const MAX_DEPTH: usize = 100;

/// Longer than any chain of operators needs: the parser nests one level for each.
const MAX_OPERATORS: usize = 10_000;

pub(super) struct Outline {
    /// The byte offset and line of each statement.
    statements: Vec<(usize, usize)>,
    depth: usize,
    /// Where it is deepest.
    deepest: usize,
    operators: usize,
    busiest: usize,
}

/// Reads the outline: skips texts and comments, counts brackets and operators.
pub(super) fn outline(text: &str) -> Outline {
    let mut outline = Outline { statements: Vec::new(), depth: 0, deepest: 0, operators: 0, busiest: 0 };
    let (mut depth, mut operators, mut line, mut fresh) = (0_usize, 0_usize, 1_usize, true);
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        if !byte.is_ascii_whitespace() && fresh && !(byte == b'/' && bytes.peek().is_some_and(|(_, b)| *b == b'/')) {
            outline.statements.push((at, line));
            fresh = false;
        }
        match byte {
            b'\n' => line += 1,
            b'/' if bytes.peek().is_some_and(|(_, byte)| *byte == b'/') => {
                while bytes.next_if(|(_, byte)| *byte != b'\n').is_some() {}
            }
            b'"' => {
                while let Some((_, byte)) = bytes.next() {
                    match byte {
                        b'\\' => drop(bytes.next()),
                        b'\n' => line += 1,
                        b'"' => break,
                        _ => {}
                    }
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
            // `else if` and chains of `&&`, `||`, `+`, `.`, `!` nest the tree without a bracket.
            b'&' | b'|' | b'+' | b'*' | b'-' | b'.' | b'!' | b'i' => {
                operators += 1;
                if operators > outline.operators {
                    (outline.operators, outline.busiest) = (operators, at);
                }
            }
            _ => {}
        }
    }
    outline
}

impl Outline {
    /// The line of the statement that Cedar calls `policyN`, 0 where there is none.
    pub(super) fn line_of(&self, cedar_id: &str) -> usize {
        let number: Option<usize> = cedar_id.strip_prefix("policy").and_then(|number| number.parse().ok());
        number.and_then(|number| self.statements.get(number)).map_or(0, |(_, line)| *line)
    }

    /// Says why the text is beyond what the parser may be given.
    pub(super) fn too_large(&self, text: &str) -> Option<Problem> {
        if text.len() > MAX_BYTES {
            return Some(Problem::text(format!("the policy is larger than {MAX_BYTES} bytes")));
        }
        if self.depth > MAX_DEPTH {
            return Some(Problem::at(self.deepest, format!("brackets nest deeper than {MAX_DEPTH} levels here")));
        }
        if self.operators > MAX_OPERATORS {
            return Some(Problem::at(self.busiest, format!("one policy has more than {MAX_OPERATORS} operators")));
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
        assert_eq!((outline.line_of("policy0"), outline.line_of("policy1"), outline.line_of("policy2")), (2, 4, 0));
    }

    #[test]
    fn brackets_in_texts_do_not_count() {
        assert_eq!(outline(r#"permit(principal, action, resource) when { "((((" == "\"((" };"#).depth, 1);
    }
}
