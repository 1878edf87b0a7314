//! Which function of REX runs just now, called from which script line.

use std::cell::RefCell;

#[derive(Debug, Default)]
pub(crate) struct Stack(RefCell<Vec<(&'static str, usize)>>);

impl Stack {
    pub(crate) fn enter(&self, name: &'static str, line: usize) -> Entered<'_> {
        let mut calls = self.0.borrow_mut();
        let depth = calls.len();
        calls.push((name, line));
        Entered { stack: self, depth }
    }

    pub(crate) fn innermost(&self) -> Option<(&'static str, usize)> {
        self.0.borrow().last().copied()
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
        self.stack.0.borrow_mut().truncate(self.depth);
    }
}
