//! The answer to a request.

use ureq_proto::http::HeaderMap;

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status (RFC 9110, section 15).
    pub status: u16,
    /// The url that answered: that of the request, or the last one that redirects led to, in its normal form.
    pub url: String,
    /// Names in lower case, and values, in the order of the answer.
    pub headers: Vec<(String, String)>,
    /// The body, or its beginning.
    pub body: Vec<u8>,
    /// Whether the body was cut off at the limit.
    pub truncated: bool,
}

impl Response {
    /// The body as text in UTF-8; what is none is U+FFFD. Of a character that the limit cut in two nothing is left.
    pub fn text(&self) -> String {
        let whole = match core::str::from_utf8(&self.body) {
            Err(error) if self.truncated && error.error_len().is_none() => self.body.get(..error.valid_up_to()),
            _ => None,
        };
        String::from_utf8_lossy(whole.unwrap_or(&self.body)).into_owned()
    }

    /// The value of a header, several joined by `, `; its name in any case.
    pub fn header(&self, name: &str) -> Option<String> {
        let values = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        let values: Vec<&str> = values.map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}

/// The headers as texts. Bytes that are no UTF-8 are U+FFFD.
pub(super) fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect()
}

#[cfg(test)]
mod tests {
    use super::Response;

    #[test]
    fn a_character_cut_in_two_is_left_out() {
        let text = |body: &[u8], truncated| {
            let headers = vec![
                ("a".to_owned(), "1".to_owned()),
                ("b".to_owned(), "2".to_owned()),
                ("a".to_owned(), "3".to_owned()),
            ];
            let response = Response { status: 200, url: String::new(), headers, body: body.to_owned(), truncated };
            assert_eq!((response.header("A").unwrap(), response.header("c")), ("1, 3".to_owned(), None));
            response.text()
        };
        assert_eq!(text("aü".as_bytes(), false), "aü");
        assert_eq!(text(&"aü".as_bytes()[..2], true), "a");
        assert_eq!(text(&"aü".as_bytes()[..2], false), "a\u{fffd}");
        assert_eq!(text(b"a\xffb\xc3", true), "a\u{fffd}b\u{fffd}");
    }
}
