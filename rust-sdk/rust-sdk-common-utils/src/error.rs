//! What can go wrong, as scripts see it.

/// The result of a function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a function failed. The names of the variants are the kinds that scripts compare with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
#[non_exhaustive]
pub enum Error {
    /// A text that is no moment.
    #[error("Parse Error: {0}")]
    ParseError(String),
    /// Arguments that make no sense, by themselves or together.
    #[error("Invalid {subject}: {detail}")]
    InvalidArguments {
        /// What makes no sense.
        subject: &'static str,
        /// Why.
        detail: String,
    },
    /// A moment that a format cannot tell.
    #[error("Format Error: {0}")]
    FormatError(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl Error {
    /// The kind that scripts see: the name of the variant.
    pub fn kind(&self) -> &'static str {
        self.into()
    }

    /// All kinds that scripts can compare with.
    pub fn kinds() -> &'static [&'static str] {
        <Self as strum::VariantNames>::VARIANTS
    }

    pub(crate) fn invalid_arguments(detail: impl Into<String>) -> Self {
        Self::InvalidArguments { subject: "arguments", detail: detail.into() }
    }

    pub(crate) fn invalid_time(detail: impl Into<String>) -> Self {
        Self::InvalidArguments { subject: "time component", detail: detail.into() }
    }
}
