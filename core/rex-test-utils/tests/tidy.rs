//! Rules of the code that the compiler does not hold.
#![cfg(test)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use syn::visit::Visit;

/// A file's path from the root, and its text.
type Source = (String, String);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// Every file below `folder` with this ending, its path from the root, and its text.
#[expect(clippy::disallowed_methods, reason = "the test reads the project's own sources")]
fn files(folder: &str, ending: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                if path.file_name().is_some_and(|name| name != "target" && name != "corpus") {
                    folders.push(path);
                }
            } else if path.to_str().unwrap().ends_with(ending) {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                found.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no {ending} below {folder}: the rule would hold of nothing");
    found
}

fn sources() -> Vec<Source> {
    ["core", "rust-sdk", "rhai-sdk"].into_iter().flat_map(|folder| files(folder, ".rs")).collect()
}

fn hold(rule: &str, broken: &[String]) {
    let mut message = format!("{rule}\n");
    for place in broken {
        let _ = writeln!(message, "  {place}");
    }
    assert!(broken.is_empty(), "{message}");
}

#[test]
fn no_file_is_over_600_lines() {
    let long =
        |(name, text): Source| Some(text.lines().count()).filter(|n| *n > 600).map(|n| format!("{name}: {n} lines"));
    hold("look for the second idea in these files", &sources().into_iter().filter_map(long).collect::<Vec<_>>());
}

#[test]
fn every_file_says_what_it_is() {
    let bare = |(name, text): &Source| !text.starts_with("//!") && !name.contains("/compile_fail/");
    let bare: Vec<_> = sources().into_iter().filter(bare).map(|(name, _)| name).collect();
    hold("the first line of these files does not say what they are", &bare);
}

#[test]
fn ignored_tests_have_a_reason() {
    let mut without = Vec::new();
    for (name, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            // Written in two parts, so that this line does not find itself.
            if line.trim_start().starts_with(concat!("#[", "ignore]")) {
                without.push(format!("{name}:{}", number + 1));
            }
        }
    }
    hold("these tests are ignored without a reason", &without);
}

/// The files of the `sys` modules of the operation crates, and all others.
fn operations() -> (Vec<Source>, Vec<Source>) {
    let all = files("rust-sdk", ".rs").into_iter().filter(|(name, _)| name.contains("/src/"));
    all.partition(|(name, _)| name.contains("/src/sys/") || name.ends_with("/src/sys.rs"))
}

/// Whether a type is, or holds, one called `name`.
fn mentions(tokens: &impl quote::ToTokens, name: &str) -> bool {
    struct Finder<'n>(&'n str, bool);
    impl Visit<'_> for Finder<'_> {
        fn visit_path_segment(&mut self, segment: &syn::PathSegment) {
            self.1 |= segment.ident == self.0;
            syn::visit::visit_path_segment(self, segment);
        }
    }
    let mut finder = Finder(name, false);
    if let Ok(ty) = syn::parse2::<syn::Type>(tokens.to_token_stream()) {
        finder.visit_type(&ty);
    }
    finder.1
}

#[test]
fn functions_of_sys_take_a_proof_or_give_unjudged() {
    let (mut checked, mut broken) = (0, Vec::new());
    for (name, text) in operations().0 {
        for item in syn::parse_file(&text).unwrap().items {
            let syn::Item::Fn(function) = item else { continue };
            // Private functions and those for `sys` itself are reached only through the others.
            let outside = match &function.vis {
                syn::Visibility::Public(_) => true,
                syn::Visibility::Restricted(to) => to.path.is_ident("crate"),
                syn::Visibility::Inherited => false,
            };
            if !outside {
                continue;
            }
            checked += 1;
            let proof = function.sig.inputs.iter().any(|input| match input {
                syn::FnArg::Typed(input) => {
                    mentions(&input.ty, "Authorized") && !matches!(*input.ty, syn::Type::Reference(_))
                }
                syn::FnArg::Receiver(_) => false,
            });
            let unjudged = matches!(&function.sig.output, syn::ReturnType::Type(_, ty) if mentions(ty, "Unjudged"));
            if !proof && !unjudged {
                broken.push(format!("{name}: {}", function.sig.ident));
            }
        }
    }
    assert!(checked >= 10, "only {checked} functions of `sys` were seen: the rule would hold of nothing");
    hold("these functions of `sys` act without a proof", &broken);
}

#[test]
fn only_sys_touches_the_system() {
    let mut broken = Vec::new();
    for (name, text) in operations().1 {
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            let line = line.replace("rustix::io::Errno", "");
            if ["rustix::", "libc::", "nix::", "std::fs", "std::net", "std::process", "std::os::"]
                .iter()
                .any(|part| line.contains(part))
            {
                broken.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    hold("these lines touch the system outside `sys`", &broken);
}

/// The dependency names in a manifest, those for tests left out.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut section = "";
    let mut names = Vec::new();
    for line in manifest.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if section == "dependencies" || section == "build-dependencies" {
            names.extend(
                line.split(['.', ' ', '='])
                    .next()
                    .filter(|name| !name.is_empty() && !name.starts_with('#'))
                    .map(str::to_owned),
            );
        }
    }
    names
}

#[test]
fn floors_depend_downwards() {
    let mut broken = Vec::new();
    let mut forbid = |folder: &str, bad: &dyn Fn(&str) -> bool| {
        for (name, text) in files(folder, "Cargo.toml") {
            broken.extend(
                dependencies(&text)
                    .into_iter()
                    .filter(|dependency| bad(dependency))
                    .map(|bad| format!("{name}: {bad}")),
            );
        }
    };
    forbid("rhai-sdk", &|name| {
        ["rustix", "libc", "nix", "procfs", "cedar-policy"].contains(&name)
            || name.starts_with("rex-runner-registrar") && name != "rex-runner-registrar-utils"
            || name == "rex-runner"
    });
    forbid("rust-sdk", &|name| {
        name.starts_with("rhai")
            || name.starts_with("rex-runner")
            || name == "cedar-policy"
            || name == "rex-sdk-registry"
    });
    forbid("core/rex-cedar-auth", &|name| {
        name.starts_with("rhai") || name.starts_with("rust-safe") || name == "rustix"
    });
    forbid("core", &|name| name == "rex-test-utils");
    hold("these dependencies go up a floor, or around the gate", &broken);
}

#[test]
fn weakening_features_stay_off() {
    let mut broken = Vec::new();
    for (name, text) in files(".", "Cargo.toml") {
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with('#')) {
            if ["tolerant-ast", "\"debugging\"", "\"internals\"", "\"unchecked\"", "partial-eval"]
                .iter()
                .any(|feature| line.contains(feature))
            {
                broken.push(format!("{name}:{}: {line}", number + 1));
            }
        }
    }
    hold("these features weaken or slow the engine", &broken);
}

#[test]
fn nothing_of_the_reference_is_used() {
    let lock = &files(".", "Cargo.lock")[0].1;
    let foreign: Vec<_> = lock
        .split("[[package]]")
        .filter(|package| {
            ["\"rex-", "\"rust-safe-", "\"rhai-safe-", "\"rust-sdk-", "\"rhai-sdk-"]
                .iter()
                .any(|name| package.contains(&format!("name = {name}")))
        })
        .filter(|package| package.contains("source = "))
        .map(|package| package.lines().nth(1).unwrap_or_default().to_owned())
        .collect();
    hold("these packages come from a registry", &foreign);
}
