//! A webhook that takes signed JSON, one change a post, as Standard Webhooks has it.

use schemas::time::US_PER_S;

use crate::alerting::delivery::NumberedChange;
use crate::alerting::delivery::answer::Answer;
use crate::alerting::delivery::http::JsonPost;
use crate::alerting::delivery::payload::Payload;
use crate::alerting::delivery::signature::SigningKey;

/// A webhook.
#[derive(Debug)]
pub(crate) struct Webhook {
    post: JsonPost,
    key: SigningKey,
}

impl Webhook {
    /// A webhook whose posts are signed by a key.
    pub(crate) fn new(post: JsonPost, key: SigningKey) -> Self {
        Self { post, key }
    }

    /// Posts one change. A repetition has the same `webhook-id` and the same body.
    pub(crate) async fn send(&self, numbered: &NumberedChange, now_us: i64) -> Answer {
        let body = match Payload::of(&numbered.change).to_json() {
            Ok(body) => body,
            Err(error) => return Answer::refused(error.to_string()),
        };
        let id = numbered.delivery_id();
        let time_s = now_us.div_euclid(US_PER_S);
        let headers = [
            ("webhook-signature", self.key.sign(&id, time_s, &body)),
            ("webhook-timestamp", time_s.to_string()),
            ("webhook-id", id),
        ];
        self.post.post(&headers, body, now_us).await
    }
}
