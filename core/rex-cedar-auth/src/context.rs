//! What a policy can see of a request besides principal, action and resource.

use cedar_policy::RestrictedExpression;

/// The context of one request. Only the types of this module implement it.
pub trait ContextData: sealed::OfThisCrate {
    /// Whether there is nothing in it, so that verdicts may be remembered.
    const EMPTY: bool;
    /// Its members, as the schema names them.
    fn members(self) -> Vec<(String, RestrictedExpression)>;
}

mod sealed {
    pub trait OfThisCrate {}
    impl OfThisCrate for super::Empty {}
    impl OfThisCrate for super::Destination {}
    impl OfThisCrate for super::Xattr {}
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
    fn members(self) -> Vec<(String, RestrictedExpression)> {
        Vec::new()
    }
}

impl ContextData for Destination {
    const EMPTY: bool = false;
    fn members(self) -> Vec<(String, RestrictedExpression)> {
        record("destination", [("path", self.path), ("name", self.name), ("parent_path", self.parent_path)])
    }
}

impl ContextData for Xattr {
    const EMPTY: bool = false;
    fn members(self) -> Vec<(String, RestrictedExpression)> {
        record("xattr", [("name", self.name)])
    }
}

/// One member that is a record of texts. The keys are distinct, so that the record can always be built.
fn record<const N: usize>(member: &str, fields: [(&str, String); N]) -> Vec<(String, RestrictedExpression)> {
    let fields = fields.map(|(key, text)| (key.to_owned(), RestrictedExpression::new_string(text)));
    RestrictedExpression::new_record(fields).map(|record| (member.to_owned(), record)).into_iter().collect()
}
