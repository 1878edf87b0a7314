//! Making an empty file, or setting the times of one.

use crate::allow::{all, failed};
use rex_test_utils::Folder;
use rust_safe_io::touch;
use std::time::{Duration, SystemTime};

#[test]
fn a_new_file_is_empty() {
    let folder = Folder::new(&[]);
    touch(&all(&folder), &folder.at("a")).unwrap();
    assert_eq!((folder.text("a").as_str(), folder.tree().names()), ("", vec!["a".to_owned()]));
}

#[test]
fn a_file_that_is_there_keeps_its_content_and_gets_the_present_time() {
    let folder = Folder::new(&[("a", "kept")]);
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    let file = std::fs::File::options().write(true).open(folder.at("a")).unwrap();
    file.set_times(std::fs::FileTimes::new().set_accessed(long_ago).set_modified(long_ago)).unwrap();
    touch(&all(&folder), &folder.at("a")).unwrap();
    let times = std::fs::metadata(folder.at("a")).unwrap();
    for time in [times.modified().unwrap(), times.accessed().unwrap()] {
        assert!(time.elapsed().is_ok_and(|age| age < Duration::from_secs(60)), "{time:?}");
    }
    assert_eq!(folder.text("a"), "kept");
}

#[test]
fn a_missing_directory_is_not_made() {
    let folder = Folder::new(&[]);
    assert_eq!(failed(touch(&all(&folder), &folder.at("no/a"))).0, "NotFound");
    assert!(!folder.has("no"));
}
