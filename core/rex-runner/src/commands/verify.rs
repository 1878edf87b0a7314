//! `rex-runner verify`.

use super::sign::signature_of;
use super::{What, each};
use crate::host::Host;
use crate::inputs;
use crate::trust::{Trust, TrustArgs};
use rex_signatures::{Signature, Verified};
use std::path::{Path, PathBuf};

/// As much as can be signed.
const LARGEST: u64 = 64 << 20;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    trust: TrustArgs,

    /// What the files are; without it, their names tell: .rhai, .cedar, .bundle.
    #[arg(long = "as", value_name = "WHAT")]
    what: Option<What>,

    /// The signature, where it is not FILE.sig.
    #[arg(long, value_name = "PATH")]
    signature: Option<PathBuf>,

    /// Only tell by which key, not whether anyone trusts it.
    #[arg(long, conflicts_with_all = ["allowed_signers", "revoked_keys", "signer"])]
    check_only: bool,

    /// What was signed.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

pub(super) fn run(args: &Args) -> u8 {
    if args.signature.is_some() && args.files.len() > 1 {
        return each([Err("with `--signature` there can be one file only".to_owned())].into_iter());
    }
    let load = || {
        let mut trust = args.trust.clone();
        Host::load()?.complete(&mut trust);
        Trust::load(&trust)
    };
    let trust = if args.check_only { Ok(None) } else { load().map(Some) };
    match trust {
        Err(problem) => each([Err(problem)].into_iter()),
        Ok(trust) => each(args.files.iter().map(|file| verified(args, trust.as_ref(), file))),
    }
}

fn verified(args: &Args, trust: Option<&Trust>, file: &Path) -> Result<String, String> {
    let what = What::of(args.what, file)?;
    let content = inputs::bytes(file, LARGEST)?;
    let place = args.signature.clone().unwrap_or_else(|| signature_of(file));
    let name = file.display();
    let Some(trust) = trust else {
        let text = inputs::bytes(&place, rex_signatures::LONGEST as u64)?;
        let problem = |error| format!("{name}: {error}");
        let signature = Signature::from_text(&text).map_err(problem)?;
        signature.verify(&content, what).map_err(problem)?;
        let key = signature.identity().key();
        let (label, fingerprint) = (key.algorithm().label(), key.fingerprint());
        return Ok(format!(
            "{name}: right {} signature with {label} key {fingerprint}; whose it is, was not asked",
            what.name()
        ));
    };
    let Verified { signer, key, algorithm, authority } = trust.verify(&content, &place, what, &name.to_string())?;
    let vouched = authority.map(|key| format!(", vouched for by {key}")).unwrap_or_default();
    Ok(format!("{name}: good {} signature by {signer} with {} key {key}{vouched}", what.name(), algorithm.label()))
}
