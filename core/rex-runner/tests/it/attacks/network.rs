//! Attacks by requests: other spellings of an address, headers, redirects, variables.

use super::{ALL, Attack};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A server on an address of this machine. It keeps what it was sent and says the same to all.
struct Server {
    port: u16,
    got: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn saying(answer: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, got) = (listener.local_addr().unwrap().port(), Arc::new(Mutex::new(Vec::new())));
        let (kept, answer) = (Arc::clone(&got), answer.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Some(request) = read(&stream) {
                    kept.lock().unwrap().push(request);
                }
                // Who has gone already needs no answer.
                let _ = (&stream).write_all(answer.as_bytes());
            }
        });
        Self { port, got }
    }

    fn got(&self) -> Vec<String> {
        self.got.lock().unwrap().clone()
    }
}

/// The head of a request and the body that it announces.
fn read(stream: &TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(std::time::Duration::from_secs(10))).ok()?;
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        head += &line;
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(head + &String::from_utf8_lossy(&body))
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

/// Runs a script in which `PORT` stands for that of the server.
fn run(server: &Server, script: &str, policy: &str, environment: &'static [(&'static str, &'static str)]) -> Value {
    let filled =
        |text: &str| -> &'static str { Box::leak(text.replace("PORT", &server.port.to_string()).into_boxed_str()) };
    let attack = Attack { script: filled(script), policy: filled(policy), environment, ..Attack::BASE };
    attack.run(&attack.stage()).record()
}

/// How many of these urls were denied, failed otherwise, and were fetched.
fn fetch(server: &Server, urls: &[&str], policy: &str) -> (usize, usize, usize) {
    let list = urls.iter().map(|url| format!("{url:?}")).collect::<Vec<_>>().join(", ");
    let list = list.replace("\\u{200b}", "\\u200b");
    let script = format!(
        "let said = [0, 0, 0]; for url in [{list}] {{ try {{ curl(url); said[2] += 1; }} catch (e) {{ if `${{e}}`.contains(\"Permission denied\") {{ said[0] += 1; }} else {{ said[1] += 1; }} }} }} said"
    );
    let record = run(server, &script, policy, &[]);
    let told: Vec<usize> =
        serde_json::from_value(record["value"].clone()).unwrap_or_else(|error| panic!("{error}: {record:#}"));
    (told[0], told[1], told[2])
}

#[test]
fn an_address_is_the_same_in_every_spelling() {
    let urls = [
        "http://127.0.0.1:PORT/",
        "http://127.1:PORT/",
        "http://0x7f000001:PORT/",
        "http://2130706433:PORT/",
        "http://0177.0.0.1:PORT/",
        "http://0x7f.0.0.0x1:PORT/",
        "http://[::ffff:127.0.0.1]:PORT/",
        "http://[0:0:0:0:0:ffff:7f00:1]:PORT/",
        "http://127.0.0.1.:PORT/",
        "http://\u{2460}\u{2461}\u{2466}.0.0.1:PORT/",
        "http://127\u{3002}0\u{3002}0\u{3002}1:PORT/",
        "http://\u{ff11}27.0.0.1:PORT/",
        "HTTP://127.0.0.1:PORT/",
        "http:\\\\127.0.0.1:PORT\\",
        "http:/127.0.0.1:PORT/",
        "http:127.0.0.1:PORT",
        "http://127.0.0.1:000PORT/",
        "http://0:PORT/",
    ];
    let server = Server::saying(OK);
    let forbid = r#"permit(principal, action, resource); forbid(principal, action, resource is network::url) when { resource.host == "127.0.0.1" };"#;
    assert_eq!(fetch(&server, &urls, forbid), (urls.len(), 0, 0));
    assert_eq!(server.got(), [""; 0]);
    let (denied, failed, fetched) = fetch(&server, &urls, ALL);
    assert_eq!((denied, failed, fetched), (0, 0, urls.len()));
    assert_eq!(server.got().len(), urls.len());
}

#[test]
fn a_name_is_the_same_in_every_spelling() {
    let urls = [
        "http://localhost:PORT/",
        "http://LOCALHOST:PORT/",
        "http://localhost.:PORT/",
        "http://\u{ff4c}ocalhost:PORT/",
        "http://local\u{200b}host:PORT/",
        "http://l%6Fcalhost:PORT/",
        "http://LocalHost.:PORT/x/../",
    ];
    let server = Server::saying(OK);
    let forbid = r#"permit(principal, action, resource); forbid(principal, action, resource is network::url) when { resource.host == "localhost" };"#;
    assert_eq!(fetch(&server, &urls, forbid), (urls.len(), 0, 0));
    assert_eq!(server.got(), [""; 0]);
    assert_eq!(fetch(&server, &urls, ALL), (0, 0, urls.len()));
}

