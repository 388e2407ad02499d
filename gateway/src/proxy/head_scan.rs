//! Looks at the bytes of an HTTP/1 request head while they arrive, before any parser: a parser is forgiving where two
//! servers may come to differ (a bare LF as the end of a line, a length beside an encoding). Allocates nothing.

/// What is wrong with a head as it is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// LF without CR, or CR without LF.
    BareLineEnd,
    /// `Content-Length` and `Transfer-Encoding` in one head.
    LengthAndEncoding,
    /// `#` in the request line: what stands behind it would be cut off without a word.
    Fragment,
    /// Larger than `server.max_header_size`.
    TooLarge,
    /// Not complete in time.
    TooSlow,
}

impl Fault {
    /// The complete answer, sent before the connection is closed.
    pub(super) fn answer(self) -> &'static [u8] {
        match self {
            Self::BareLineEnd => {
                b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 65\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n{\"code\":\"BAD_REQUEST\",\"message\":\"Lines must end with CR and LF.\"}"
            }
            Self::LengthAndEncoding => {
                b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 91\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n{\"code\":\"BAD_REQUEST\",\"message\":\"Content-Length and Transfer-Encoding exclude each other.\"}"
            }
            Self::Fragment => {
                b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 75\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n{\"code\":\"BAD_REQUEST\",\"message\":\"The address must not contain a fragment.\"}"
            }
            Self::TooLarge => {
                b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: application/json\r\nContent-Length: 71\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n{\"code\":\"HEADERS_TOO_LARGE\",\"message\":\"The request head is too large.\"}"
            }
            Self::TooSlow => {
                b"HTTP/1.1 408 Request Timeout\r\nContent-Type: application/json\r\nContent-Length: 70\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n{\"code\":\"REQUEST_TIMEOUT\",\"message\":\"The request head took too long.\"}"
            }
        }
    }
}

const LENGTH: &[u8] = b"content-length";
const ENCODING: &[u8] = b"transfer-encoding";
/// Bytes of a line that are kept to recognise its name.
const NAME: usize = ENCODING.len();

/// Where in a head the reading is.
#[derive(Debug, Default)]
pub(super) struct HeadScan {
    read: usize,
    line: usize,
    name: [u8; NAME],
    name_length: usize,
    after_cr: bool,
    started: bool,
    lines: usize,
    has_length: bool,
    has_encoding: bool,
}

impl HeadScan {
    /// Whether any byte of a head has been read.
    pub(super) fn has_begun(&self) -> bool {
        self.read > 0
    }

    /// Takes the next bytes. `Ok(true)`: the head ended within them; what follows is not looked at.
    ///
    /// # Errors
    /// The first fault.
    pub(super) fn feed(&mut self, bytes: &[u8], most: usize) -> Result<bool, Fault> {
        let mut rest = bytes;
        while let Some((byte, tail)) = rest.split_first() {
            rest = tail;
            self.read += 1;
            match (self.after_cr, byte) {
                (true, b'\n') => {
                    self.after_cr = false;
                    if self.end_line()? {
                        return self.within(most).map(|()| true);
                    }
                }
                (true, _) | (false, b'\n') => return Err(Fault::BareLineEnd),
                (false, b'\r') => self.after_cr = true,
                (false, b'#') if self.in_first_line() => return Err(Fault::Fragment),
                (false, byte) => {
                    self.take(*byte);
                    rest = self.skip(rest);
                }
            }
        }
        self.within(most).map(|()| false)
    }

    /// Passes over what can't change the outcome: the middle of a line whose name is known.
    fn skip<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        if self.in_first_line() || (self.name_length == 0 && self.line <= NAME) {
            return bytes;
        }
        let end = memchr::memchr2(b'\r', b'\n', bytes).unwrap_or(bytes.len());
        self.read += end;
        self.line += end;
        &bytes[end..]
    }

    fn in_first_line(&self) -> bool {
        self.lines == 0
    }

    fn within(&self, most: usize) -> Result<(), Fault> {
        if self.read > most { Err(Fault::TooLarge) } else { Ok(()) }
    }

    fn take(&mut self, byte: u8) {
        self.started = true;
        if self.line < NAME {
            self.name[self.line] = byte.to_ascii_lowercase();
        }
        if byte == b':' && self.name_length == 0 {
            self.name_length = self.line;
        }
        self.line += 1;
    }

    /// Whether the line that ends here was the empty one that ends the head.
    fn end_line(&mut self) -> Result<bool, Fault> {
        let is_empty = self.line == 0;
        let name = &self.name[..self.name_length.min(NAME)];
        self.has_length |= self.name_length == LENGTH.len() && name == LENGTH;
        self.has_encoding |= self.name_length == ENCODING.len() && name == ENCODING;
        self.lines += usize::from(self.started);
        self.line = 0;
        self.name_length = 0;
        if self.has_length && self.has_encoding {
            return Err(Fault::LengthAndEncoding);
        }
        Ok(is_empty && self.started)
    }
}
