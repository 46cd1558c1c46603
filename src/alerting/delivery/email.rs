//! Mail through an SMTP server: several changes make one message.

use std::sync::Arc;

use anyhow::{Context, anyhow};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::Url;

use crate::alerting::delivery::NumberedChange;
use crate::alerting::delivery::answer::Answer;

mod mail;
mod smtp;

use mail::Mail;
use smtp::{Dialogue, SmtpError};

/// Changes in one message.
pub(crate) const BATCH_CHANGES_MAX: usize = 50;

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    /// From the first byte on.
    FromTheStart,
    /// By STARTTLS, without which nothing is sent.
    StartTls,
    /// Not at all: for a relay on the same machine.
    None,
}

/// A user of the server.
#[derive(Clone)]
pub(crate) struct Login {
    /// The user.
    pub(crate) username: String,
    /// The user's password.
    pub(crate) password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Login({})", self.username)
    }
}

/// An SMTP server, and who writes to whom.
pub(crate) struct Email {
    host: String,
    port: u16,
    encryption: Encryption,
    tls: TlsConnector,
    login: Option<Login>,
    from: String,
    to: Vec<String>,
}

impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Email({}:{})", self.host, self.port)
    }
}

impl Email {
    /// A server at an address: `smtps://`, `smtp://` with STARTTLS, or `smtp-plain://`.
    ///
    /// # Errors
    /// If the address names no host, if a password would travel in the clear, or if the system's
    /// certificates cannot be used.
    pub(crate) fn new(
        url: &Url,
        login: Option<Login>,
        from: String,
        to: Vec<String>,
    ) -> anyhow::Result<Self> {
        let (encryption, port) = match url.scheme() {
            "smtps" => (Encryption::FromTheStart, 465),
            "smtp" => (Encryption::StartTls, 587),
            _ => (Encryption::None, 25),
        };
        if encryption == Encryption::None && login.is_some() {
            return Err(anyhow!(
                "smtp-plain:// would send the password unencrypted: use smtp:// or smtps://"
            ));
        }
        let host = url.host_str().context("the address names no host")?;
        Ok(Self {
            host: host.to_owned(),
            port: url.port().unwrap_or(port),
            encryption,
            tls: TlsConnector::from(Arc::new(tls_config()?)),
            login,
            from,
            to,
        })
    }

    /// Sends changes as one message.
    pub(crate) async fn send(&self, batch: &[NumberedChange], now_us: i64) -> Answer {
        let mail = Mail::of(batch, &self.from, &self.to, now_us);
        match self.deliver(&mail).await {
            Ok(()) => Answer::Accepted,
            Err(error) if error.is_permanent() => Answer::refused(error.to_string()),
            Err(error) => Answer::failed(error.to_string()),
        }
    }

    async fn deliver(&self, mail: &Mail) -> Result<(), SmtpError> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        match self.encryption {
            Encryption::None => self.talk(Dialogue::greet(stream).await?, mail).await,
            Encryption::FromTheStart => {
                let stream = self.encrypt(stream).await?;
                self.talk(Dialogue::greet(stream).await?, mail).await
            }
            Encryption::StartTls => {
                let stream = Dialogue::greet(stream).await?.start_tls().await?;
                let dialogue = Dialogue::encrypted(self.encrypt(stream).await?).await?;
                self.talk(dialogue, mail).await
            }
        }
    }

    async fn encrypt(
        &self,
        stream: TcpStream,
    ) -> Result<tokio_rustls::client::TlsStream<TcpStream>, SmtpError> {
        let name = ServerName::try_from(self.host.clone())
            .map_err(|error| SmtpError::Refused(error.to_string()))?;
        Ok(self.tls.connect(name, stream).await?)
    }

    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        mut dialogue: Dialogue<S>,
        mail: &Mail,
    ) -> Result<(), SmtpError> {
        if let Some(login) = &self.login {
            dialogue.log_in(&login.username, &login.password).await?;
        }
        dialogue.send(&self.from, &self.to, &mail.text).await
    }
}

/// TLS with the system's certificates.
fn tls_config() -> anyhow::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .context("cannot set up TLS")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
