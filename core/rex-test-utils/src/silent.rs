//! A file system whose server answers the first request and no other, fuse(4).
#![expect(
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "only tests use it: what fails here is a failing test"
)]

use crate::Folder;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::mount::{MountFlags, mount};
use std::ffi::CString;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::JoinHandle;

const STATFS: u32 = 17;
const INIT: u32 = 26;

/// The server. As long as it lives, whoever asks the file system for its figures waits; not even a signal that kills wakes it.
#[derive(Debug)]
pub struct Silent {
    stop: Arc<AtomicBool>,
    asked: Arc<AtomicU32>,
    server: Option<JoinHandle<()>>,
}

impl Silent {
    /// Mounts one on `name` in the folder. Nothing where the machine has no FUSE.
    pub fn mount(folder: &Folder, name: &str) -> Option<Self> {
        let fd = match open("/dev/fuse", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()) {
            Ok(fd) => fd,
            Err(errno) => {
                eprintln!("skipped, /dev/fuse cannot be opened: {errno}");
                return None;
            }
        };
        std::fs::create_dir_all(folder.at(name)).unwrap();
        let data = format!("fd={},rootmode=40000,user_id=0,group_id=0", fd.as_raw_fd());
        let data = CString::new(data).unwrap();
        if let Err(errno) = mount("silent", folder.at(name).as_str(), "fuse", MountFlags::empty(), data.as_c_str()) {
            eprintln!("skipped, no FUSE can be mounted: {errno}");
            return None;
        }
        let (stop, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let server = std::thread::spawn({
            let (stop, asked) = (Arc::clone(&stop), Arc::clone(&asked));
            move || serve(&fd, &stop, &asked)
        });
        Some(Self { stop, asked, server: Some(server) })
    }

    /// How often it was asked for its figures.
    pub fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // The last descriptor goes: the kernel gives up all requests.
        self.server.take().unwrap().join().unwrap();
    }
}

fn serve(fd: &OwnedFd, stop: &AtomicBool, asked: &AtomicU32) {
    let mut buffer = vec![0_u8; 1 << 16];
    while !stop.load(Ordering::SeqCst) {
        let wait = Timespec { tv_sec: 0, tv_nsec: 10_000_000 };
        if poll(&mut [PollFd::new(fd, PollFlags::IN)], Some(&wait)).unwrap_or(0) == 0 {
            continue;
        }
        let Ok(length) = rustix::io::read(fd, &mut buffer) else { continue };
        let word = |at: usize| u32::from_ne_bytes(buffer[at..at + 4].try_into().unwrap());
        assert!(length >= 40, "a request has a head");
        match word(4) {
            INIT => {
                let mut reply = vec![0_u8; 16 + 64];
                reply[..4].copy_from_slice(&80_u32.to_ne_bytes());
                reply[8..16].copy_from_slice(&buffer[8..16]);
                // The version of the protocol, and how much may be written at once.
                reply[16..20].copy_from_slice(&7_u32.to_ne_bytes());
                reply[20..24].copy_from_slice(&31_u32.to_ne_bytes());
                reply[36..40].copy_from_slice(&4096_u32.to_ne_bytes());
                rustix::io::write(fd, &reply).unwrap();
            }
            STATFS => drop(asked.fetch_add(1, Ordering::SeqCst)),
            _ => {}
        }
    }
}
