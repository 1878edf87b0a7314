//! Policy texts made to crash or stall the reader: each ends in an error with its place, or in success.

use rex_cedar_auth::action::file_system::Open;
use rex_cedar_auth::{Gate, Policies, Resource, accepts, kind};
use std::borrow::Cow;
use std::time::{Duration, Instant};

struct Path;
impl Resource for Path {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        "/a/b".into()
    }
}
accepts!(Path: Open);

/// Longer than any text of this file takes without optimisation on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

const MIB: usize = 1 << 20;

/// Loads the text, and asks by it, on a thread with `stack` bytes. Gives the message of a refusal.
fn load_on(stack: usize, text: &str) -> Result<(), String> {
    let text = text.to_owned();
    let load = move || {
        let began = Instant::now();
        let loaded = Policies::load("attack", &text);
        assert!(began.elapsed() < PATIENCE, "took {:?}", began.elapsed());
        match loaded {
            Ok(policies) => {
                let _ = Gate::new(policies, "alice").authorize::<Open, _>(&Path);
                Ok(())
            }
            Err(refused) => {
                for problem in refused.problems() {
                    assert!(refused.position(problem).is_some(), "no place: {problem:?}");
                }
                assert!(refused.to_string().len() < 10_000, "the message has {} bytes", refused.to_string().len());
                Err(refused.to_string())
            }
        }
    };
    std::thread::Builder::new().stack_size(stack).spawn(load).unwrap().join().unwrap()
}

/// The outcome with 8 MiB, having survived 2 MiB and a quarter too.
fn load(text: &str) -> Result<(), String> {
    let _ = load_on(MIB / 4, text);
    let _ = load_on(2 * MIB, text);
    load_on(8 * MIB, text)
}

fn when(condition: &str) -> String {
    format!("permit(principal, action, resource) when {{ {condition} }};")
}

fn refused(text: &str, because: &str) {
    let message = load(text).unwrap_err();
    assert!(message.contains(because), "{message}");
}

#[test]
fn deep_brackets() {
    for (open, core, close) in
        [("(", "true", ")"), ("[", "1", "]"), ("{a: ", "1", "}"), ("!(", "true", ")"), ("[1].contains(", "1", ")")]
    {
        for depth in [50, 99, 150, 100_000] {
            let outcome = load(&when(&format!("{}{core}{}", open.repeat(depth), close.repeat(depth))));
            if depth > 100 {
                assert!(outcome.unwrap_err().contains("brackets nest deeper than 100 levels"));
            } else if open.ends_with('(') && open.len() < 3 {
                assert_eq!(outcome, Ok(()));
            }
        }
    }
}

#[test]
fn signs_without_end() {
    for sign in ["!", "-", "!-", "- ! "] {
        refused(&when(&sign.repeat(MIB / sign.len())), "joins more than");
        refused(&when(&sign.repeat(4 * MIB / sign.len())), "larger than");
        assert!(load(&when(&format!("{}true", sign.repeat(60)))).is_err());
    }
}

#[test]
fn chains_of_operators() {
    for (term, operator) in [("resource has path", " && "), ("resource has path", " || "), ("1 == 1", " && ")] {
        refused(&when(&vec![term; 50_000].join(operator)), "joins more than");
        assert_eq!(load(&when(&vec![term; 1000].join(operator))), Ok(()));
        // Where the limit is reached the stack is just enough.
        assert_eq!(load(&when(&vec![term; 1990].join(operator))), Ok(()));
    }
    refused(&when(&format!("{} == 1", vec!["1"; 100_000].join(" + "))), "joins more than");
    refused(&when(&format!("{} == 1", vec!["1"; 100_000].join("*"))), "joins more than");
    refused(&when(&format!("{} == 1", vec!["1"; 100_000].join("-"))), "joins more than");
}

/// Cedar's validator passes over what is too deep for the stack without a word: then the text must have been refused before.
#[test]
fn the_deepest_condition_is_validated_on_every_stack() {
    for stack in [MIB / 4, MIB, 2 * MIB, 8 * MIB] {
        for count in [20, 40, 100, 200, 300, 400, 500, 800, 1200, 1600, 1990] {
            let chain = vec!["resource is file_system::File"; count].join(" || ");
            let chain = format!("resource.path == 5 || {chain}");
            let nested = format!("{}principal.name == 5", "if resource has path then false else ".repeat(count));
            for condition in [chain, nested] {
                let outcome = load_on(stack, &when(&condition));
                let said = outcome.as_ref().err().map_or("", String::as_str);
                assert!(
                    said.contains("does not exist") || said.contains("joins more"),
                    "{count} on {stack}: {condition:.40} {outcome:?}"
                );
            }
        }
    }
}

/// Deep brackets and long chains together.
#[test]
fn both_at_once() {
    let chain = vec!["resource has path"; 1500].join(" && ");
    assert_eq!(load(&when(&format!("{}{chain}{}", "(".repeat(98), ")".repeat(98)))), Ok(()));
    let chains = "(true && true && true && true && true && true && true && true && true && true && ".repeat(98);
    assert_eq!(load(&when(&format!("{chains}true{}", ")".repeat(98)))), Ok(()));
}

#[test]
fn conditionals() {
    assert!(load(&when(&"if ".repeat(100_000))).is_err());
    assert!(load(&when(&"if ".repeat(1000))).is_err());
    for count in [100, 400, 990] {
        assert_eq!(load(&when(&format!("{}true", "if resource has path then false else ".repeat(count)))), Ok(()));
        assert_eq!(
            load(&when(&format!("{}true{}", "if true then ".repeat(count), " else false".repeat(count)))),
            Ok(())
        );
        assert_eq!(
            load(&when(&format!("{}true{}", "if ".repeat(count), " then true else false".repeat(count)))),
            Ok(())
        );
    }
    refused(&when(&format!("{}true", "if resource has path then false else ".repeat(20_000))), "joins more than");
}

