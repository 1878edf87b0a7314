//! Changed inputs for what reads bytes that others wrote. `REX_FUZZ_SECONDS` says how long each target runs, one second without it;
//! `REX_FUZZ_SEED` begins elsewhere.

use std::collections::HashSet;
use std::time::{Duration, Instant};

/// Inputs become no longer than this.
const LONGEST: usize = 8 * 1024;

/// Numbers that no statistics need.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }
}

/// Shows the input when the target panics.
struct Shown<'i>(&'i str, &'i [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}: this input failed: {:02x?}", self.0, self.1);
        }
    }
}

/// Gives `target` changed inputs. It tells in a few words what came of each; an input that something new came of is changed on.
pub(crate) fn fuzz(name: &str, seeds: &[Vec<u8>], mut target: impl FnMut(&[u8]) -> String) {
    let number = |variable: &str, default| std::env::var(variable).map_or(default, |text| text.parse().unwrap());
    let budget = Duration::from_secs(number("REX_FUZZ_SECONDS", 1));
    let mut random = Random(number("REX_FUZZ_SEED", 1));
    let (mut corpus, mut outcomes, mut rounds) = (seeds.to_vec(), HashSet::new(), 0_u64);
    let begun = Instant::now();
    while begun.elapsed() < budget {
        let mut input = corpus[random.below(corpus.len())].clone();
        let other = corpus[random.below(corpus.len())].clone();
        for _ in 0..random.below(5) {
            change(&mut input, &other, &mut random);
        }
        input.truncate(LONGEST);
        let shown = Shown(name, &input);
        let outcome = target(&input);
        drop(shown);
        let outcome: String = outcome.chars().filter(|letter| !letter.is_ascii_digit()).take(200).collect();
        if outcomes.insert(outcome) && corpus.len() < 5_000 {
            corpus.push(input);
        }
        rounds += 1;
    }
    eprintln!("{name}: {rounds} inputs, {} outcomes", outcomes.len());
    assert!(outcomes.len() > 3, "{name} tells hardly anything apart: {outcomes:?}");
}

fn change(input: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    const TELLING: [u8; 10] = [0, 1, 0x3f, 0x7f, 0x80, 0xc0, 0xff, b'0', b' ', b'\n'];
    let at = random.below(input.len());
    let length = random.below(64).min(input.len() - at);
    match random.below(7) {
        0 if !input.is_empty() => input[at] ^= 1 << random.below(8),
        1 if !input.is_empty() => input[at] = TELLING[random.below(TELLING.len())],
        2 => drop(input.drain(at..at + length)),
        3 => {
            let part = input[at..at + length].to_vec();
            let to = random.below(input.len());
            input.splice(to..to, part);
        }
        4 => input.truncate(at),
        5 => {
            let from = random.below(other.len());
            input.truncate(at);
            input.extend(&other[from..]);
        }
        _ => input.insert(at, TELLING[random.below(TELLING.len())]),
    }
}
