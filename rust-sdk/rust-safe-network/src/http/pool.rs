//! Connections that wait for the next request to the same place.

use super::link::Link;
use crate::tls::Trust;
use crate::url::Url;
use rust_safe_io::Elsewhere;
use std::cell::RefCell;
use std::time::{Duration, Instant};

/// How many wait at most.
const MOST: usize = 16;

/// How long one waits. Servers give up earlier as a rule.
const LONGEST: Duration = Duration::from_secs(60);

/// The idle connections of one run.
///
/// INVARIANT: all of them were made in the namespaces of the run itself. In another network namespace the same address is another host's.
#[derive(Debug, Default)]
pub(crate) struct Pool(RefCell<Vec<Idle>>);

#[derive(Debug)]
struct Idle {
    url: Url,
    trust: Trust,
    link: Link,
    since: Instant,
}

impl Pool {
    /// A connection for requests to the origin of `url`, if one waits that still stands. Those that do not are closed.
    pub(super) fn take(&self, url: &Url, trust: &Trust) -> Option<Link> {
        if Elsewhere::is_anywhere_else() {
            return None;
        }
        let mut idle = self.0.borrow_mut();
        idle.retain_mut(|idle| idle.since.elapsed() < LONGEST);
        loop {
            let fits = |idle: &Idle| idle.url.same_origin(url) && idle.trust.is(trust);
            let at = idle.iter().rposition(fits)?;
            let mut found = idle.remove(at);
            if found.link.is_quiet() {
                return Some(found.link);
            }
        }
    }

    /// Keeps a connection after a whole answer.
    pub(super) fn put(&self, url: &Url, trust: &Trust, link: Link) {
        if Elsewhere::is_anywhere_else() {
            return;
        }
        let mut idle = self.0.borrow_mut();
        if idle.len() >= MOST {
            idle.remove(0);
        }
        idle.push(Idle { url: url.clone(), trust: trust.clone(), link, since: Instant::now() });
    }
}
