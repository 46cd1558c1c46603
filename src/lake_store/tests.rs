//! Which URLs open which stores, and what messages say.

use std::collections::BTreeMap;

use object_store::ObjectStoreExt;
use object_store::path::Path;

use crate::lake_store::{check_url, is_option, open_existing_store, open_store};

fn no_options() -> BTreeMap<String, String> {
    BTreeMap::new()
}

#[tokio::test]
async fn a_folder_is_made_and_is_the_root() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("deep/lake");
    for url in [
        lake.display().to_string(),
        format!("file://{}", lake.display()),
    ] {
        let opened = open_store(&url, &no_options()).unwrap();
        assert!(opened.url.as_str().starts_with("file:///"));
        assert!(opened.url.as_str().ends_with("/deep/lake/"));
        opened
            .store
            .put(&Path::from("a/b"), "x".into())
            .await
            .unwrap();
        assert!(lake.join("a/b").is_file());
    }
}

#[test]
fn reading_makes_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("none");
    let error = open_existing_store(&lake.display().to_string(), &no_options()).unwrap_err();
    assert!(
        error.to_string().starts_with("there is no lake at "),
        "{error}"
    );
    assert!(!lake.exists());
}

#[tokio::test]
async fn memory_is_a_store() {
    let opened = open_store("memory:///lake", &no_options()).unwrap();
    opened
        .store
        .put(&Path::from("a"), "x".into())
        .await
        .unwrap();
    assert_eq!(opened.url.as_str(), "memory:///lake/");
}

#[test]
fn clouds_open_without_a_request() {
    let options = BTreeMap::from([
        ("aws_access_key_id".to_owned(), "k".to_owned()),
        ("aws_secret_access_key".to_owned(), "s".to_owned()),
        ("aws_region".to_owned(), "eu-central-1".to_owned()),
        ("account_name".to_owned(), "a".to_owned()),
        ("account_key".to_owned(), "c2VjcmV0".to_owned()),
        ("google_skip_signature".to_owned(), "true".to_owned()),
    ]);
    for url in [
        "s3://bucket/lake",
        "az://container/lake",
        "gs://bucket/lake",
        "s3://bucket",
    ] {
        let opened = open_store(url, &options).unwrap();
        assert!(opened.url.as_str().ends_with('/'), "{}", opened.url);
        let text = format!("{}", opened.store);
        assert_eq!(text.contains("lake"), url.ends_with("lake"), "{text}");
    }
}

#[test]
fn wrong_urls() {
    for url in [
        "",
        "ftp://x",
        "http://example.com/lake",
        "s3://",
        "nothing://",
    ] {
        assert!(check_url(url).is_err(), "{url}");
        assert!(open_store(url, &no_options()).is_err(), "{url}");
    }
    for url in [
        "./lake",
        "/var/lake",
        "file:///var/lake",
        "s3a://b/p",
        "abfss://c@a.dfs.core.windows.net/p",
    ] {
        assert_eq!(check_url(url), Ok(()), "{url}");
    }
}

#[test]
fn no_message_holds_a_secret() {
    for url in [
        "s3://key:hunter2@bucket/lake",
        "az://c/lake?sig=hunter2",
        "gs://b/#hunter2",
    ] {
        let message = check_url(url).unwrap_err();
        assert!(!message.contains("hunter2"), "{message}");
        let error = open_store(url, &no_options()).unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn options_of_every_store_are_known() {
    for name in [
        "aws_region",
        "AWS_REGION",
        "endpoint_url",
        "account_key",
        "google_bucket",
        "timeout",
        "aws_allow_http",
    ] {
        assert!(is_option(name), "{name}");
    }
    for name in ["aws_regoin", "bucket_", ""] {
        assert!(!is_option(name), "{name}");
    }
}
