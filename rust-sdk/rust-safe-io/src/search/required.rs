//! Skipping lines by a part that every match contains.

use crate::pattern::{SIZE_LIMIT, invalid};
use grep_matcher::{ByteSet, LineMatchKind, LineTerminator, Match, Matcher, NoCaptures, NoError};
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use regex::bytes::Regex;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind};
use std::cell::Cell;
use std::cmp::Reverse;
use std::time::{Duration, Instant};

/// Parts are compared in so many bytes.
const SAMPLE: usize = 32 * 1024;

/// To look at a single line that a part found costs so much time, beside searching its bytes, of which there are about so many.
const LOOK: Duration = Duration::from_nanos(100);
const LINE: usize = 128;

/// So many bytes are searched before a part is chosen, which a small file is not worth, and each time four times as many before it is chosen anew.
const PAUSE: usize = 512 * 1024;

/// An engine that searches the sample within this is as fast as memory, and no part faster.
const FAST: Duration = Duration::from_micros(4);

/// The engine looks for all texts that a part matches at once, quickly up to about so many.
const MOST_TEXTS: usize = 48;

/// Of several texts it compares the first bytes with fingerprints, which fewer bytes would pass more often.
const FINGERPRINT: usize = 4;

/// A character is one of few if it is one of so many: the cases of a letter are at most four.
const MOST_CHARACTERS: usize = 4;

/// So many places of a pattern are looked at, each a bit, and so many bytes of each part compared with the sample.
const MOST_PLACES: usize = 64;
const COMPARED: usize = 8;

/// Finds what a regex finds, skipping lines that lack a part of each match. The engine itself looks for how a match begins, or for what is rare in
/// general; here it is the part that is rarest in the data, where that is faster.
pub(super) struct Skipping {
    regex: RegexMatcher,
    places: Vec<Place>,
    part: Cell<Option<Regex>>,
    /// How many bytes the engine would search while one line is looked at, and how many the part skipped, less the price of what it found.
    price: Cell<usize>,
    credit: Cell<usize>,
    /// Bytes to search before a part is chosen, now and the next time.
    wait: Cell<usize>,
    pause: Cell<usize>,
}

/// A byte of a literal, or a character out of few.
struct Place {
    hir: Hir,
    /// The byte or bytes with which it ends.
    ends: Vec<u8>,
    /// It comes directly after the place before it.
    follows: bool,
}

/// What is in each match, in its order.
#[derive(Default)]
struct Required {
    places: Vec<Place>,
    /// Something else may come before the next place.
    gap: bool,
}

impl Skipping {
    /// What finds `pattern` in many lines at once.
    ///
    /// # Errors
    /// `ValidationError` for a pattern that does not compile.
    pub(super) fn matching(pattern: &str, ignore_case: bool) -> crate::Result<Self> {
        // INVARIANT: whatever the regex matches, this does, too. It is parsed by itself first: the regex is parsed in a group, which `a)(b` would leave.
        let hir = ParserBuilder::new()
            .utf8(false)
            .multi_line(true)
            .case_insensitive(ignore_case)
            .build()
            .parse(pattern)
            .map_err(|error| invalid(pattern, &error))?;
        let regex = RegexMatcherBuilder::new()
            .multi_line(true)
            .case_insensitive(ignore_case)
            .size_limit(SIZE_LIMIT)
            .dfa_size_limit(SIZE_LIMIT)
            .line_terminator(Some(b'\n'))
            .build(pattern)
            .map_err(|error| invalid(pattern, &error))?;
        let mut required = Required::default();
        required.add(&hir);
        let [price, credit, wait, pause] = [0, 0, PAUSE, PAUSE].map(Cell::new);
        Ok(Self { regex, places: required.places, part: Cell::default(), price, credit, wait, pause })
    }

