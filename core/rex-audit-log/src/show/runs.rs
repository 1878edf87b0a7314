//! A log run by run.

use super::{Colour, Took, Used};
use crate::Entry;
use crate::parse::Bytes;
use crate::text::escape;
use anstyle::AnsiColor;
use jiff::Timestamp;
use std::collections::HashMap;
use std::fmt::Write as _;

/// So many runs are told apart; of more, the first ones.
const MOST: usize = 100_000;

/// Adds records up, run by run.
#[derive(Debug, Default)]
pub struct Runs {
    places: HashMap<String, usize>,
    sums: Vec<Sum>,
    left_out: u64,
}

#[derive(Debug)]
struct Sum {
    run: String,
    began: Timestamp,
    principal: String,
    signer: Option<String>,
    script: String,
    policy: String,
    allowed: u64,
    denied: u64,
    effects: u64,
    used: Bytes,
    limit: Option<String>,
    end: Option<(u64, Option<String>, Option<u64>)>,
}

impl Runs {
    /// Takes a record in.
    pub fn add(&mut self, entry: &Entry) {
        let Some(sum) = self.sum(entry) else { return };
        let own = &entry.unmapped;
        match own.record.as_str() {
            "judgement" if entry.is_denial() => sum.denied = sum.denied.saturating_add(1),
            "judgement" => sum.allowed = sum.allowed.saturating_add(1),
            "effect" => {
                sum.effects = sum.effects.saturating_add(1);
                let Bytes { written, sent, read, children } = own.bytes.unwrap_or_default();
                sum.used = Bytes {
                    written: sum.used.written.saturating_add(written),
                    sent: sum.used.sent.saturating_add(sent),
                    read: sum.used.read.saturating_add(read),
                    children: sum.used.children.saturating_add(children),
                };
            }
            "limit" => sum.limit.clone_from(&entry.status_detail),
            "run_end" => {
                sum.end = Some((own.exit_code.unwrap_or_default(), own.error.clone(), entry.duration));
                // The end knows better than the sum, in which callbacks count twice.
                sum.used = own.bytes.unwrap_or(sum.used);
            }
            _ => {}
        }
    }

    fn sum(&mut self, entry: &Entry) -> Option<&mut Sum> {
        if entry.unmapped.record == "repair" {
            return None;
        }
        if let Some(place) = self.places.get(entry.run()) {
            return self.sums.get_mut(*place);
        }
        if self.sums.len() >= MOST {
            self.left_out = self.left_out.saturating_add(1);
            return None;
        }
        self.places.insert(entry.run().to_owned(), self.sums.len());
        let own = &entry.unmapped;
        let named = |name: &str, sha256: &Option<String>| match sha256.as_deref().and_then(|sha256| sha256.get(..12)) {
            Some(start) => format!("{name} (sha256 {start}...)"),
            None => name.to_owned(),
        };
        self.sums.push(Sum {
            run: entry.run().to_owned(),
            began: entry.time(),
            principal: entry.actor.user.name.clone(),
            signer: own.signer.clone(),
            script: named(&own.script, &own.script_sha256),
            policy: named(&own.policy, &own.policy_sha256),
            allowed: 0,
            denied: 0,
            effects: 0,
            used: Bytes::default(),
            limit: None,
            end: None,
        });
        self.sums.last_mut()
    }

    /// A paragraph for each run.
    pub fn text(&self, colour: Colour) -> String {
        let mut text = String::new();
        for sum in &self.sums {
            sum.write(colour, &mut text);
        }
        if self.left_out > 0 {
            let _ = writeln!(text, "{} records of further runs are left out", self.left_out);
        }
        text
    }
}

impl Sum {
    /// Writing to a `String` does not fail.
    fn write(&self, colour: Colour, text: &mut String) {
        let (end, paint) = match &self.end {
            None => ("has not ended".to_owned(), AnsiColor::Yellow),
            Some((code, None, took)) => (format!("exit {code}{}", Took(*took)), AnsiColor::Green),
            Some((code, Some(error), took)) => (format!("exit {code} {error}{}", Took(*took)), AnsiColor::Red),
        };
        let _ = writeln!(text, "run {} {:.3} {}", escape(&self.run), self.began, colour.paint(paint, &escape(&end)));
        let signer = self.signer.as_deref().map(|signer| format!(", signed by {signer}")).unwrap_or_default();
        let _ = writeln!(text, "    script  {}{}", escape(&self.script), escape(&signer));
        let _ = writeln!(text, "    policy  {}, for {}", escape(&self.policy), escape(&self.principal));
        let denied = format!("{} denied", self.denied);
        let denied = if self.denied > 0 { colour.paint(AnsiColor::Red, &denied) } else { denied };
        let used = Used(self.used).to_string();
        let used = if used.is_empty() { used } else { format!("; {used}") };
        let _ = writeln!(
            text,
            "    asked   {} allowed, {denied}; {} calls had an effect{used}",
            self.allowed, self.effects
        );
        if let Some(limit) = &self.limit {
            let _ = writeln!(text, "    limit   {}", escape(limit));
        }
    }
}
