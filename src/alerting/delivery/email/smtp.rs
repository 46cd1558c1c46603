//! The client's side of SMTP: one mail a connection.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

/// What we call ourselves; servers ask for an address where no name is known.
const OUR_NAME: &str = "[127.0.0.1]";
/// Bytes of a reply that are read: a server that says more is none.
const REPLY_BYTES_MAX: u64 = 64 * 1024;

/// What went wrong between us and the server.
#[derive(Debug)]
pub(super) enum SmtpError {
    /// The connection broke, or never came about.
    Connection(std::io::Error),
    /// The server said no.
    Reply {
        /// What it was asked.
        command: &'static str,
        /// What it said.
        reply: Reply,
    },
    /// The server cannot be talked to as it must be.
    Refused(String),
}

impl fmt::Display for SmtpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(error) => error.fmt(f),
            Self::Reply { command, reply } => {
                write!(f, "the server answered {command} with {reply}")
            }
            Self::Refused(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for SmtpError {}

impl From<std::io::Error> for SmtpError {
    fn from(error: std::io::Error) -> Self {
        Self::Connection(error)
    }
}

impl SmtpError {
    /// Whether trying again is of no use: a server says so by a code of 500 or more.
    pub(super) fn is_permanent(&self) -> bool {
        match self {
            Self::Connection(_) => false,
            Self::Reply { reply, .. } => reply.code >= 500,
            Self::Refused(_) => true,
        }
    }
}

/// A server's reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    code: u16,
    lines: Vec<String>,
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.lines.join(" "))
    }
}