#[test]
fn long_paths_of_attributes() {
    for count in [500, 1900, 100_000] {
        assert!(load(&when(&format!("context{} == 1", ".a".repeat(count)))).is_err());
        assert!(load(&when(&format!("context{} == 1", "[\"a\"]".repeat(count)))).is_err());
        assert!(load(&when(&format!("[1]{}", ".contains(1)".repeat(count)))).is_err());
        let outcome = load(&when(&format!("context has a{}", ".a".repeat(count))));
        assert_eq!(outcome.is_ok(), count < 2000, "{outcome:?}");
    }
    assert!(load(&when(&format!("{}a::\"x\" == resource", "a::".repeat(50_000)))).is_err());
}

#[test]
fn many_policies() {
    assert_eq!(
        load_on(8 * MIB, &"permit(principal, action, resource in file_system::Dir::\"/srv/data\");\n".repeat(10_000)),
        Ok(())
    );
    let wrong = load_on(8 * MIB, &"permit(principal, action, resource in Dir::\"/a\");\n".repeat(10_000)).unwrap_err();
    assert!(wrong.ends_with("and 9990 more problems"), "{wrong}");
    assert_eq!(load(&format!("permit(principal, action, resource) {};", "when { true } ".repeat(1000))), Ok(()));
}

#[test]
fn sensible_long_lists() {
    let places: Vec<String> = (0..5000).map(|number| format!("file_system::Dir::\"/srv/if.else/{number}\"")).collect();
    assert_eq!(load(&when(&format!("resource in [{}]", places.join(", ")))), Ok(()));
    let chain: Vec<String> = places.iter().take(1000).map(|place| format!("resource in {place}")).collect();
    assert_eq!(load_on(8 * MIB, &when(&chain.join(" || "))), Ok(()));
    let actions = vec!["file_system::Action::\"read\""; 5000].join(", ");
    assert_eq!(load(&format!("permit(principal, action in [{actions}], resource);")), Ok(()));
}

/// What the gate says under the chain, not only that it loads.
#[test]
fn a_long_chain_still_permits() {
    let decides = || {
        let chain: Vec<String> =
            (0..1000).map(|number| format!("resource in file_system::Dir::\"/{number}\"")).collect();
        let text = when(&format!("{} || resource in file_system::Dir::\"/a\"", chain.join(" || ")));
        Gate::new(Policies::load("chain", &text).unwrap(), "alice").authorize::<Open, _>(&Path).map(drop)
    };
    let thread =
        std::thread::Builder::new().stack_size(8 * MIB).spawn(move || decides().map_err(|denied| denied.explanation()));
    assert_eq!(thread.unwrap().join().unwrap(), Ok(()));
}

#[test]
fn texts_and_comments_without_end() {
    for text in [
        "permit(principal, action, resource == file_system::File::\"/a);".to_owned(),
        format!("permit(principal, action, resource) when {{ \"{} }};", "\\\"".repeat(100_000)),
        format!("permit(principal, action, resource) when {{ \"{}", "(".repeat(100_000)),
        "\"".to_owned(),
        "\"\\".to_owned(),
        "/".to_owned(),
        "@id(".to_owned(),
        "@id(\"".to_owned(),
        "permit".to_owned(),
        ";".to_owned(),
        ";;;;".to_owned(),
        ")]}".repeat(10_000),
        "/* permit(principal, action, resource); */".to_owned(),
    ] {
        assert!(load(&text).is_err(), "{text:.80}");
    }
    assert_eq!(load(&format!("// {}", "(".repeat(100_000))), Ok(()));
    assert_eq!(load(""), Ok(()));
}

#[test]
fn odd_characters() {
    let permit = "permit(principal, action, resource);";
    assert_eq!(load(&format!("// Grüße\r\n{permit}\r\n\r\n{permit}\r\n")), Ok(()));
    assert_eq!(load("permit(principal, action, resource in file_system::Dir::\"/données/\u{1F980}\");"), Ok(()));
    refused(&format!("\u{feff}{permit}"), "byte order mark at line 1, column 1");
    refused(&format!("// ü\r\n{permit}\0"), "U+0000 outside of a text in quotes at line 2, column 37");
    for hostile in ["\u{202e}", "\u{0}", "é", "\u{1F980}", "\u{a0}", "\u{7f}", "\u{1b}[31m", "\\"] {
        for place in 0..=permit.len() {
            let (before, after) = permit.split_at(place);
            let _ = load_on(2 * MIB, &format!("{before}{hostile}{after}"));
        }
        let _ = load(&format!("permit(principal, action, resource == file_system::File::\"/{hostile}\");"));
        let _ = load(&format!("permit(principal, action == file_system::Action::\"{hostile}\", resource);"));
        let _ = load(&when(&format!("resource == \"{hostile}\"")));
        let _ = load(&format!("@id(\"{hostile}\") {permit}"));
    }
}

#[test]
fn every_prefix_of_a_policy() {
    let text = "@id(\"é\") permit(principal == User::\"ü\", action in [file_system::Action::\"read\"], resource is file_system::File) when { resource.path like \"/ä*\" && (if true then [1].contains(1) else {a: 1}.a == 1) }; // end";
    for (end, _) in text.char_indices() {
        let _ = load_on(2 * MIB, &text[..end]);
    }
    assert_eq!(load(text), Ok(()));
}
