//! `rex-runner bundle`.

use super::each;
use crate::inputs;
use rex_signatures::{Bundle, write_file};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What the bundle is called.
    #[arg(long)]
    name: String,

    /// Which version it is: higher than each that has run before, where anything in it has changed.
    #[arg(long, value_name = "NUMBER")]
    bundle_version: u64,

    /// The script.
    #[arg(short, long, value_name = "PATH")]
    script_file: PathBuf,

    /// The policy.
    #[arg(short, long, value_name = "PATH")]
    policy_file: PathBuf,

    /// The name of an argument that a run may have; may be given more than once.
    #[arg(long = "argument", value_name = "NAME", value_parser = argument)]
    arguments: Vec<String>,

    /// Replace a bundle that is there.
    #[arg(long)]
    force: bool,

    /// Where the bundle goes, for example restart-web.bundle.
    #[arg(value_name = "FILE")]
    output: PathBuf,
}

fn argument(name: &str) -> Result<String, String> {
    if crate::arguments::is_identifier(name) { Ok(name.to_owned()) } else { Err("it is no variable name".to_owned()) }
}

pub(super) fn run(args: &Args) -> u8 {
    each([made(args)].into_iter())
}

fn made(args: &Args) -> Result<String, String> {
    let text = |path: &Path, most| inputs::text(path, most).map(|text| text.text);
    let script = text(&args.script_file, inputs::MAX_SCRIPT)?;
    let policy = text(&args.policy_file, inputs::MAX_POLICY)?;
    let bundle = Bundle::new(args.name.clone(), args.bundle_version, args.arguments.clone(), script, policy);
    let written = bundle.and_then(|bundle| bundle.write()).map_err(|error| error.to_string())?;
    let place = args.output.display();
    write_file(&args.output, written.as_bytes(), args.force).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => format!("{place}: it is there already: `--force` replaces it"),
        _ => format!("{place}: {error}"),
    })?;
    Ok(format!("{place}: bundle `{}`, version {}; sign it with `rex-runner sign`", args.name, args.bundle_version))
}
