//! Random input for everything that reads what it did not write. `REX_FUZZ_SECONDS` says how long each target runs, one second without it;
//! `REX_FUZZ_SEED` begins elsewhere.

use crate::hardware::{Token, armoured, base64, blob, string, strings, unbase64};
use rex_signatures::{Error, Identity, Revocations, Signature, Signer, Signers, Use, Wanted};
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// Inputs become no longer than this.
const LONGEST: usize = 16 * 1024;

/// Numbers that no statistics need.
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap()
    }

    fn below(&mut self, limit: usize) -> usize {
        self.next() % limit.max(1)
    }
}

/// Shows the input when the target panics.
struct Shown<'i>(&'i str, &'i [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}: this input failed: {:?}", self.0, self.1);
        }
    }
}

/// Gives `target` changed inputs. It tells in a few words what came of each; an input that something new came of is changed on.
fn fuzz(name: &str, seeds: &[Vec<u8>], mut target: impl FnMut(&[u8]) -> String) {
    let number = |variable: &str, default| std::env::var(variable).map_or(default, |text| text.parse().unwrap());
    let budget = Duration::from_secs(number("REX_FUZZ_SECONDS", 1));
    let mut random = Random(number("REX_FUZZ_SEED", 1));
    let mut corpus = seeds.to_vec();
    let mut outcomes = HashSet::new();
    let mut run = |input: &[u8]| {
        let shown = Shown(name, input);
        let outcome = target(input);
        drop(shown);
        outcomes.insert(outcome.chars().filter(|letter| !letter.is_ascii_digit()).take(100).collect::<String>())
    };
    for seed in seeds {
        run(seed);
    }
    let (begun, mut rounds) = (Instant::now(), 0_u64);
    while begun.elapsed() < budget {
        let mut input = corpus[random.below(corpus.len())].clone();
        let other = corpus[random.below(corpus.len())].clone();
        for _ in 0..=random.below(4) {
            change(&mut input, &other, &mut random);
        }
        input.truncate(LONGEST);
        if run(&input) && corpus.len() < 10_000 {
            corpus.push(input);
        }
        rounds += 1;
    }
    eprintln!("{name}: {rounds} inputs, {} outcomes, {:.1?}", outcomes.len(), begun.elapsed());
    assert!(outcomes.len() > 3, "{name} tells hardly anything apart: {outcomes:?}");
}

fn change(input: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    const TELLING: [u8; 14] = [0, 1, 0x20, 0x7f, 0x80, 0xff, b'"', b'\\', b',', b'!', b'*', b' ', b'=', b'\n'];
    let at = random.below(input.len());
    let length = random.below(48).min(input.len() - at);
    match random.below(9) {
        0 if !input.is_empty() => input[at] ^= 1 << random.below(8),
        1 if !input.is_empty() => input[at] = TELLING[random.below(TELLING.len())],
        2 if !input.is_empty() => input[at] = random.next().to_le_bytes()[0],
        3 => drop(input.drain(at..at + length)),
        4 => {
            let part = input[at..at + length].to_vec();
            let to = random.below(input.len());
            input.splice(to..to, part);
        }
        5 => input.truncate(at),
        6 if !other.is_empty() => {
            let from = random.below(other.len());
            input.truncate(at);
            input.extend(&other[from..]);
        }
        7 if !other.is_empty() => {
            let from = random.below(other.len());
            let part = &other[from..(from + length).min(other.len())];
            let end = (at + part.len()).min(input.len());
            input.splice(at..end, part.iter().copied());
        }
        _ => input.extend(&other[..random.below(other.len())]),
    }
}

fn told<T>(result: &Result<T, Error>) -> String {
    result.as_ref().err().map_or_else(|| "fine".to_owned(), ToString::to_string)
}

fn bytes_of(signature: &[u8]) -> Vec<u8> {
    unbase64(std::str::from_utf8(signature).unwrap().lines().nth(1).unwrap())
}

/// The bytes within a signature: that is where whoever means harm has a choice.
#[test]
fn signatures() {
    let seeds: Vec<Vec<u8>> = Token::both()
        .iter()
        .map(|token| bytes_of(&token.signed(1, "script@rex", b"content")))
        .chain([bytes_of(&crate::forgeries::certified())])
        .collect();
    fuzz("signatures", &seeds, |input| {
        let signature = Signature::from_text(&armoured(input));
        let Ok(signature) = signature else { return told(&signature) };
        let verified = signature.verify(b"content", Use::Script);
        // What has the same content and still is right, is one of the seeds, whose every bit counts.
        assert!(verified.is_err() || seeds.iter().any(|seed| seed == input), "a changed signature is right");
        told(&verified)
    });
}

