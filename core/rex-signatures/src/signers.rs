//! Who may sign what: the `allowed_signers` file of ssh-keygen(1), section ALLOWED SIGNERS.

use crate::key::{Algorithm, Identity, Key};
use crate::revoked::Revocations;
use crate::time::{self, Doubt};
use crate::wire::Reader;
use crate::{Certificate, Error, Signature, Use, base64, pattern};

/// Kinds of key that may stand in such a file without being accepted here: it may serve other programs, too.
const OTHERS: [&str; 3] = ["ssh-rsa", "ssh-dss", "ecdsa-sha2-nistp521"];

/// All lines of the file, each understood.
#[derive(Debug)]
pub struct Signers(Vec<Line>);

#[derive(Debug)]
struct Line {
    number: usize,
    principals: String,
    /// Whether the key signs certificates, not files.
    authority: bool,
    namespaces: Option<String>,
    after: Option<i64>,
    before: Option<i64>,
    key: Vec<u8>,
}

/// What a signature has to satisfy.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// What it is to be used for.
    pub what: Use,
    /// Who has to have signed; nothing where anyone may who is trusted.
    pub signer: Option<&'w str>,
    /// The moment at which it has to hold, in seconds since 1970.
    pub now: i64,
    /// Whether a security key must have asked who holds it.
    pub touch_verified: bool,
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The name among the allowed signers.
    pub signer: String,
    /// The fingerprint of the key: `SHA256:…`.
    pub key: String,
    /// The kind of the key.
    pub algorithm: Algorithm,
    /// The fingerprint of the authority that vouched for the key.
    pub authority: Option<String>,
}

impl Signers {
    /// Reads the file.
    ///
    /// # Errors
    /// One line cannot be understood: then nobody is trusted.
    pub fn read(text: &str) -> Result<Self, Error> {
        let mut lines = Vec::new();
        for (at, text) in text.lines().enumerate() {
            let text = text.trim();
            if !text.is_empty() && !text.starts_with('#') {
                let number = at + 1;
                lines.push(line(number, text).map_err(|why| Error::Signers { line: number, why })?);
            }
        }
        Ok(Self(lines))
    }

    /// How many lines name a signer.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nobody is trusted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// That `signature` is one over `message` as it is wanted, and whose.
    ///
    /// # Errors
    /// It is altered, for another use, of a key that is revoked or that nobody trusts for this now, or its certificate does not hold.
    pub fn verify(
        &self,
        signature: &Signature,
        message: &[u8],
        wanted: &Wanted<'_>,
        revoked: &Revocations,
    ) -> Result<Verified, Error> {
        let touch = signature.verify(message, wanted.what)?;
        let identity = signature.identity();
        revoked.check(identity)?;
        let signer = self.trusted(identity, wanted)?;
        let certificate = identity.certificate();
        if (wanted.touch_verified || certificate.is_some_and(Certificate::demands_verification)) && !touch.verified {
            return Err(Error::Unverified);
        }
        Ok(Verified {
            signer,
            key: identity.key().fingerprint(),
            algorithm: identity.key().algorithm(),
            authority: certificate.map(|certificate| certificate.authority().fingerprint()),
        })
    }

    /// The name of the first line that trusts the key. Where none does, the error of the first that knows it.
    fn trusted(&self, identity: &Identity, wanted: &Wanted<'_>) -> Result<String, Error> {
        let fingerprint = identity.key().fingerprint();
        let mut refusal = None;
        for line in self.0.iter().filter(|line| line.is_about(identity)) {
            match line.trusts(identity, wanted, &fingerprint) {
                Ok(signer) => return Ok(signer),
                Err(error) => drop(refusal.get_or_insert(error)),
            }
        }
        Err(refusal.unwrap_or(Error::UnknownSigner(fingerprint)))
    }
}

impl Line {
    fn is_about(&self, identity: &Identity) -> bool {
        match identity {
            Identity::Key(key) => !self.authority && self.key == key.blob(),
            Identity::Certificate(certificate) => self.authority && self.key == certificate.authority().blob(),
        }
    }

    fn trusts(&self, identity: &Identity, wanted: &Wanted<'_>, fingerprint: &str) -> Result<String, Error> {
        let line = self.number;
        let other =
            |wanted: &str| Error::OtherSigner { fingerprint: fingerprint.to_owned(), wanted: wanted.to_owned() };
        let named = |name: &str| pattern::list_matches(&self.principals, name);
        let signer = match (identity, wanted.signer) {
            (Identity::Key(_), Some(signer)) => Some(signer).filter(|name| named(name)).ok_or_else(|| other(signer))?,
            (Identity::Key(_), None) => {
                let mut names = self.principals.split(',').filter(|name| !pattern::is_pattern(name) && named(name));
                names.next().ok_or(Error::Nameless(line))?
            }
            (Identity::Certificate(certificate), wanted_signer) => {
                certificate.holds(wanted.now)?;
                let mut names = certificate.principals().iter().map(String::as_str);
                match wanted_signer {
                    Some(signer) => names.find(|name| *name == signer && named(name)).ok_or_else(|| other(signer))?,
                    None => names.find(|name| named(name)).ok_or(Error::NotNamed(line))?,
                }
            }
        };
        let namespace = wanted.what.namespace();
        if self.namespaces.as_ref().is_some_and(|list| !pattern::list_matches(list, namespace)) {
            return Err(Error::NotForThis { line, namespace });
        }
        let words = |moment: i64| time::shown(moment.unsigned_abs());
        match (self.after, self.before) {
            (Some(after), _) if wanted.now < after => Err(Error::NotYetTrusted { line, from: words(after) }),
            (_, Some(before)) if wanted.now > before => Err(Error::Expired { line, until: words(before) }),
            _ => Ok(signer.to_owned()),
        }
    }
}

