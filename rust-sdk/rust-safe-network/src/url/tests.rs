//! Tests of the one spelling of a url.

use super::Url;
use crate::Reason;
use proptest::prelude::*;
use rex_cedar_auth::action::network::Get;

fn normal(text: &str) -> String {
    Url::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).as_str().to_owned()
}

#[test]
fn each_url_has_one_spelling() {
    for (given, expected) in [
        ("HTTP://ExAmPlE.org:80", "http://example.org/"),
        ("https://example.org:443/a#b", "https://example.org/a"),
        ("http://example.org:8080/a?", "http://example.org:8080/a"),
        ("http://example.org./a", "http://example.org/a"),
        ("http://ex%61mple.org/a", "http://example.org/a"),
        ("http://bücher.example/ü", "http://xn--bcher-kva.example/%C3%BC"),
        ("http://a/pub/../secret", "http://a/secret"),
        ("http://a/pub/%2e%2E/secret", "http://a/secret"),
        ("http://a/pub/.\t.\n/secret", "http://a/secret"),
        ("http:\\\\a\\pub\\..\\secret", "http://a/secret"),
        ("http:a/b", "http://a/b"),
        (" http://a/%73%65cret?%61=%2f&b=%c3%bc ", "http://a/secret?a=%2F&b=%C3%BC"),
        ("http://a/%zz%", "http://a/%25zz%25"),
        ("http://a/%%30a?%%30a", "http://a/%250a?%250a"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://[::ffff:127.0.0.1]/", "http://127.0.0.1/"),
        ("http://[0:0::1]:80/", "http://[::1]/"),
        ("http://0.0.0.0/", "http://127.0.0.1/"),
        ("http://0/", "http://127.0.0.1/"),
        ("http://[::]/", "http://[::1]/"),
        ("http://[::ffff:0.0.0.0]/", "http://127.0.0.1/"),
        ("http://@a/", "http://a/"),
        ("http://a/%2573", "http://a/%2573"),
        ("http://a/b%2Fc", "http://a/b%2Fc"),
    ] {
        assert_eq!(normal(given), expected, "{given:?}");
        assert_eq!(normal(expected), expected, "not stable");
    }
}

#[test]
fn what_cannot_be_requested_says_why() {
    let error = |text: &str| Url::parse(text).unwrap_err();
    for text in
        ["not a url", "http://", "file:///x", "", "//127.0.0.1/", "data:text/plain,a", "http://a b/", "http://[::1"]
    {
        assert_eq!(error(text).kind(), "Other", "{text}");
        assert!(error(text).to_string().starts_with("failed to clone request"), "{text}");
    }
    for (text, why) in [
        ("ftp://127.0.0.1/", "only http and https"),
        ("gopher://127.0.0.1/", "only http and https"),
        ("http://user@a/", "user or password"),
        ("http://user:hidden@a/", "user or password"),
        ("http://:hidden@a/", "user or password"),
        ("http://a../", "its host is empty"),
        ("http://a:0/", "0 is no port"),
        ("http://a/pub/..%2fsecret", "dot segments"),
        ("http://a/pub/..%5csecret", "dot segments"),
        ("http://a/pub%2f..%2fsecret", "dot segments"),
        ("http://a/pub/%252e%252e/secret", "dot segments"),
        ("http://a/pub/..;x/secret", "dot segments"),
        ("http://a/%25252525252e", "dot segments"),
    ] {
        let error = error(text);
        assert_eq!((error.kind(), error.reason()), ("RequestError", Some(Reason::Url)), "{text}: {error}");
        assert!(error.to_string().contains(why) && !error.to_string().contains("hidden"), "{text}: {error}");
    }
    assert!(Url::parse(&format!("http://a/{}", "x".repeat(100_000))).is_err());
}

#[test]
fn redirects_are_read_as_any_other_url() {
    let from = Url::parse("http://a/b/c?d").unwrap();
    let to = |location: &str| from.join(location).map(|url| url.as_str().to_owned());
    assert_eq!(to("e").unwrap(), "http://a/b/e");
    assert_eq!(to("../../%73").unwrap(), "http://a/s");
    assert_eq!(to("//evil/x").unwrap(), "http://evil/x");
    assert_eq!(to("?q").unwrap(), "http://a/b/c?q");
    assert!(to("file:///etc/passwd").is_err() && to("http://u:p@a/").is_err() && to("gopher://a/").is_err());
    assert!(from.same_origin(&from.join("/other").unwrap()));
    for other in ["https://a/", "http://a:81/", "http://b/"] {
        assert!(!from.same_origin(&Url::parse(other).unwrap()), "{other}");
    }
}

#[test]
fn parameters_cannot_change_the_rest() {
    let url = Url::parse("http://a/b?c=d").unwrap();
    let with = |name: &str, value: &str| url.with_query(&[(name.to_owned(), value.to_owned())]).unwrap();
    assert_eq!(with("e f", "1&g=#2/../\r\n").as_str(), "http://a/b?c=d&e+f=1%26g%3D%232%2F..%2F%0D%0A");
    assert_eq!(url.with_query(&[]).unwrap(), url);
}

/// One character, spelled in some way that means the same.
fn spelled(character: char) -> BoxedStrategy<String> {
    let plain = character.to_string();
    let encoded = format!("%{:02x}", u32::from(character));
    prop_oneof![Just(plain.clone()), Just(encoded.to_uppercase()), Just(encoded), Just(format!("\t{plain}"))].boxed()
}

fn text_spelled(text: &str) -> BoxedStrategy<String> {
    let mut whole: BoxedStrategy<String> = Just(String::new()).boxed();
    for character in text.chars() {
        whole = (whole, spelled(character)).prop_map(|(before, after)| before + &after).boxed();
    }
    whole
}

fn host() -> BoxedStrategy<String> {
    let numeric = prop::sample::select(vec![
        "10.1.2.3",
        "0xa.1.2.3",
        "012.1.2.3",
        "10.66051",
        "167838211",
        "0x0A010203",
        "[::ffff:10.1.2.3]",
        "[::ffff:a01:203]",
        "[0:0:0:0:0:ffff:10.1.2.3]",
        "10.1.2.3.",
        "１０.1.2.3",
    ]);
    let name = (text_spelled("internal"), prop::sample::select(vec!["", "."])).prop_map(|(name, dot)| name + dot);
    prop_oneof![numeric.prop_map(str::to_owned), name].boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_spelling_of_a_forbidden_url_passes(
        scheme in prop::sample::select(vec!["http", "HTTP", "hTTp"]),
        slashes in prop::sample::select(vec!["://", ":\\\\", ":/", ":", ":///"]),
        user in prop::sample::select(vec!["", "@", "good@", "good:80@"]),
        host in host(),
        port in prop::sample::select(vec!["", ":80", ":", ":0080"]),
        detour in prop::sample::select(vec!["", "pub/../", "pub/%2e%2E/", "./", "%2e/", "pub\\..\\", "pub/.\t./", "..%2f"]),
        page in text_spelled("secret"),
        rest in prop::sample::select(vec!["", "?", "?a=b", "#pub", "/", "/more", ";x"]),
    ) {
        let text = format!("{scheme}{slashes}{user}{host}{port}/{detour}{page}{rest}");
        let gate = rex_test_utils::gate(
            "permit(principal, action, resource); \
             forbid(principal, action, resource is network::url) when { \
             (resource.host == \"10.1.2.3\" || resource.host == \"internal\") && resource.port == 80 && resource.path like \"/secret*\" };",
        );
        if let Ok(url) = Url::parse(&text) {
            prop_assert!(gate.authorize::<Get, _>(&url).is_err(), "{text:?} is {url}");
        }
    }

    #[test]
    fn no_text_is_too_odd_and_all_normal_forms_are_stable(text in "\\PC{0,40}", path in "[a-z%./\\\\;?#0-9A-F \t]{0,30}") {
        for text in [text.clone(), format!("http://{text}"), format!("http://a/{path}"), format!("http://{path}/{text}")] {
            if let Ok(url) = Url::parse(&text) {
                let again = Url::parse(url.as_str());
                prop_assert_eq!(again.unwrap(), url);
            }
        }
    }
}
