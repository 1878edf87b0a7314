//! Reading files that a script holds open.
//!
//! A page ends where the next one begins; what reads on from there (`read`, `search`, `counts`, `strings`) goes back to the beginning when it
//! succeeds. What names lines or bytes by number counts from the beginning of the file.

use super::FileHandle;
use crate::count::of_file as count_file;
use crate::lines::{line_of, of_file};
use crate::read::{ReadAs, failure, from};
use crate::search::search_from;
use crate::sys::{self, Reader};
use crate::{Error, Hits, LineSelection, Redaction, Result, Search, Text, WordCount};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Read;
use std::io::{BufRead as _, BufReader, Read as _};

/// Read at once.
const CHUNK: usize = 256 * 1024;

/// The shortest text that [`FileHandle::strings`] finds, in bytes.
const SHORTEST: usize = 4;

impl FileHandle {
    /// # Policy
    /// Asks `read` on the file.
    ///
    /// # Errors
    /// `InvalidFileMode` when it was not opened for reading.
    fn reader(&self, gate: &Gate, position: u64) -> Result<Reader> {
        let read = gate.authorize::<Read, _>(self.object())?;
        self.require_read()?;
        from(sys::read(read)?, position)
    }

    /// What follows the last page, or the whole, as text. Who may only read it redacted gets what redaction leaves.
    ///
    /// # Policy
    /// Asks `read` on the file, or `redacted_read` where that is denied; then for the dictionary as [`crate::read()`].
    ///
    /// # Errors
    /// `InvalidFileMode` when it was not opened for reading; `Utf8Error`.
    pub fn read(&self, gate: &Gate, redaction: &Redaction) -> Result<Text> {
        let access = ReadAs::ask(gate, self.object())?;
        self.require_read()?;
        let text = access.text_from(gate, redaction, self.position().get())?;
        self.position().set(0);
        Ok(text)
    }

    /// The lines after the last page, or of the whole, in which `pattern` matches, numbered from there.
    ///
    /// # Policy
    /// As [`Self::read`].
    ///
    /// # Errors
    /// `ValidationError` for a pattern that does not compile; as [`Self::read`].
    pub fn search(&self, gate: &Gate, redaction: &Redaction, pattern: &str) -> Result<Hits> {
        let access = ReadAs::ask(gate, self.object())?;
        self.require_read()?;
        let hits = search_from(gate, redaction, pattern, access, self.position().get(), Search::default())?;
        self.position().set(0);
        Ok(hits)
    }

    /// The selected lines.
    ///
    /// # Policy
    /// Asks `read` on the file.
    ///
    /// # Errors
    /// `InvalidFileMode` when it was not opened for reading; `Utf8Error` when a selected line is not UTF-8.
    pub fn read_lines(&self, gate: &Gate, selection: LineSelection) -> Result<Vec<String>> {
        let lines = of_file(gate, self.reader(gate, 0)?, selection)?;
        self.position().set(0);
        Ok(lines)
    }

    /// The next `count` lines; nothing at the end. The next page begins behind them.
    ///
    /// # Policy
    /// Asks `read` on the file.
    ///
    /// # Errors
    /// As [`Self::read_lines`]; the position stays then.
    pub fn read_page(&self, gate: &Gate, count: u64) -> Result<Vec<String>> {
        let mut position = self.position().get();
        // What is read beyond the page is read again for the next, so that short pages read little at once.
        let capacity = usize::try_from(count.saturating_mul(128)).unwrap_or(CHUNK).clamp(4096, CHUNK);
        let mut reader = BufReader::with_capacity(capacity, self.reader(gate, position)?);
        let mut lines = Vec::new();
        for number in 0..count {
            if number % 4096 == 0 {
                gate.proceed()?;
            }
            let mut line = Vec::new();
            // A line is bounded by the run's memory, looked at every few megabytes.
            let most = 16 << 20;
            while reader.by_ref().take(most).read_until(b'\n', &mut line).map_err(|error| failure(gate, error))? > 0
                && line.last() != Some(&b'\n')
            {
                gate.proceed()?;
            }
            if line.is_empty() {
                break;
            }
            position = position.saturating_add(line.len() as u64);
            lines.push(line_of(line)?);
        }
        self.position().set(position);
        Ok(lines)
    }

    /// At most `length` bytes after the first `offset`; fewer where the file ends before.
    ///
    /// # Policy
    /// Asks `read` on the file.
    ///
    /// # Errors
    /// `InvalidFileMode` when it was not opened for reading.
    pub fn read_bytes(&self, gate: &Gate, offset: u64, length: u64) -> Result<Vec<u8>> {
        let mut reader = self.reader(gate, offset)?;
        let mut bytes = Vec::new();
        let mut left = length;
        while left > 0 {
            gate.proceed()?;
            let most = left.min(4 << 20);
            let read = reader.by_ref().take(most).read_to_end(&mut bytes).map_err(Error::FileReadError)? as u64;
            if read == 0 {
                break;
            }
            left -= read;
        }
        Ok(bytes)
    }

    /// Counts newlines, words and bytes after the last page, or of the whole.
    ///
    /// # Policy
    /// Asks `read` on the file.
    ///
    /// # Errors
    /// `InvalidFileMode` when it was not opened for reading.
    pub fn counts(&self, gate: &Gate) -> Result<WordCount> {
        let counted = count_file(gate, self.reader(gate, self.position().get())?, true)?;
        self.position().set(0);
        Ok(counted)
    }

    /// The runs of four or more printable ASCII characters, TAB among them, as `strings(1)` finds them.
    ///
    /// # Policy
    /// Asks `read` on the file.
    ///
    /// # Errors
    /// `InvalidFileMode` when it was not opened for reading.
    pub fn strings(&self, gate: &Gate) -> Result<Vec<String>> {
        let mut reader = self.reader(gate, self.position().get())?;
        let (mut found, mut run) = (Vec::new(), String::new());
        let mut end = |run: &mut String| {
            if run.len() >= SHORTEST {
                found.push(run.clone());
            }
            run.clear();
        };
        let mut buffer = vec![0_u8; CHUNK];
        loop {
            gate.proceed()?;
            let length = reader.read(&mut buffer).map_err(Error::FileReadError)?;
            let Some(bytes) = buffer.get(..length).filter(|bytes| !bytes.is_empty()) else { break };
            for byte in bytes {
                match byte {
                    b'\t' | b' '..=b'~' => run.push(char::from(*byte)),
                    _ => end(&mut run),
                }
            }
        }
        end(&mut run);
        self.position().set(0);
        Ok(found)
    }
}
