//! Receivers from a file: each kind, each thing that can be wrong, no secret in a message.

use std::collections::BTreeMap;
use std::time::Duration;

use schemas::alerts::alert::AlertState;

use super::{Destination, EmailConfig, Given, ReceiverConfig};
use crate::config::{Inputs, resolve, show};

const EVERY_KIND: &str = "
[[alerts.receivers]]
name = 'am'
kind = 'alertmanager'
url = 'http://alertmanager:9093'
match = { severity = ['page', 'ticket'], tenant = 'acme' }

[[alerts.receivers]]
name = 'hook'
kind = 'webhook'
url = 'https://example.com/hook'
secret_env = 'HOOK_SECRET'
states = ['pending', 'firing']
timeout_s = 3
retry_for_s = 60

[[alerts.receivers]]
name = 'chat'
kind = 'slack'
url_file = '/run/secrets/slack'

[[alerts.receivers]]
name = 'mail'
kind = 'email'
url = 'smtp://mail.example.com:587'
username = 'costs'
secret_file = '/run/secrets/mail'
from = 'costs@example.com'
to = ['oncall@example.com']

[[alerts.receivers]]
name = 'topic'
kind = 'kafka'
topic = 'cost-alerts'
";

fn inputs(file: &str) -> Inputs {
    Inputs {
        file: Some(("t.toml".to_owned(), file.to_owned())),
        environment: Vec::new(),
        flags: Vec::new(),
    }
}

fn receivers(file: &str) -> Vec<ReceiverConfig> {
    resolve(&inputs(file)).unwrap().0.alerts.receivers
}

/// Asserts that a section of these lines has exactly these problems.
fn check(lines: &str, expected: &[&str]) {
    let file = format!("[[alerts.receivers]]\n{lines}");
    let problems = resolve(&inputs(&file)).expect_err(&file).to_string();
    let found: Vec<&str> = problems.lines().collect();
    let expected: Vec<String> = expected
        .iter()
        .map(|problem| format!("t.toml:1: {problem}"))
        .collect();
    assert_eq!(found, expected, "in {file}");
}

#[test]
fn every_kind_is_read() {
    let found = receivers(EVERY_KIND);
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let expected = ReceiverConfig {
        name: "am".to_owned(),
        destination: Destination::Alertmanager {
            url: Given::Text("http://alertmanager:9093".to_owned()),
            token: None,
            generator_url: None,
        },
        matches: BTreeMap::from([
            ("severity".to_owned(), texts(&["page", "ticket"])),
            ("tenant".to_owned(), texts(&["acme"])),
        ]),
        states: vec![AlertState::Firing, AlertState::Resolved],
        timeout: Duration::from_secs(10),
        retry_for: Duration::from_secs(86_400),
    };
    assert_eq!(found[0], expected);
    assert_eq!(found[1].states, [AlertState::Pending, AlertState::Firing]);
    assert_eq!(found[1].timeout, Duration::from_secs(3));
    let secret = Given::Variable("HOOK_SECRET".to_owned());
    let url = Given::Text("https://example.com/hook".to_owned());
    assert_eq!(found[1].destination, Destination::Webhook { url, secret });
    let url = Given::File("/run/secrets/slack".into());
    assert_eq!(found[2].destination, Destination::Slack { url });
    let email = EmailConfig {
        url: Given::Text("smtp://mail.example.com:587".to_owned()),
        username: Some("costs".to_owned()),
        password: Some(Given::File("/run/secrets/mail".into())),
        from: "costs@example.com".to_owned(),
        to: texts(&["oncall@example.com"]),
    };
    assert_eq!(found[3].destination, Destination::Email(email));
    let topic = "cost-alerts".to_owned();
    assert_eq!(found[4].destination, Destination::Kafka { topic });
}

#[test]
fn what_is_shown_has_the_same_meaning() {
    let (config, settings) = resolve(&inputs(EVERY_KIND)).unwrap();
    let shown = show::effective(&settings);
    assert_eq!(receivers(&shown), config.alerts.receivers, "{shown}");
    assert!(shown.contains("[[alerts.receivers]]"));
}

#[test]
fn no_receivers_is_the_default() {
    assert!(receivers("").is_empty());
}

#[test]
fn a_variable_may_hold_them() {
    let mut inputs = inputs("");
    inputs.environment = vec![(
        "TOKENMETER_ALERTS__RECEIVERS".to_owned(),
        "[{ name = 't', kind = 'kafka', topic = 'a' }]".to_owned(),
    )];
    assert_eq!(resolve(&inputs).unwrap().0.alerts.receivers.len(), 1);
}

