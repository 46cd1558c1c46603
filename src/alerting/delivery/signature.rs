//! The signature of a webhook, as Standard Webhooks has it: HMAC-SHA256 over id, time and body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

/// How a secret begins whose key is written in base64.
const BASE64_PREFIX: &str = "whsec_";
/// Shorter keys could be guessed from one signed message.
const KEY_BYTES_MIN: usize = 16;

/// The key that signs what one receiver gets; `Debug` hides it.
#[derive(Clone)]
pub(crate) struct SigningKey(hmac::Key);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey")
    }
}

impl SigningKey {
    /// The key of a secret: the bytes behind `whsec_` in base64, or else the text itself.
    ///
    /// # Errors
    /// What is wrong with the secret; the message does not quote it.
    pub(crate) fn of(secret: &str) -> Result<Self, String> {
        let bytes = match secret.strip_prefix(BASE64_PREFIX) {
            Some(encoded) => STANDARD
                .decode(encoded)
                .map_err(|_| format!("what stands behind {BASE64_PREFIX} must be base64"))?,
            None => secret.as_bytes().to_vec(),
        };
        if bytes.len() < KEY_BYTES_MIN {
            return Err(format!(
                "the key must have at least {KEY_BYTES_MIN} bytes: make one with `openssl rand \
                 -base64 32`, and write {BASE64_PREFIX} before it"
            ));
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// The value of the header `webhook-signature`.
    ///
    /// # Units
    /// `time_s`: seconds since the Unix epoch, as in the header `webhook-timestamp`.
    pub(crate) fn sign(&self, id: &str, time_s: i64, body: &str) -> String {
        let signed = format!("{id}.{time_s}.{body}");
        let tag = hmac::sign(&self.0, signed.as_bytes());
        format!("v1,{}", STANDARD.encode(tag))
    }
}

#[cfg(test)]
mod tests;