/// Reads one line: principals, options, key, comment.
fn line(number: usize, text: &str) -> Result<Line, String> {
    let (principals, rest) = first_field(text)?;
    if principals.split(',').any(str::is_empty) {
        return Err("a principal is empty".to_owned());
    }
    let mut line =
        Line { number, principals, authority: false, namespaces: None, after: None, before: None, key: Vec::new() };
    let word = rest.split_ascii_whitespace().next().unwrap_or_default();
    let rest = if is_key_type(word) {
        rest
    } else {
        let (options, rest) = options(rest)?;
        for option in options {
            set(&mut line, option)?;
        }
        rest
    };
    if let (Some(after), Some(before)) = (line.after, line.before)
        && before <= after
    {
        return Err("`valid-before` is not after `valid-after`".to_owned());
    }
    line.key = key(rest)?;
    Ok(line)
}

fn is_key_type(word: &str) -> bool {
    Algorithm::named(word).is_ok() || OTHERS.contains(&word)
}

/// The first field, which may stand in quotes, and what follows it.
fn first_field(text: &str) -> Result<(String, &str), String> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (field, rest) = quoted.split_once('"').ok_or("a quote is not closed")?;
        return if rest.starts_with([' ', '\t']) {
            Ok((field.to_owned(), rest.trim_start()))
        } else {
            Err("after the principals there is no blank".to_owned())
        };
    }
    let (field, rest) = text.split_once([' ', '\t']).ok_or("it has no key")?;
    if field.contains('"') {
        Err("a quote stands within a word".to_owned())
    } else {
        Ok((field.to_owned(), rest.trim_start()))
    }
}

/// The options, each as it is written, and what follows them.
fn options(text: &str) -> Result<(Vec<&str>, &str), String> {
    let (mut quoted, mut escaped, mut begin) = (false, false, 0);
    let mut options = Vec::new();
    let mut end = None;
    for (at, letter) in text.char_indices() {
        match letter {
            '"' if !escaped => quoted = !quoted,
            ',' if !quoted => {
                options.push(text.get(begin..at).unwrap_or_default());
                begin = at + 1;
            }
            ' ' | '\t' if !quoted => {
                end = Some(at);
                break;
            }
            _ => {}
        }
        escaped = letter == '\\';
    }
    if quoted {
        return Err("a quote is not closed".to_owned());
    }
    let end = end.ok_or("it has no key")?;
    options.push(text.get(begin..end).unwrap_or_default());
    Ok((options, text.get(end..).unwrap_or_default().trim_start()))
}

fn set(line: &mut Line, option: &str) -> Result<(), String> {
    let (name, value) = option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value)));
    let twice = || Err(format!("the option `{name}` stands there twice"));
    let text = || {
        let value = value.and_then(|value| value.strip_prefix('"')?.strip_suffix('"'));
        value
            .map(|value| value.replace("\\\"", "\""))
            .ok_or_else(|| format!("the option `{name}` needs a value in quotes"))
    };
    let moment = |doubt| {
        let text = text()?;
        time::moment(&text, doubt).ok_or_else(|| {
            format!("`{text}` is no moment: write YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, with Z for UTC")
        })
    };
    match name.to_ascii_lowercase().as_str() {
        "cert-authority" if value.is_some() => return Err("the option `cert-authority` has no value".to_owned()),
        "cert-authority" if line.authority => return twice(),
        "cert-authority" => line.authority = true,
        "namespaces" if line.namespaces.is_some() => return twice(),
        "namespaces" => line.namespaces = Some(text()?),
        "valid-after" if line.after.is_some() => return twice(),
        // In doubt trust is shorter.
        "valid-after" => line.after = Some(moment(Doubt::Later)?),
        "valid-before" if line.before.is_some() => return twice(),
        "valid-before" => line.before = Some(moment(Doubt::Earlier)?),
        _ => return Err(format!("the option `{name}` is not known")),
    }
    Ok(())
}

fn key(text: &str) -> Result<Vec<u8>, String> {
    let mut words = text.split_ascii_whitespace();
    let name = words.next().ok_or("it has no key")?;
    if !is_key_type(name) {
        return Err(format!("`{name}` is no kind of key that is known"));
    }
    let blob = words.next().and_then(base64::decode).ok_or("the key is not base64")?;
    if Reader::new(&blob, "public key").text().ok() != Some(name) {
        return Err("the key is not of the kind that stands before it".to_owned());
    }
    if !OTHERS.contains(&name) {
        Key::from_blob(&blob).map_err(|error| error.to_string())?;
    }
    Ok(blob)
}