/// A connection on which the server has said hello.
#[derive(Debug)]
pub(super) struct Dialogue<S> {
    stream: BufReader<S>,
    extensions: Vec<String>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Dialogue<S> {
    /// Waits for the server's greeting, and says hello.
    ///
    /// # Errors
    /// As all of these: the connection broke, or the server said no.
    pub(super) async fn greet(stream: S) -> Result<Self, SmtpError> {
        let mut dialogue = Self {
            stream: BufReader::new(stream),
            extensions: Vec::new(),
        };
        let reply = dialogue.reply().await?;
        expect("the connection", reply, 220)?;
        dialogue.hello().await?;
        Ok(dialogue)
    }

    /// Says hello again, on a connection that is encrypted now.
    pub(super) async fn encrypted(stream: S) -> Result<Self, SmtpError> {
        let mut dialogue = Self {
            stream: BufReader::new(stream),
            extensions: Vec::new(),
        };
        dialogue.hello().await?;
        Ok(dialogue)
    }

    /// Asks for encryption, and gives the bare connection back.
    pub(super) async fn start_tls(mut self) -> Result<S, SmtpError> {
        if !self.offers("STARTTLS") {
            return Err(SmtpError::Refused(
                "the server offers no STARTTLS: use smtps:// if it encrypts from the start, or \
                 smtp-plain:// for a relay on the same machine"
                    .to_owned(),
            ));
        }
        self.ask("STARTTLS", "STARTTLS", 220).await?;
        // What came unencrypted after the answer would otherwise be read as if it were encrypted.
        if self.stream.buffer().is_empty() {
            Ok(self.stream.into_inner())
        } else {
            Err(SmtpError::Refused(
                "the server said more than it was asked before encryption began".to_owned(),
            ))
        }
    }

    /// Logs a user in, by PLAIN or by LOGIN.
    pub(super) async fn log_in(&mut self, user: &str, password: &str) -> Result<(), SmtpError> {
        let ways = self.extension("AUTH").unwrap_or_default().to_uppercase();
        let offers = |way: &str| ways.split(' ').any(|offered| offered == way);
        if offers("PLAIN") {
            let token = STANDARD.encode(format!("\0{user}\0{password}"));
            self.ask("AUTH", &format!("AUTH PLAIN {token}"), 235).await
        } else if offers("LOGIN") {
            self.ask("AUTH", "AUTH LOGIN", 334).await?;
            self.ask("AUTH", &STANDARD.encode(user), 334).await?;
            self.ask("AUTH", &STANDARD.encode(password), 235).await
        } else {
            Err(SmtpError::Refused(
                "the server offers neither AUTH PLAIN nor AUTH LOGIN".to_owned(),
            ))
        }
    }

    /// Hands a mail over; it is the server's from then on. If some of its receivers are refused,
    /// the others get it.
    pub(super) async fn send(
        &mut self,
        from: &str,
        to: &[String],
        text: &str,
    ) -> Result<(), SmtpError> {
        self.ask("MAIL", &format!("MAIL FROM:<{from}>"), 250)
            .await?;
        let mut refused = None;
        let mut taken = 0_usize;
        for address in to {
            match self.ask("RCPT", &format!("RCPT TO:<{address}>"), 250).await {
                Ok(()) => taken += 1,
                Err(error @ SmtpError::Reply { .. }) => {
                    tracing::warn!(address, %error, "the mail server refuses a receiver of alerts");
                    refused = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        if let (0, Some(error)) = (taken, refused) {
            return Err(error);
        }
        self.ask("DATA", "DATA", 354).await?;
        let stuffed = stuffed(text);
        self.ask("the mail", &format!("{stuffed}."), 250).await?;
        // The mail is handed over: whatever becomes of this must not send it again.
        drop(self.write("QUIT").await);
        Ok(())
    }

    async fn hello(&mut self) -> Result<(), SmtpError> {
        self.write(&format!("EHLO {OUR_NAME}")).await?;
        let reply = expect("EHLO", self.reply().await?, 250)?;
        self.extensions = reply.lines;
        Ok(())
    }

    /// What stands behind the name of an extension, if the server has it.
    fn extension(&self, name: &str) -> Option<&str> {
        self.extensions.iter().find_map(|line| {
            let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
            first.eq_ignore_ascii_case(name).then_some(rest)
        })
    }

    fn offers(&self, name: &str) -> bool {
        self.extension(name).is_some()
    }

    async fn ask(&mut self, name: &'static str, line: &str, code: u16) -> Result<(), SmtpError> {
        self.write(line).await?;
        expect(name, self.reply().await?, code).map(drop)
    }

    async fn write(&mut self, line: &str) -> Result<(), SmtpError> {
        let line = format!("{line}\r\n");
        self.stream.write_all(line.as_bytes()).await?;
        Ok(self.stream.flush().await?)
    }

    /// Reads one reply: lines `250-text`, the last one `250 text`.
    async fn reply(&mut self) -> Result<Reply, SmtpError> {
        let mut lines = Vec::new();
        let mut limited = (&mut self.stream).take(REPLY_BYTES_MAX);
        loop {
            let mut line = Vec::new();
            limited.read_until(b'\n', &mut line).await?;
            let line = String::from_utf8_lossy(&line);
            if !line.ends_with('\n') {
                let kind = std::io::ErrorKind::UnexpectedEof;
                let error = std::io::Error::new(kind, "the server ended the connection");
                return Err(SmtpError::Connection(error));
            }
            let line = line.trim_end();
            let code = line.get(..3).and_then(|code| code.parse().ok());
            let Some(code) = code else {
                return Err(SmtpError::Refused("this is no SMTP server".to_owned()));
            };
            lines.push(line.get(4..).unwrap_or("").to_owned());
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(Reply { code, lines });
            }
        }
    }
}

fn expect(command: &'static str, reply: Reply, code: u16) -> Result<Reply, SmtpError> {
    // 251 is 250 with a remark.
    if reply.code == code || (code == 250 && reply.code == 251) {
        Ok(reply)
    } else {
        Err(SmtpError::Reply { command, reply })
    }
}

/// A text whose lines do not begin with the dot that ends a mail; its last line is ended.
fn stuffed(text: &str) -> String {
    let mut stuffed = String::with_capacity(text.len() + 8);
    for line in text.split_inclusive("\r\n") {
        if line.starts_with('.') {
            stuffed.push('.');
        }
        stuffed.push_str(line);
    }
    if !stuffed.ends_with("\r\n") {
        stuffed.push_str("\r\n");
    }
    stuffed
}

#[cfg(test)]
mod tests;