#[test]
fn what_a_kind_needs_is_asked_for() {
    check(
        "",
        &[
            "a receiver needs a `kind`: one of \"alertmanager\", \"webhook\", \"slack\", \"email\", \"kafka\"",
        ],
    );
    check(
        "kind = 'pager'",
        &[
            "`alerts.receivers.kind` must be one of \"alertmanager\", \"webhook\", \"slack\", \"email\", \"kafka\", got the text \"pager\"",
        ],
    );
    check(
        "kind = 'webhook'",
        &[
            "a receiver of kind \"webhook\" needs `name`",
            "a receiver of kind \"webhook\" needs `url`, `url_file`, `url_env`: one of them",
            "a receiver of kind \"webhook\" needs `secret_file`, `secret_env`: one of them, the key that signs what is sent",
        ],
    );
    check(
        "name = 'a'\nkind = 'alertmanager'\nurl = 'http://a'\nurl_env = 'A'",
        &["a receiver takes only one of `url`, `url_file`, `url_env`"],
    );
    check(
        "name = 'a'\nkind = 'email'\nurl = 'smtps://a'\nfrom = 'a@b'",
        &["a receiver of kind \"email\" needs `to`"],
    );
}

#[test]
fn what_is_unknown_or_of_another_kind_is_refused() {
    check(
        "name = 'a'\nkind = 'kafka'\ntopic = 't'\ntimeouts = 5",
        &["unknown key `alerts.receivers.timeouts`; did you mean `timeout_s`?"],
    );
    check(
        "name = 'a'\nkind = 'kafka'\ntopic = 't'\nurl = 'http://a'",
        &[
            "`alerts.receivers.url` is for \"alertmanager\", \"webhook\", \"slack\", \"email\", not for a receiver of kind \"kafka\"",
        ],
    );
}

#[test]
fn values_are_checked() {
    let kafka = |line: &str, expected: &str| {
        check(
            &format!("name = 'a'\nkind = 'kafka'\ntopic = 't'\n{line}"),
            &[expected],
        );
    };
    kafka(
        "timeout_s = 0",
        "`alerts.receivers.timeout_s` must be from 1 to 300 seconds, got 0",
    );
    kafka(
        "states = ['fires']",
        "`alerts.receivers.states` must be a list of some of \"pending\", \"firing\", \"resolved\"",
    );
    kafka(
        "match = { severity = 5 }",
        "`alerts.receivers.match` must be a table such as { severity = [\"page\"] }",
    );
    check(
        "name = 'a b'\nkind = 'kafka'\ntopic = 7",
        &[
            "`alerts.receivers.name` must be 1 to 64 of a-z, A-Z, 0-9, '.', '_' and '-', got the text \"a b\"",
            "`alerts.receivers.topic` must be a text, got the number 7",
        ],
    );
    check(
        "name = 'a'\nkind = 'email'\nurl = 'http://a'\nfrom = 'Costs <a@b>'\nto = []",
        &[
            "`alerts.receivers.from` must be a mail address such as costs@example.com, without a name, got \"Costs <a@b>\"",
            "`alerts.receivers.to` must name at least one address",
            "`alerts.receivers.url` must begin with smtps:// or smtp:// or smtp-plain://, got http://",
        ],
    );
    let two = format!("{EVERY_KIND}{EVERY_KIND}");
    let problems = resolve(&inputs(&two)).unwrap_err().to_string();
    assert!(problems.contains("two receivers are named \"am\": give each its own name"));
}

#[test]
fn an_address_with_a_secret_is_refused_and_not_quoted() {
    for url in [
        "https://user:hunter2@example.com/hook",
        "https://example.com/hook?token=hunter2",
    ] {
        let file = format!(
            "[[alerts.receivers]]\nname = 'a'\nkind = 'webhook'\nsecret_env = 'S'\nurl = '{url}'"
        );
        let problems = resolve(&inputs(&file)).unwrap_err().to_string();
        assert!(problems.contains("must not carry a secret"), "{problems}");
        assert!(!problems.contains("hunter2"), "{problems}");
    }
    check(
        "name = 'a'\nkind = 'slack'\nurl = 'https://hooks.slack.com/services/hunter2'",
        &[
            "`alerts.receivers.url` must not carry a secret: put an address with a password, a token or a query into a file or the environment, and name it with `url_file` or `url_env`",
            "a receiver of kind \"slack\" needs `url_file`, `url_env`: one of them, since the address is a secret",
        ],
    );
}
