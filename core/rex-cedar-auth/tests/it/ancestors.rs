//! The directories above a path.

use proptest::prelude::*;
use rex_cedar_auth::ancestors;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Found another way: each prefix of the parts.
    #[test]
    fn ancestors_are_the_prefixes(parts in proptest::collection::vec("[^/\0]{1,6}", 0..12)) {
        let path = format!("/{}", parts.join("/"));
        let mut expected: Vec<String> = (0..parts.len()).map(|count| format!("/{}", parts[..count].join("/"))).collect();
        expected.reverse();
        prop_assert_eq!(ancestors(&path).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn any_text_ends(text in ".{0,60}") {
        let above: Vec<&str> = ancestors(&text).collect();
        prop_assert!(above.len() <= text.matches('/').count());
        prop_assert!(above.iter().all(|directory| text.starts_with(directory)));
    }
}
