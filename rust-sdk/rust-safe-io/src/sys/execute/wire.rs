//! What the runner and the launcher tell each other: frames of a length and fields, descriptors with the first byte.

use rustix::io::{Errno, IoSlice, IoSliceMut};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// Larger frames are refused: the kernel takes no more words for a program, execve(2).
const LARGEST: usize = 16 << 20;

/// At most so many descriptors go with a frame.
const DESCRIPTORS: usize = 4;

/// Fields one after the other, each with its length.
#[derive(Debug, Default)]
pub(super) struct Frame {
    bytes: Vec<u8>,
}

impl Frame {
    pub(super) fn number(&mut self, number: u64) {
        self.bytes.extend(number.to_le_bytes());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.bytes.extend(bytes);
    }

    pub(super) fn texts<'t>(&mut self, texts: impl ExactSizeIterator<Item = &'t [u8]>) {
        self.number(texts.len() as u64);
        texts.for_each(|text| self.bytes(text));
    }
}

/// A frame that is read. What it lacks is nothing.
#[derive(Debug)]
pub(super) struct Fields<'f>(pub(super) &'f [u8]);

impl<'f> Fields<'f> {
    pub(super) fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*number))
    }

    pub(super) fn bytes(&mut self) -> Option<&'f [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    pub(super) fn texts(&mut self) -> Option<Vec<Vec<u8>>> {
        let count = usize::try_from(self.number()?).ok()?;
        // A count is no promise: each text has to be there.
        (0..count).map(|_| Some(self.bytes()?.to_vec())).collect()
    }
}

/// Sends a frame, with descriptors.
pub(super) fn send(socket: &UnixStream, frame: &Frame, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    let length = (frame.bytes.len() as u64).to_le_bytes();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(io::Error::other("too many descriptors for one frame"));
    }
    let sent = loop {
        match sendmsg(socket, &[IoSlice::new(&length)], &mut ancillary, SendFlags::NOSIGNAL) {
            Err(Errno::INTR) => {}
            sent => break sent?,
        }
    };
    let mut socket = socket;
    socket.write_all(length.get(sent..).unwrap_or_default())?;
    socket.write_all(&frame.bytes)
}

/// Receives a frame and its descriptors; nothing where the other side is gone.
pub(super) fn receive(socket: &UnixStream) -> io::Result<Option<(Vec<u8>, Vec<OwnedFd>)>> {
    let mut length = [0; 8];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let got = loop {
        match recvmsg(socket, &mut [IoSliceMut::new(&mut length)], &mut ancillary, RecvFlags::CMSG_CLOEXEC) {
            Err(Errno::INTR) => {}
            got => break got?.bytes,
        }
    };
    let mut descriptors = Vec::new();
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(rights) = message {
            descriptors.extend(rights);
        }
    }
    if got == 0 {
        return Ok(None);
    }
    let mut socket = socket;
    socket.read_exact(length.get_mut(got..).unwrap_or_default())?;
    let length = usize::try_from(u64::from_le_bytes(length)).unwrap_or(usize::MAX);
    if length > LARGEST {
        return Err(io::Error::other("a frame is too long"));
    }
    let mut bytes = vec![0; length];
    socket.read_exact(&mut bytes)?;
    Ok(Some((bytes, descriptors)))
}

/// The same descriptors, borrowed.
pub(super) fn borrowed<'d>(descriptors: impl IntoIterator<Item = &'d OwnedFd>) -> Vec<BorrowedFd<'d>> {
    descriptors.into_iter().map(AsFd::as_fd).collect()
}

#[cfg(test)]
mod tests {
    use super::{Fields, Frame, borrowed, receive, send};
    use std::io::{Read as _, Write as _};
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    #[test]
    fn frames_arrive_whole_with_their_descriptors() {
        let (one, other) = UnixStream::pair().unwrap();
        let large = vec![b'x'; 1 << 20];
        let (reader, writer) = std::io::pipe().unwrap();
        let writer = OwnedFd::from(writer);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut frame = Frame::default();
                frame.number(7);
                frame.texts([b"a".as_slice(), &large].into_iter());
                send(&one, &frame, &borrowed([&writer])).unwrap();
            });
            let (bytes, mut descriptors) = receive(&other).unwrap().unwrap();
            let mut fields = Fields(&bytes);
            assert_eq!(fields.number(), Some(7));
            assert_eq!(fields.texts().unwrap(), [b"a".to_vec(), large.clone()]);
            assert_eq!((fields.number(), descriptors.len()), (None, 1));
            std::fs::File::from(descriptors.remove(0)).write_all(b"through").unwrap();
        });
        drop((writer, one));
        let mut text = String::new();
        let mut reader = reader;
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "through");
        assert!(receive(&other).unwrap().is_none());
    }

    #[test]
    fn what_a_frame_promises_and_does_not_hold_is_nothing() {
        let mut frame = Frame::default();
        frame.number(u64::MAX);
        assert_eq!(Fields(&frame.bytes).texts(), None);
        assert_eq!(Fields(&frame.bytes).bytes(), None);
        let (one, other) = UnixStream::pair().unwrap();
        (&one).write_all(&u64::MAX.to_le_bytes()).unwrap();
        assert!(receive(&other).is_err());
    }
}
