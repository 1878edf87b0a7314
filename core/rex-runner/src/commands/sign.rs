//! `rex-runner sign`.

use super::{What, each};
use crate::inputs;
use clap::ValueEnum;
use rex_signatures::{Hash, Signer, Unsafe, read_key, sign, write_file};
use std::env;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The largest file that is signed: larger than any script, policy or bundle.
const LARGEST: u64 = 64 << 20;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The key: a private key as ssh-keygen makes it, or a public key or certificate whose private key ssh-agent has or that lies beside it.
    #[arg(short = 'f', long, value_name = "PATH")]
    key: PathBuf,

    /// What the files are; without it, their names tell: .rhai, .cedar, .bundle.
    #[arg(long = "as", value_name = "WHAT")]
    what: Option<What>,

    /// How the content is hashed.
    #[arg(long, value_enum, default_value_t)]
    hash: HashName,

    /// Replace signatures that are there.
    #[arg(long)]
    force: bool,

    /// What is to be signed; each signature goes to FILE.sig.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum HashName {
    Sha256,
    #[default]
    Sha512,
}

pub(super) fn run(args: &Args) -> u8 {
    match signer(&args.key) {
        Err(problem) => each([Err(problem)].into_iter()),
        Ok(signer) => each(args.files.iter().map(|file| signed(args, &signer, file))),
    }
}

/// The key at `path`, or the one that ssh-agent has for it.
pub(crate) fn signer(path: &Path) -> Result<Signer, String> {
    let agent = env::var_os("SSH_AUTH_SOCK").filter(|socket| !socket.is_empty()).map(PathBuf::from);
    let text = read_key(path).map_err(|error| error.to_string())?;
    let problem = |error: rex_signatures::Error| format!("{}: {error}", path.display());
    let signer = Signer::read(&text, agent).map_err(problem)?;
    if !signer.is_public() {
        return Ok(signer);
    }
    // The private key lies beside the public one, if it is at hand at all.
    let name = path.to_str().and_then(|name| name.strip_suffix(".pub"));
    let Some(name) = name.map(|name| name.strip_suffix("-cert").unwrap_or(name)) else { return Ok(signer) };
    match read_key(Path::new(name)) {
        Ok(text) => signer.with_private(&text).map_err(problem),
        Err(Unsafe::Absent(_)) => Ok(signer),
        Err(error) => Err(error.to_string()),
    }
}

fn signed(args: &Args, signer: &Signer, file: &Path) -> Result<String, String> {
    let what = What::of(args.what, file)?;
    let hash = match args.hash {
        HashName::Sha256 => Hash::Sha256,
        HashName::Sha512 => Hash::Sha512,
    };
    let content = inputs::bytes(file, LARGEST)?;
    let text = sign(signer, &content, what, hash).map_err(|error| format!("{}: {error}", args.key.display()))?;
    let place = signature_of(file);
    write_file(&place, text.as_bytes(), args.force).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => format!("{}: it is there already: `--force` replaces it", place.display()),
        _ => format!("{}: {error}", place.display()),
    })?;
    Ok(format!("{}: {} signature for {}", place.display(), what.name(), file.display()))
}

/// Where the signature of a file lies: its name with `.sig` behind it.
pub(crate) fn signature_of(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".sig");
    name.into()
}
