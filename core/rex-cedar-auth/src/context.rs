//! What a policy can see of a request besides principal, action and resource.

mod execution;
mod run;

pub use execution::{Account, Argument, Execution};
pub(crate) use run::OF_THE_RUN;
pub use run::Run;

use cedar_policy::{Entity, RestrictedExpression};

/// The context of one request. Only the types of this module implement it.
pub trait ContextData: sealed::OfThisCrate {
    /// Whether there is nothing in it, so that verdicts may be remembered.
    const EMPTY: bool;
    /// Whether it makes demands on the policies that decide, so that its verdict depends on it even where no policy reads it.
    const DEMANDING: bool = false;

    /// Its members, as the schema names them.
    fn members(&self) -> Vec<(String, RestrictedExpression)>;

    /// The entities that its members refer to.
    ///
    /// # Errors
    /// What Cedar says of one that cannot be built.
    fn entities(&self) -> Result<Vec<Entity>, String> {
        Ok(Vec::new())
    }

    /// What the policies have to be like for it.
    fn demands(&self) -> Demands {
        Demands::default()
    }
}

/// What the policies that decide have to be like for a request, besides being satisfied: what a permit must have thought of.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Demands {
    /// Names that a matching permit has to hold as texts, all of them in one.
    pub named: Vec<String>,
    /// Tags that no policy in question may ask for, because a tag tells only part of the truth here.
    pub untold: Vec<String>,
}

mod sealed {
    pub trait OfThisCrate {}
    impl OfThisCrate for super::Empty {}
    impl OfThisCrate for super::Destination {}
    impl OfThisCrate for super::Xattr {}
    impl OfThisCrate for super::Execution {}
}

/// No context: most actions have none.
#[derive(Debug)]
pub struct Empty;

/// Where a moved object will be.
#[derive(Debug)]
pub struct Destination {
    /// The whole path.
    pub path: String,
    /// Its last part.
    pub name: String,
    /// The directory it lies in.
    pub parent_path: String,
}

/// The extended attribute that will be set.
#[derive(Debug)]
pub struct Xattr {
    /// Its full name, for example `security.selinux`.
    pub name: String,
}

impl ContextData for Empty {
    const EMPTY: bool = true;
    fn members(&self) -> Vec<(String, RestrictedExpression)> {
        Vec::new()
    }
}

impl ContextData for Destination {
    const EMPTY: bool = false;
    fn members(&self) -> Vec<(String, RestrictedExpression)> {
        record("destination", [("path", &self.path), ("name", &self.name), ("parent_path", &self.parent_path)])
    }
}

impl ContextData for Xattr {
    const EMPTY: bool = false;
    fn members(&self) -> Vec<(String, RestrictedExpression)> {
        record("xattr", [("name", &self.name)])
    }
}

/// One member that is a record of texts. The keys are distinct, so that the record can always be built.
fn record<const N: usize>(member: &str, fields: [(&str, &String); N]) -> Vec<(String, RestrictedExpression)> {
    let fields = fields.map(|(key, text)| (key.to_owned(), RestrictedExpression::new_string(text.clone())));
    RestrictedExpression::new_record(fields).map(|record| (member.to_owned(), record)).into_iter().collect()
}
