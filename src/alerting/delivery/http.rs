//! One post over HTTP, and what its answer means.

use std::error::Error;
use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use schemas::time::US_PER_S;
use url::Url;

use crate::alerting::delivery::answer::Answer;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of an answer that are read: it is only quoted in a log line.
const ANSWER_BYTES_MAX: usize = 400;

/// Posts JSON to one address.
#[derive(Clone)]
pub(crate) struct JsonPost {
    client: Client,
    url: Url,
}

/// The address may be a secret, so only its host is shown.
impl std::fmt::Debug for JsonPost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "JsonPost({:?})", self.url.host_str())
    }
}

impl JsonPost {
    /// Sets up a client for an address; it connects by itself.
    ///
    /// # Errors
    /// If the system's certificates cannot be read.
    pub(crate) fn new(url: Url) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            // A post that is redirected would become a get, and its body and signature be lost.
            .redirect(Policy::none())
            .user_agent(concat!("tokenmeter/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, url })
    }

    /// Posts a body with these headers.
    ///
    /// # Units
    /// `now_us`: microseconds since the Unix epoch, against which a date in `Retry-After` counts.
    ///
    /// # Cancel safety
    /// A post that is dropped may have been received.
    pub(crate) async fn post(
        &self,
        headers: &[(&str, String)],
        body: String,
        now_us: i64,
    ) -> Answer {
        let mut request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        match request.send().await {
            Ok(mut response) => {
                let status = response.status().as_u16();
                let wait = response.headers().get(RETRY_AFTER);
                let wait = wait.and_then(|value| value.to_str().ok());
                let wait = wait.and_then(|text| retry_after(text, now_us));
                let text = beginning(&mut response).await;
                Answer::of_status(status, &text, wait)
            }
            // A header that cannot be built is the only error that time does not heal.
            Err(error) if error.is_builder() => Answer::refused(chain(&error.without_url())),
            Err(error) => Answer::failed(chain(&error.without_url())),
        }
    }
}

/// The beginning of an answer, on one line.
async fn beginning(response: &mut Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < ANSWER_BYTES_MAX {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    bytes.truncate(ANSWER_BYTES_MAX);
    let text = String::from_utf8_lossy(&bytes);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a `Retry-After` asks for: seconds, or a date.
fn retry_after(text: &str, now_us: i64) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTimeParser::new().parse_timestamp(text).ok()?;
    let wait_s = date.as_second() - now_us.div_euclid(US_PER_S);
    Some(Duration::from_secs(u64::try_from(wait_s).unwrap_or(0)))
}

/// An error with its causes on one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
