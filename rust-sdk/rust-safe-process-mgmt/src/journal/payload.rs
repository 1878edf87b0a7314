//! Fields of the journal that are packed.

use std::io::Read;

/// No more of a packed field is read than this.
const LONGEST_PACKED: usize = 256 * 1024;
/// No field unpacks to more than this where it has to be unpacked whole.
const LONGEST_WHOLE: u64 = 4 * 1024 * 1024;
/// Room for the name of a field before its value.
const NAME: usize = 128;

/// How a field is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    /// Of old systems; not read.
    Xz,
    Lz4,
    Zstd,
}

impl Packing {
    /// By the flags of an object; nothing for those of a form to come.
    pub(super) fn of(flags: u8) -> Option<Self> {
        Some(match flags {
            0 => Self::None,
            1 => Self::Xz,
            2 => Self::Lz4,
            4 => Self::Zstd,
            _ => return None,
        })
    }
}

/// How many bytes of a field to read for a value of `longest`.
pub(super) fn most(packing: Packing, longest: usize) -> usize {
    if packing == Packing::None { longest.saturating_add(NAME) } else { LONGEST_PACKED }
}

/// The start of a field, enough for its name and a value of `longest`; nothing where it cannot be unpacked.
pub(super) fn unpacked(packing: Packing, bytes: Vec<u8>, longest: usize) -> Option<Vec<u8>> {
    let longest = longest.saturating_add(NAME);
    let mut whole = Vec::new();
    match packing {
        Packing::None => whole = bytes,
        Packing::Xz => return None,
        Packing::Lz4 => {
            let (length, block) = bytes.split_first_chunk::<8>()?;
            let length = u64::from_le_bytes(*length);
            if length > LONGEST_WHOLE {
                return None;
            }
            whole = vec![0; usize::try_from(length).ok()?];
            let got = lz4_flex::block::decompress_into(block, &mut whole).ok()?;
            whole.truncate(got);
        }
        Packing::Zstd => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(bytes.as_slice()).ok()?;
            // What was read of a cut-off field is what there is.
            let read = decoder.take(longest as u64).read_to_end(&mut whole);
            if read.is_err() && whole.len() < longest {
                return None;
            }
        }
    }
    whole.truncate(longest);
    Some(whole)
}
