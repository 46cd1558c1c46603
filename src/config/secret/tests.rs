//! Which names hide their values.

use crate::config::secret::{Scrubber, is_secret};

#[test]
fn names_that_hide_their_values() {
    for name in [
        "sasl.password",
        "SASL.PASSWORD",
        "sasl.username",
        "sasl.jaas.config",
        "sasl.oauthbearer.client.secret",
        "ssl.key.password",
        "ssl.key.pem",
        "ssl.keystore.password",
        "aws_access_key_id",
        "aws_secret_access_key",
        "secret_access_key",
        "aws_session_token",
        "account_key",
        "azure_storage_sas_key",
        "azure_client_secret",
        "bearer_token",
        "google_service_account_key",
        "aws_sse_customer_key_base64",
        "shared_sas",
    ] {
        assert!(is_secret(name), "{name}");
    }
}

#[test]
fn names_that_show_their_values() {
    for name in [
        "security.protocol",
        "sasl.mechanism",
        "sasl.mechanisms",
        "ssl.ca.location",
        "ssl.key.location",
        "ssl.certificate.location",
        "aws_region",
        "aws_endpoint_url",
        "allow_http",
        "fetch.min.bytes",
    ] {
        assert!(!is_secret(name), "{name}");
    }
}

#[test]
fn texts_of_others_are_scrubbed() {
    let variables = [
        ("AWS_SECRET_ACCESS_KEY", "from-the-environment"),
        ("AWS_REGION", "eu-central-1"),
        ("HOME_KEY", "not-of-a-cloud"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let secrets = ["hunter2", "hunter2-longer", "key"].map(str::to_owned);
    let scrubber = Scrubber::new(secrets.into_iter()).with_environment(variables.into_iter());
    for (text, scrubbed) in [
        ("nothing", "nothing"),
        ("a hunter2 b", "a ******** b"),
        ("hunter2-longer", "********"),
        ("from-the-environment!", "********!"),
        (
            "key eu-central-1 not-of-a-cloud",
            "key eu-central-1 not-of-a-cloud",
        ),
    ] {
        assert_eq!(scrubber.scrub(text), scrubbed);
    }
}