#[test]
fn services_that_hand_out_credentials_are_out_of_reach_in_every_spelling() {
    let urls = [
        "http://169.254.169.254/latest/meta-data/",
        "http://2852039166/",
        "http://0xA9FEA9FE/",
        "http://0251.0376.0251.0376/",
        "http://169.254.43518/",
        "http://[::ffff:169.254.169.254]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://169.254.169.254./",
        "http://\u{2460}\u{2465}\u{2468}.254.169.254/",
        "http://metadata.google.internal/",
        "http://METADATA.google.internal./",
        "http://[fe80::1]/",
        "http://[FE80:0:0::1]/",
    ];
    let server = Server::saying(OK);
    let policy = format!(
        "{}\npermit(principal, action, resource);",
        include_str!("../../../../rex-policy-schema/src/default.cedar")
    );
    assert_eq!(fetch(&server, &urls, &policy), (urls.len(), 0, 0));
    // The same policy permits the server.
    assert_eq!(fetch(&server, &["http://127.0.0.1:PORT/"], &policy), (0, 0, 1));
}

#[test]
fn a_path_is_the_same_in_every_spelling() {
    let same = [
        "/secret",
        "/%73ecret",
        "/%73%65cret",
        "/pub/../secret",
        "/pub/%2e%2e/secret",
        "/./secret",
        "/secret?x",
        "/secret#x",
        "/se\tcret",
        "/\nsecret",
        "/pub/%2E./secret",
        "\\secret",
    ];
    let refused =
        ["/pub/..%2fsecret", "/pub/..%5csecret", "/pub/%252e%252e/secret", "/pub/..;/secret", "/pub/%2e%2e%2fsecret"];
    let server = Server::saying(OK);
    let url = |path: &&str| format!("http://127.0.0.1:PORT{path}");
    let policy = r#"permit(principal, action, resource); forbid(principal, action, resource is network::url) when { resource.path like "/secret*" };"#;
    let urls: Vec<String> = same.iter().map(url).collect();
    assert_eq!(fetch(&server, &urls.iter().map(String::as_str).collect::<Vec<_>>(), policy), (same.len(), 0, 0));
    let urls: Vec<String> = refused.iter().map(url).collect();
    assert_eq!(fetch(&server, &urls.iter().map(String::as_str).collect::<Vec<_>>(), policy), (0, refused.len(), 0));
    assert_eq!(server.got(), [""; 0]);
    assert_eq!(fetch(&server, &["http://127.0.0.1:PORT/pub/secret"], policy), (0, 0, 1));
}

#[test]
fn no_line_break_gets_into_a_request() {
    let server = Server::saying(OK);
    let script = r#"
        let n = 0; let url = "http://127.0.0.1:PORT/";
        for act in [|| Client().get(url).header("X\r\nInjected", "a").send(), || Client().get(url).header("X", "a\r\nInjected: b").send(), || Client().get(url).header("X", "a\nInjected: b").send(),
            || Client().get(url).header("X: a\r\nInjected", "b").send(), || Client().get(url).header("X ", "b").send(), || Client().get(url).header("", "b").send(), || Client().get(url).header("X", "a\x00b").send()] {
            try { act.call(); n += 1; } catch { }
        }
        try { Client().get(url + "a\r\nInjected: b").send(); } catch { }
        try { Client().get(url).query("a\r\nInjected", "b HTTP/1.1\r\n\r\nGET /injected").send(); } catch { }
        n"#;
    assert_eq!(run(&server, script, ALL, &[])["output"], "0");
    let got = server.got();
    assert!(
        got.len() <= 2
            && got
                .iter()
                .all(|request| !request.to_lowercase().contains("\ninjected")
                    && request.matches("HTTP/1.1").count() == 1),
        "{got:?}"
    );
    let script = r#"Client().get("http://127.0.0.1:PORT/").header("X-Plain", "a b").query("k", "v").send().status"#;
    assert_eq!(run(&server, script, ALL, &[])["output"], "200");
    assert!(server.got().last().unwrap().contains("x-plain: a b"));
}

#[test]
fn no_header_makes_it_another_request() {
    let server = Server::saying(OK);
    let script = r#"
        let n = 0;
        for name in ["Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "TE", "Trailer", "Expect", "Proxy-Authorization", "X-HTTP-Method-Override", "x-http-method", "X-Method-Override", "X-Original-URL", "X-Rewrite-URL"] {
            try { Client().post("http://127.0.0.1:PORT/pub").header(name, "DELETE").body("GET /secret HTTP/1.1\r\n\r\n").send(); n += 1; } catch { }
        }
        n"#;
    let policy = r#"permit(principal, action == network::Action::"POST", resource) when { resource.path == "/pub" };"#;
    assert_eq!(run(&server, script, policy, &[])["output"], "0");
    assert_eq!(server.got(), [""; 0]);
    let script = r#"Client().post("http://127.0.0.1:PORT/pub").header("X-Mine", "DELETE").body("text").send().status"#;
    assert_eq!(run(&server, script, policy, &[])["output"], "200");
}