#[test]
fn armour() {
    let seeds: Vec<Vec<u8>> = Token::both().iter().map(|token| token.signed(1, "script@rex", b"content")).collect();
    fuzz("armour", &seeds, |input| told(&Signature::from_text(input)));
}

#[test]
fn allowed_signers() {
    let [ed, ec] = Token::both();
    let [ed, ec] = [&ed, &ec].map(|token| format!("{} {}", token.name(), base64(&token.blob("ssh:"))));
    let seeds = [
        format!("# all\nal,bo {ed} comment\n*@x.org,!e@x.org cert-authority,namespaces=\"*@rex\" {ec}\n"),
        format!("\"al\" valid-after=\"20200101\",valid-before=\"209901010000Z\" {ed}\n"),
        format!("al namespaces=\"a\\\"b,c\" {ec}\n"),
    ]
    .map(String::into_bytes);
    let [token, _] = Token::both();
    let stranger = Signature::from_text(&token.signed(1, "script@rex", b"content")).unwrap();
    fuzz("allowed signers", &seeds, |input| {
        let signers = Signers::read(&String::from_utf8_lossy(input));
        if let Ok(signers) = &signers {
            let wanted = Wanted { what: Use::Script, signer: Some("al"), now: 0, touch_verified: false };
            signers.verify(&stranger, b"content", &wanted, &Revocations::none()).unwrap_err();
        }
        told(&signers)
    });
}

#[test]
fn revoked_keys() {
    let ed = blob("ssh-ed25519", &[&[3; 32]]);
    let section = |kind: u8, content: &[u8]| [vec![kind], string(content)].concat();
    let extension = [string(b"own@example.com"), vec![0], string(b"x")].concat();
    let certificates = [
        strings(&[&ed, b""]),
        section(0x20, &[[1; 8], [2; 8]].concat()),
        section(0x21, &[[1; 8], [2; 8]].concat()),
        section(0x22, &[vec![0; 8], string(b"\x05\x07")].concat()),
        section(0x23, &strings(&[b"id"])),
        section(0x39, &extension),
    ]
    .concat();
    let list = [
        b"SSHKRL\n\0\0\0\0\x01".to_vec(),
        vec![0; 24],
        strings(&[b"", b"comment"]),
        section(1, &certificates),
        section(2, &string(&ed)),
        section(3, &string(&[1; 20])),
        section(5, &string(&[1; 32])),
        section(255, &extension),
    ]
    .concat();
    let text = format!("# gone\nssh-ed25519 {} comment\n", base64(&ed)).into_bytes();
    let identity = Identity::from_blob(&{
        let bytes = bytes_of(&crate::forgeries::certified());
        let length = usize::try_from(u32::from_be_bytes(bytes[10..14].try_into().unwrap())).unwrap();
        bytes[14..14 + length].to_vec()
    })
    .unwrap();
    fuzz("revoked keys", &[list, text], |input| {
        let revoked = Revocations::read(input);
        if let Ok(revoked) = &revoked {
            let _ = revoked.check(&identity);
        }
        told(&revoked)
    });
}

#[test]
fn private_keys() {
    let seeds = [
        crate::hardware::private_key("ssh-ed25519", &[&[3; 32]], &[&[3; 32], &[4; 64]]),
        crate::hardware::private_key("ecdsa-sha2-nistp256", &[b"nistp256", &[4; 65]], &[b"nistp256", &[4; 65], &[1]]),
        format!("ssh-ed25519 {} comment\n", base64(&blob("ssh-ed25519", &[&[3; 32]]))),
    ];
    let inner = |text: &String| unbase64(&text.lines().filter(|line| !line.starts_with('-')).collect::<String>());
    let bytes: Vec<Vec<u8>> = seeds[..2].iter().map(inner).collect();
    fuzz("private keys", &[&bytes[..], &seeds.map(String::into_bytes)].concat(), |input| {
        let text = String::from_utf8_lossy(input).into_owned();
        let text = if text.starts_with("openssh") {
            format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\n", base64(input))
        } else {
            text
        };
        told(&Signer::read(&text, None))
    });
}