    /// The part to search for from here on, if one is worth it in `sample`. Called so seldom that the search for a line is better off without it inlined.
    #[cold]
    fn choose(&self, sample: &[u8]) -> Option<Regex> {
        self.wait.set(self.pause.get());
        self.pause.set(self.pause.get().saturating_mul(4));
        let without = self.time(sample, |text| self.regex.find_candidate_line(text).ok().flatten());
        if without < FAST {
            return None;
        }
        let looks = without.as_nanos() / LOOK.as_nanos();
        let price = LINE + SAMPLE / usize::try_from(looks).unwrap_or(usize::MAX).max(1);
        let (count, part) = self.rarest(sample)?;
        if count * price > SAMPLE {
            return None;
        }
        self.price.set(price);
        self.credit.set(PAUSE);
        let part = compile(part)?;
        let with = self.time(sample, |text| candidate(&part, text));
        (with < without / 5 * 4).then_some(part)
    }

    /// How long the search of `sample` takes as the searcher does it.
    fn time(&self, sample: &[u8], find: impl Fn(&[u8]) -> Option<LineMatchKind>) -> Duration {
        let begun = Instant::now();
        let mut rest = sample;
        while let Some(found) = find(rest).filter(|_| !rest.is_empty()) {
            let (before, after) = rest.split_at_checked(offset(found)).unwrap_or((rest, b""));
            let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
            let end = memchr::memchr(b'\n', after).map_or(rest.len(), |end| before.len() + end + 1);
            if let LineMatchKind::Candidate(_) = found {
                let _matches = self.regex.is_match(rest.get(start..end).unwrap_or_default());
            }
            rest = rest.get(end..).unwrap_or_default();
        }
        begun.elapsed()
    }

    /// The part that is rarest in `sample`, and how often it is there; of equally rare ones that which is found fastest.
    fn rarest(&self, sample: &[u8]) -> Option<(usize, &[Place])> {
        let parts = self.parts();
        let weight = |(count, part): &(usize, &[Place])| {
            (*count, Reverse(part.len().min(FINGERPRINT)), texts(part), Reverse(part.len()))
        };
        count(&parts, sample).into_iter().zip(parts).min_by_key(weight)
    }

    /// The parts, by their beginnings.
    fn parts(&self) -> Vec<&[Place]> {
        let starts = (0..self.places.len()).filter_map(|start| self.places.get(start..));
        starts.take(MOST_PLACES).map(part).collect()
    }
}

fn compile(part: &[Place]) -> Option<Regex> {
    Regex::new(&Hir::concat(part.iter().map(|place| place.hir.clone()).collect()).to_string()).ok()
}

fn candidate(part: &Regex, text: &[u8]) -> Option<LineMatchKind> {
    part.find(text).map(|found| LineMatchKind::Candidate(found.start()))
}

fn offset(found: LineMatchKind) -> usize {
    match found {
        LineMatchKind::Confirmed(offset) | LineMatchKind::Candidate(offset) => offset,
    }
}

/// As much of the beginning of `places` as is without a gap and searched for quickly.
fn part(places: &[Place]) -> &[Place] {
    let joined = 1 + places.iter().skip(1).take_while(|place| place.follows).count();
    let ends = (1..=joined).rev().filter_map(|length| places.get(..length));
    ends.into_iter().find(|part| texts(part) <= MOST_TEXTS).unwrap_or_default()
}

/// How many texts `part` matches.
fn texts(part: &[Place]) -> usize {
    part.iter().fold(1, |texts, place| texts.saturating_mul(place.ends.len()))
}

/// How often each of `parts`, the beginnings of which follow each other in the pattern, occurs in `sample`. Of a character of many bytes only the last
/// counts, so that this is a guess there.
fn count(parts: &[&[Place]], sample: &[u8]) -> Vec<usize> {
    let bits = || (0..MOST_PLACES).map(|number| 1_u64 << number);
    // In which places a byte may be; of which parts the end is before the nth byte.
    let mut places = [0_u64; 256];
    let mut shorter = [0_u64; COMPARED];
    for ((number, part), bit) in parts.iter().enumerate().zip(bits()) {
        for end in part.first().iter().flat_map(|place| &place.ends) {
            if let Some(places) = places.get_mut(usize::from(*end)) {
                *places |= bit;
            }
        }
        for shorter in shorter.iter_mut().skip(part.len().min(MOST_PLACES - number)) {
            *shorter |= bit;
        }
    }
    let place = |byte: u8| places.get(usize::from(byte)).copied().unwrap_or_default();
    let mut counts = vec![0; parts.len()];
    for bytes in sample.windows(COMPARED) {
        let mut here = u64::MAX;
        for ((byte, shorter), offset) in bytes.iter().zip(shorter).zip(0_u32..) {
            here &= place(*byte) >> offset | shorter;
            if here == 0 {
                break;
            }
        }
        while here != 0 {
            if let Some(count) = counts.get_mut(here.trailing_zeros() as usize) {
                *count += 1;
            }
            here &= here - 1;
        }
    }
    counts
}

