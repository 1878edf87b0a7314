//! What runs beside a story: the shell script `background`, where its folder has one.

#![expect(clippy::disallowed_methods, reason = "the test starts the script")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running script; it ends with the story.
pub(crate) struct Background(Child);

impl Background {
    /// Starts the script of the story in `place`, where there is one, and waits for its line.
    pub(crate) fn beside(story: &Path, place: &Path) -> Option<Self> {
        let script = story.join("background");
        if !script.exists() {
            return None;
        }
        let mut command = Command::new("sh");
        command.arg(&script).current_dir(place).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut started = Self(command.spawn().unwrap());
        let mut line = String::new();
        BufReader::new(started.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "{} did not say that it is ready", script.display());
        Some(started)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
