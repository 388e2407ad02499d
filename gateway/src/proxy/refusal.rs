//! Why a request is refused before anybody asks who sent it: one code, status and sentence per reason.

use std::fmt;

use http::StatusCode;

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident, $code:literal, $status:ident, $message:literal;)*) => {
        /// A reason to refuse a request as it stands.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Refusal {
            $($(#[$doc])* $name,)*
        }

        impl Refusal {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Stable name in logs and metrics.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Status of the answer.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// What is wrong, in plain words; says nothing of the request's content.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }
        }
    };
}

refusals! {
    /// Request target over 8 KiB.
    TargetTooLong, "target_too_long", URI_TOO_LONG, "The address is too long.";
    /// Neither a path nor an absolute address (`*`, a bare word).
    TargetForm, "target_form", BAD_REQUEST, "The address must start with a slash.";
    /// `#` on the request line.
    Fragment, "target_fragment", BAD_REQUEST, "The address must not contain \"#\".";
    /// A space in the target.
    Space, "target_space", BAD_REQUEST, "The address must not contain spaces.";
    /// A control character in the target, raw or as an escape.
    Control, "target_control", BAD_REQUEST, "The address must not contain control characters.";
    /// A byte beyond ASCII that is not escaped.
    NonAscii, "target_non_ascii", BAD_REQUEST, "Characters beyond ASCII must be percent-encoded in the path.";
    /// `\` in the path.
    Backslash, "path_backslash", BAD_REQUEST, "The path must not contain a backslash.";
    /// `%2f`.
    EncodedSlash, "path_encoded_slash", BAD_REQUEST, "The path must not contain an encoded slash.";
    /// `%5c`.
    EncodedBackslash, "path_encoded_backslash", BAD_REQUEST, "The path must not contain an encoded backslash.";
    /// `%` that is not followed by two hexadecimal digits.
    InvalidEscape, "path_invalid_escape", BAD_REQUEST, "The path contains an invalid percent-encoding.";
    /// `%25` followed by two hexadecimal digits.
    DoubleEncoding, "path_double_encoding", BAD_REQUEST, "The path is percent-encoded twice.";
    /// Escapes that are not UTF-8, overlong forms included.
    InvalidUtf8, "path_invalid_utf8", BAD_REQUEST, "The path is not valid UTF-8.";
    /// `..` above the root.
    AboveRoot, "path_above_root", BAD_REQUEST, "The path climbs above the root.";
    /// A segment that some servers take for `.` or `..`: `..;x`, `...`, `..%20`.
    OddDots, "path_odd_dots", BAD_REQUEST, "The path contains an ambiguous dot segment.";
    /// Readings of the path fall under policies of which none is the strictest.
    AmbiguousRoute, "path_ambiguous_route", BAD_REQUEST, "The path can be read in more than one way.";
    /// Segments were resolved or merged, and who asks forwards the path as it was sent.
    NotCanonical, "path_not_canonical", BAD_REQUEST, "The path must be written without dot segments and double slashes.";
    /// No `Host`.
    HostMissing, "host_missing", BAD_REQUEST, "The Host header is missing.";
    /// `Host` more than once.
    HostRepeated, "host_repeated", BAD_REQUEST, "There is more than one Host header.";
    /// `Host` that is not `name[:port]`.
    HostInvalid, "host_invalid", BAD_REQUEST, "The Host header is invalid.";
    /// The target's authority is another than `Host`.
    HostMismatch, "host_mismatch", BAD_REQUEST, "The Host header and the address disagree.";
    /// Scheme other than http and https in the target.
    Scheme, "target_scheme", BAD_REQUEST, "Only http and https are served.";
    /// CONNECT, TRACE, TRACK.
    MethodOff, "method_off", METHOD_NOT_ALLOWED, "This method is not allowed.";
    /// A method that is not upper-case letters and dashes.
    MethodOdd, "method_odd", BAD_REQUEST, "The method is invalid.";
    /// HTTP version other than 1.0, 1.1 and 2.
    Version, "version", BAD_REQUEST, "This version of HTTP is not supported.";
    /// More header lines than allowed.
    TooManyHeaders, "headers_too_many", REQUEST_HEADER_FIELDS_TOO_LARGE, "There are too many headers.";
    /// A control byte in a header.
    HeaderControl, "header_control", BAD_REQUEST, "A header contains a control character.";
    /// `Content-Length` and `Transfer-Encoding` together.
    LengthAndEncoding, "framing_length_and_encoding", BAD_REQUEST, "Content-Length and Transfer-Encoding exclude each other.";
    /// `Content-Length` more than once.
    LengthRepeated, "framing_length_repeated", BAD_REQUEST, "There is more than one Content-Length.";
    /// `Content-Length` that is not a decimal number.
    LengthInvalid, "framing_length_invalid", BAD_REQUEST, "The Content-Length is invalid.";
    /// `Transfer-Encoding` other than exactly one `chunked` on HTTP/1.1.
    Encoding, "framing_encoding", BAD_REQUEST, "The Transfer-Encoding is not supported.";
    /// A header that HTTP/2 does not know (`Connection`, `Upgrade`, `TE` other than `trailers`).
    ConnectionHeader, "header_connection_specific", BAD_REQUEST, "HTTP/2 has no connection-specific headers.";
    /// `Expect` other than `100-continue`.
    Expect, "expect", EXPECTATION_FAILED, "Only 100-continue can be expected.";
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Refusal {}