#[test]
fn a_redirect_leads_to_nothing_but_urls_that_are_judged() {
    for location in [
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "ftp://127.0.0.1/",
        "data:text/plain,x",
        "javascript:1",
        "http://user:password@127.0.0.1/",
        "//127.0.0.1:1/secret",
        "/secret",
        "http://127.0.0.1:PORT/../secret",
        "\\\\127.0.0.1\\secret",
        "",
    ] {
        let server = Server::saying("");
        let moved = Server::saying(&format!(
            "HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            location.replace("PORT", &server.port.to_string())
        ));
        let policy = r#"permit(principal, action == network::Action::"GET", resource) when { resource.url == "http://127.0.0.1:PORT/pub" };"#;
        let record = run(
            &moved,
            r#"let t = curl("http://127.0.0.1:PORT/pub"); if t.status == 302 { throw "not followed"; } t.text"#,
            policy,
            &[],
        );
        assert_eq!(record["status"], "ERROR", "{location}: {record:#}");
        assert!(moved.got().iter().all(|request| request.starts_with("GET /pub ")), "{location}: {:?}", moved.got());
        assert_eq!(server.got(), [""; 0], "{location}");
    }
    let server = Server::saying(OK);
    let moved = Server::saying(&format!(
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{}/there\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        server.port
    ));
    assert_eq!(run(&moved, r#"curl("http://127.0.0.1:PORT/pub").text"#, ALL, &[])["output"], "ok");
}

#[test]
fn what_was_given_for_one_server_is_not_told_to_another() {
    let server = Server::saying(OK);
    let answer = |port: u16| {
        format!(
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{port}/there\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
    };
    let moved = Server::saying(&answer(server.port));
    let script = r#"Client().get("http://127.0.0.1:PORT/pub").header("Authorization", "Bearer TOKEN").header("Cookie", "TOKEN").send().text"#;
    assert_eq!(run(&moved, script, ALL, &[])["output"], "ok");
    assert!(moved.got()[0].contains("TOKEN"), "{:?}", moved.got());
    let got = server.got();
    assert!(got.len() == 1 && !got[0].contains("TOKEN"), "{got:?}");
}

#[test]
fn no_variable_sends_a_request_elsewhere() {
    let server = Server::saying(OK);
    let proxy: &'static str = Box::leak(format!("http://127.0.0.1:{}", server.port).into_boxed_str());
    let environment: &'static [(&str, &str)] = Box::leak(Box::new(
        [
            "http_proxy",
            "HTTP_PROXY",
            "https_proxy",
            "HTTPS_PROXY",
            "all_proxy",
            "ALL_PROXY",
            "LOCALDOMAIN",
            "RES_OPTIONS",
            "HOSTALIASES",
        ]
        .map(|name| (name, proxy)),
    ));
    let record = run(&server, r#"try { curl("http://127.0.0.1:1/"); } catch { } "over""#, ALL, environment);
    assert_eq!((record["output"].as_str(), server.got().len()), (Some("over"), 0));
    let record = run(&server, r#"curl("http://127.0.0.1:PORT/").text"#, ALL, environment);
    assert_eq!((record["output"].as_str(), server.got().len()), (Some("ok"), 1), "{record:#}");
}

#[test]
fn headers_without_end_are_cut_off() {
    let flood = format!(
        "HTTP/1.1 200 OK\r\n{}",
        "X-Flood: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n".repeat(100_000)
    );
    let server = Server::saying(&flood);
    let record = run(&server, r#"curl("http://127.0.0.1:PORT/").status"#, ALL, &[]);
    assert_eq!(record["error"]["error_type"], "SCRIPT_EXCEPTION", "{record:#}");
    let few =
        format!("HTTP/1.1 200 OK\r\n{}Content-Length: 2\r\nConnection: close\r\n\r\nok", "X-Some: x\r\n".repeat(20));
    assert_eq!(run(&Server::saying(&few), r#"curl("http://127.0.0.1:PORT/").status"#, ALL, &[])["output"], "200");
}

#[test]
fn what_is_fetched_is_written_only_where_that_is_permitted() {
    let server = Server::saying(OK);
    let script: &'static str = Box::leak(
        format!(
            r#"Client().get("http://127.0.0.1:{}/").download(dir + "/sec/secret"); cat(dir + "/sec/secret")"#,
            server.port
        )
        .into_boxed_str(),
    );
    Attack {
        policy: r#"permit(principal, action, resource in file_system::Dir::"{dir}/pub"); permit(principal, action == network::Action::"GET", resource);"#,
        script,
        ends: super::End::Denied("/sec"),
        twin_policy: ALL,
        twin_ends: super::End::Gives("ok"),
        ..Attack::BASE
    }
    .check();
}
