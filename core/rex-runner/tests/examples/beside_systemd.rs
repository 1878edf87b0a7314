//! Stories about services: each runs beside a fresh systemd with the units of its folder.

#![expect(clippy::disallowed_methods, reason = "the test reads its own files")]

use rex_test_utils::ServiceManager;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Whether a story needs no systemd, or one can be started here.
pub(crate) fn can_be_told(folder: &Path) -> bool {
    static HINDRANCE: OnceLock<Option<String>> = OnceLock::new();
    if !folder.join("units").exists() {
        return true;
    }
    let hindrance = HINDRANCE.get_or_init(|| ServiceManager::start(&[]).err());
    if let Some(why) = hindrance {
        eprintln!("skipped {}: {why}", folder.display());
    }
    hindrance.is_none()
}

/// The systemd for a story that has units, those of its `start` started.
pub(crate) fn manager(folder: &Path) -> Option<ServiceManager> {
    let entries = fs::read_dir(folder.join("units")).ok()?.map(Result::unwrap);
    let units: Vec<(String, String)> = entries
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .collect();
    let units: Vec<(&str, &str)> = units.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let manager = ServiceManager::start(&units).unwrap();
    for unit in fs::read_to_string(folder.join("start")).unwrap().lines() {
        manager.run("systemctl", &["start", unit]);
        // One that is to fail has done so when it is no longer active.
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(500) {
            let state = manager.run("systemctl", &["is-failed", unit]);
            if state.status.success() {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    assert!(manager.run("journalctl", &["--sync"]).status.success());
    Some(manager)
}
