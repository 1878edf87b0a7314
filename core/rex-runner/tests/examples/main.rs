//! The examples and the quick start, run as people run them.

// `cfg(test)` tells clippy that the helpers in them are parts of tests, too.
#[cfg(test)]
mod background;
#[cfg(test)]
mod beside_systemd;
#[cfg(test)]
mod quick_start;
#[cfg(test)]
mod stories;
