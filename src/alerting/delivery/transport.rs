//! The kinds of receivers behind one door: open, send, and what a kind takes at a time.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use ingest::kafka::client_config::KafkaSettings;
use ingest::kafka::record_sender::RecordSender;
use schemas::alerts::alert::AlertChange;
use schemas::clock::Clock;
use url::Url;

use crate::alerting::delivery::NumberedChange;
use crate::alerting::delivery::alertmanager::{self, Alertmanager};
use crate::alerting::delivery::answer::Answer;
use crate::alerting::delivery::email::{self, Email, Login};
use crate::alerting::delivery::http::JsonPost;
use crate::alerting::delivery::kafka_topic::KafkaTopic;
use crate::alerting::delivery::secret;
use crate::alerting::delivery::signature::SigningKey;
use crate::alerting::delivery::slack::{self, Slack};
use crate::alerting::delivery::webhook::Webhook;
use crate::config::receivers::fields::parse_url;
use crate::config::receivers::{Destination, EmailConfig, Given, ReceiverConfig};

/// A receiver that can be sent to.
#[derive(Debug)]
pub(crate) enum Transport {
    /// Prometheus' Alertmanager.
    Alertmanager(Alertmanager),
    /// Signed JSON over HTTP.
    Webhook(Webhook),
    /// An incoming webhook of Slack.
    Slack(Slack),
    /// Mail.
    Email(Email),
    /// A topic.
    Kafka(KafkaTopic),
}

impl Transport {
    /// How many changes it takes at a time.
    pub(crate) fn batch_changes_max(&self) -> usize {
        match self {
            Self::Alertmanager(_) => alertmanager::BATCH_CHANGES_MAX,
            Self::Slack(_) => slack::BATCH_CHANGES_MAX,
            Self::Email(_) => email::BATCH_CHANGES_MAX,
            Self::Webhook(_) | Self::Kafka(_) => 1,
        }
    }

    /// How often it must be told again of what fires, if it must.
    pub(crate) fn repeat_every(&self) -> Option<Duration> {
        matches!(self, Self::Alertmanager(_)).then_some(alertmanager::REPEAT_EVERY)
    }

    /// Sends changes, at most [`Self::batch_changes_max`].
    ///
    /// # Units
    /// `now_us`: microseconds since the Unix epoch.
    ///
    /// # Cancel safety
    /// What is dropped may have been received.
    pub(crate) async fn send(&mut self, batch: &[NumberedChange], now_us: i64) -> Answer {
        match self {
            Self::Alertmanager(alertmanager) => alertmanager.send(batch, now_us).await,
            Self::Slack(slack) => slack.send(batch, now_us).await,
            Self::Email(email) => email.send(batch, now_us).await,
            Self::Webhook(webhook) => match batch {
                [one] => webhook.send(one, now_us).await,
                _ => Answer::refused("a webhook takes one change at a time"),
            },
            Self::Kafka(topic) => match batch {
                [one] => topic.send(one).await,
                _ => Answer::refused("a topic takes one change at a time"),
            },
        }
    }

    /// Tells it again of what fires.
    pub(crate) async fn repeat(&self, now_us: i64) -> Answer {
        match self {
            Self::Alertmanager(alertmanager) => alertmanager.repeat(now_us).await,
            _ => Answer::Accepted,
        }
    }
}

/// Sets a receiver up that was told of these alerts.
///
/// # Errors
/// If a secret cannot be read, or an address or a property cannot be used.
pub(crate) fn open(
    config: &ReceiverConfig,
    kafka: &KafkaSettings,
    told: impl Iterator<Item = Arc<AlertChange>>,
) -> anyhow::Result<Transport> {
    Ok(match &config.destination {
        Destination::Alertmanager {
            url,
            token,
            generator_url,
        } => {
            let mut url = address("alertmanager", url)?;
            let path = format!("{}/api/v2/alerts", url.path().trim_end_matches('/'));
            url.set_path(&path);
            let token = token.as_ref().map(secret::read).transpose()?;
            let post = JsonPost::new(url)?;
            let source = generator_url.clone();
            Transport::Alertmanager(Alertmanager::new(post, token, source, told))
        }
        Destination::Webhook { url, secret } => {
            let key = SigningKey::of(&secret::read(secret)?)
                .map_err(|wrong| anyhow!("{secret:?} holds no signing key: {wrong}"))?;
            Transport::Webhook(Webhook::new(JsonPost::new(address("webhook", url)?)?, key))
        }
        Destination::Slack { url } => {
            Transport::Slack(Slack::new(JsonPost::new(address("slack", url)?)?))
        }
        Destination::Email(email) => Transport::Email(open_email(email)?),
        Destination::Kafka { topic } => {
            let sender = RecordSender::new(kafka, topic, config.timeout)?;
            Transport::Kafka(KafkaTopic::new(sender, config.timeout))
        }
    })
}

fn open_email(config: &EmailConfig) -> anyhow::Result<Email> {
    let url = address("email", &config.url)?;
    let login = match (&config.username, &config.password) {
        (Some(username), Some(password)) => Some(Login {
            username: username.clone(),
            password: secret::read(password)?,
        }),
        (None, None) => None,
        _ => {
            return Err(anyhow!(
                "a user needs a password and a password a user: give `username` and one of \
                 `secret_file`, `secret_env`"
            ));
        }
    };
    Email::new(&url, login, config.from.clone(), config.to.clone())
}

fn address(kind: &str, given: &Given) -> anyhow::Result<Url> {
    let text = secret::read(given)?;
    parse_url(kind, &text).map_err(|wrong| anyhow!("what stands in {given:?} {wrong}"))
}

/// Sends one change to one receiver, once.
///
/// # Errors
/// If the receiver cannot be set up, if it fails or refuses.
pub(crate) async fn test_once(
    config: &ReceiverConfig,
    kafka: &KafkaSettings,
    change: AlertChange,
    clock: &dyn Clock,
) -> anyhow::Result<()> {
    let mut transport = open(config, kafka, std::iter::empty())?;
    let batch = [NumberedChange::new(1, change)];
    let sent = transport.send(&batch, clock.now_us());
    let answer = tokio::time::timeout(config.timeout, sent).await;
    let timeout_s = config.timeout.as_secs();
    match answer.with_context(|| format!("it does not answer within {timeout_s} s"))? {
        Answer::Accepted => Ok(()),
        Answer::Refused { detail } => Err(anyhow!("it refuses: {detail}")),
        Answer::Failed { detail, .. } => Err(anyhow!("it fails: {detail}")),
    }
}