impl Required {
    /// Adds what is in each match of `hir`, as far as it is looked at. Not deeper than the parser lets a pattern be nested.
    fn add(&mut self, hir: &Hir) {
        if self.places.len() >= MOST_PLACES {
            return;
        }
        match hir.kind() {
            HirKind::Literal(literal) => {
                for byte in literal.0.iter().take(MOST_PLACES) {
                    self.place(Hir::literal([*byte]), vec![*byte]);
                }
            }
            HirKind::Class(Class::Unicode(class)) if characters(class) <= MOST_CHARACTERS => {
                let characters = class.ranges().iter().flat_map(|range| range.start()..=range.end());
                let ends = characters.filter_map(|character| character.encode_utf8(&mut [0; 4]).bytes().last());
                self.place(hir.clone(), ends.collect());
            }
            HirKind::Capture(capture) => self.add(&capture.sub),
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.add(part)),
            HirKind::Repetition(repetition) if repetition.min > 0 => {
                // What comes after it follows its last turn, and that need not be its first.
                self.gap = true;
                self.add(&repetition.sub);
            }
            _ => self.gap = true,
        }
    }

    fn place(&mut self, hir: Hir, ends: Vec<u8>) {
        let follows = !std::mem::take(&mut self.gap);
        self.places.push(Place { hir, ends, follows });
    }
}

fn characters(class: &ClassUnicode) -> usize {
    class.ranges().iter().map(ClassUnicodeRange::len).sum()
}

impl Matcher for Skipping {
    type Captures = NoCaptures;
    type Error = NoError;

    fn find_candidate_line(&self, haystack: &[u8]) -> Result<Option<LineMatchKind>, NoError> {
        let part = self.part.take();
        let part = match haystack.get(..SAMPLE) {
            Some(sample) if self.wait.get() == 0 => self.choose(sample),
            _ => part,
        };
        let Some(part) = part else {
            let found = self.regex.find_candidate_line(haystack)?;
            self.wait.set(self.wait.get().saturating_sub(found.map_or(haystack.len(), offset)));
            return Ok(found);
        };
        let found = candidate(&part, haystack);
        let searched = found.map_or(haystack.len(), offset);
        self.wait.set(self.wait.get().saturating_sub(searched));
        // Of what was skipped long ago nothing is left, so that little is lost where the part gets frequent.
        let credit = self.credit.get().saturating_add(searched).min(PAUSE);
        if let Some(credit) = credit.checked_sub(if found.is_some() { self.price.get() } else { 0 }) {
            self.credit.set(credit);
            self.part.set(Some(part));
        }
        Ok(found)
    }

    fn find_at(&self, haystack: &[u8], at: usize) -> Result<Option<Match>, NoError> {
        self.regex.find_at(haystack, at)
    }

    fn shortest_match_at(&self, haystack: &[u8], at: usize) -> Result<Option<usize>, NoError> {
        self.regex.shortest_match_at(haystack, at)
    }

    fn new_captures(&self) -> Result<NoCaptures, NoError> {
        Ok(NoCaptures::new())
    }

    fn non_matching_bytes(&self) -> Option<&ByteSet> {
        self.regex.non_matching_bytes()
    }

    fn line_terminator(&self) -> Option<LineTerminator> {
        self.regex.line_terminator()
    }
}

#[cfg(test)]
mod tests;
