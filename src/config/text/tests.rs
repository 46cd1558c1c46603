//! Which variables of the environment are ours, and which key each sets.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use crate::config::key::KEYS;
use crate::config::layer::Settings;
use crate::config::text::{apply_environment, path_of, variable_of, variables};

fn names(given: &[&str]) -> Vec<String> {
    let pairs = given
        .iter()
        .map(|name| (OsString::from(name), OsString::from("1")));
    let mut problems = Vec::new();
    let found = variables(pairs, &mut problems);
    assert!(problems.is_empty());
    found.into_iter().map(|(name, _)| name).collect()
}

#[test]
fn every_key_has_one_variable() {
    for key in KEYS {
        assert_eq!(path_of(&variable_of(key.path)).as_deref(), Some(key.path));
    }
    assert_eq!(
        variable_of("worker.epoch_max_ms"),
        "TOKENMETER_WORKER__EPOCH_MAX_MS"
    );
    assert_eq!(variable_of("pipeline"), "TOKENMETER_PIPELINE");
}

#[test]
fn variables_of_others_are_left_alone() {
    assert_eq!(names(&["PATH", "TOKENMETER_CONFIG", "AWS_REGION"]), [""; 0]);
    // A Kubernetes service named `tokenmeter` puts these into every pod beside it.
    let service = [
        "TOKENMETER_SERVICE_HOST",
        "TOKENMETER_SERVICE_PORT",
        "TOKENMETER_SERVICE_PORT_METRICS",
        "TOKENMETER_PORT",
        "TOKENMETER_PORT_9464_TCP",
        "TOKENMETER_PORT_9464_TCP_ADDR",
        "TOKENMETER_METRICS_SERVICE_HOST",
    ];
    assert_eq!(names(&service), [""; 0]);
}

#[test]
fn no_key_looks_like_a_service() {
    let ours: Vec<String> = KEYS.iter().map(|key| variable_of(key.path)).collect();
    let given: Vec<&str> = ours.iter().map(String::as_str).collect();
    assert_eq!(names(&given).len(), KEYS.len());
}

#[test]
fn a_variable_that_means_a_key_and_sets_none_is_refused() {
    for (name, meant) in [
        ("TOKENMETER_KAFKA_TOPIC", "TOKENMETER_KAFKA__TOPIC"),
        ("TOKENMETER_TOPIC", "TOKENMETER_KAFKA__TOPIC"),
        ("TOKENMETER_KAFKA__TOPICS", "TOKENMETER_KAFKA__TOPIC"),
        (
            "TOKENMETER_WORKER__EPOCH_MS_MAX",
            "TOKENMETER_WORKER__EPOCH_MAX_MS",
        ),
        ("TOKENMETER_PIPLINE", "TOKENMETER_PIPELINE"),
    ] {
        let problems = refused(name);
        let expected =
            format!("environment {name}: no key is set by this variable; did you mean `{meant}`?");
        assert_eq!(problems, [expected]);
    }
    let far = refused("TOKENMETER_FROB__NICATE");
    assert_eq!(
        far,
        ["environment TOKENMETER_FROB__NICATE: no key is set by this variable"]
    );
}

#[test]
fn variables_of_scripts_around_the_program_are_left_alone() {
    for name in [
        "TOKENMETER_BIN",
        "TOKENMETER_RIG_DIR",
        "TOKENMETER_HOME",
        "TOKENMETER_VERSION",
    ] {
        assert_eq!(refused(name), [""; 0], "{name}");
    }
}

fn refused(name: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let given = [(name.to_owned(), "hunter2".to_owned())];
    apply_environment(&given, &mut Settings::default(), &mut problems);
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_value_that_is_no_text_is_refused() {
    let name = OsString::from("TOKENMETER_KAFKA__TOPIC");
    let value = OsString::from_vec(vec![0xff]);
    let mut problems = Vec::new();
    assert!(variables([(name, value)].into_iter(), &mut problems).is_empty());
    assert_eq!(problems.len(), 1);
}
