//! Which function of REX runs just now, called from which script line.

use crate::ring::Captured;
use std::cell::RefCell;

#[derive(Debug, Default)]
pub(crate) struct Stack {
    calls: RefCell<Vec<(&'static str, usize)>>,
    /// Where other threads see the line.
    seen: Captured,
}

impl Stack {
    pub(crate) fn seen_in(seen: Captured) -> Self {
        Self { calls: RefCell::default(), seen }
    }

    pub(crate) fn enter(&self, name: &'static str, line: usize) -> Entered<'_> {
        self.seen.set_line(line);
        let mut calls = self.calls.borrow_mut();
        let depth = calls.len();
        calls.push((name, line));
        Entered { stack: self, depth }
    }

    pub(crate) fn innermost(&self) -> Option<(&'static str, usize)> {
        self.calls.borrow().last().copied()
    }
}

/// A function that runs; it ends when this is dropped, also by a panic.
#[must_use = "the function ends when this is dropped"]
#[derive(Debug)]
pub struct Entered<'l> {
    stack: &'l Stack,
    depth: usize,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        // Cutting to the depth, not popping one, also ends inner calls whose guard was leaked.
        let mut calls = self.stack.calls.borrow_mut();
        calls.truncate(self.depth);
        self.stack.seen.set_line(calls.last().map_or(0, |(_, line)| *line));
    }
}
