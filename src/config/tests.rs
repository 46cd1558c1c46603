//! Layers and their order; every kind of problem; secrets that stay hidden.

use crate::config::problem::ConfigProblems;
use crate::config::text::{Override, OverrideText};
use crate::config::{Config, Inputs, Settings, resolve, show};
use crate::logging::LogFormat;

mod keys;

fn inputs(file: &str) -> Inputs {
    Inputs {
        file: Some(("t.toml".to_owned(), file.to_owned())),
        environment: Vec::new(),
        flags: Vec::new(),
    }
}

fn load(file: &str) -> Result<(Config, Settings), ConfigProblems> {
    resolve(&inputs(file))
}

/// Asserts that exactly these problems are found, in this order.
fn check(file: &str, expected: &[&str]) {
    let problems = load(file).expect_err(file);
    let found: Vec<String> = problems
        .problems()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(found, expected, "in {file}");
}

fn flag(flag: &'static str, path: &str, value: &str) -> Override {
    Override {
        flag,
        path: path.to_owned(),
        value: OverrideText(value.to_owned()),
    }
}

#[test]
fn later_layers_win_and_are_named() {
    let mut inputs = inputs("\n[worker]\nepoch_max_ms = 100\nthreads = 1\npoll_rows_max = 7\n");
    let variable = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    inputs.environment = vec![
        variable("TOKENMETER_WORKER__EPOCH_MAX_MS", "200"),
        variable("TOKENMETER_WORKER__THREADS", "2"),
        variable("TOKENMETER_LOG__FORMAT", "json"),
        variable("TOKENMETER_MAINTENANCE__ENABLED", "false"),
        variable("TOKENMETER_KAFKA__PROPERTIES__SECURITY_PROTOCOL", "SSL"),
        variable("TOKENMETER_LAKE__OPTIONS__AWS_REGION", "eu-central-1"),
        variable(
            "TOKENMETER_ROLLUPS",
            "[{ name = 'r', window_seconds = 60, dimensions = [] }]",
        ),
    ];
    inputs.flags = vec![flag("--threads", "worker.threads", "3")];
    let (config, settings) = resolve(&inputs).unwrap();
    assert_eq!(config.worker.poll_rows_max, 7);
    assert_eq!(config.worker.epoch_max_ms, 200);
    assert_eq!(config.worker.threads, 3);
    assert_eq!(config.log.format, LogFormat::Json);
    assert!(!config.maintenance.enabled);
    assert_eq!(config.kafka.properties.as_map()["security.protocol"], "SSL");
    assert_eq!(config.lake.options.as_map()["aws_region"], "eu-central-1");
    assert_eq!(config.rollups.len(), 1);
    let source = |path: &str| settings.get(path).unwrap().source.to_string();
    assert_eq!(source("worker.poll_rows_max"), "t.toml:5");
    assert_eq!(
        source("worker.epoch_max_ms"),
        "environment TOKENMETER_WORKER__EPOCH_MAX_MS"
    );
    assert_eq!(source("worker.threads"), "flag --threads");
    assert_eq!(source("kafka.topic"), "default");
}

#[test]
fn pass_through_names_may_be_quoted_or_not() {
    let file = "[kafka.properties]\n\"ssl.ca.location\" = \"/ca\"\nfetch.min.bytes = 1\nenable.ssl.certificate.verification = true\n";
    let (config, _) = load(file).unwrap();
    let properties = config.kafka.properties.as_map();
    assert_eq!(properties["ssl.ca.location"], "/ca");
    assert_eq!(properties["fetch.min.bytes"], "1");
    assert_eq!(properties["enable.ssl.certificate.verification"], "true");
}

#[test]
fn pass_through_names_have_no_control_characters() {
    check(
        "[kafka.properties]\n\"a\\nb\" = \"c\"",
        &["t.toml:2: the name \"kafka.properties.a\\nb\" must not have control characters"],
    );
}

#[test]
fn dimensions_keep_their_order() {
    let file = "[[rollups]]\nname = \"by-model\"\nwindow_seconds = 3600\ndimensions = [\"model\", \"agent\"]\n";
    let (config, _) = load(file).unwrap();
    let columns: Vec<&str> = config.rollups[0]
        .dimensions
        .iter()
        .map(|d| d.column())
        .collect();
    assert_eq!(columns, ["model", "agent"]);
}

#[test]
fn unknown_keys_are_refused_with_a_suggestion() {
    check(
        "pipline = 'x'",
        &["t.toml:1: unknown key `pipline`; did you mean `pipeline`?"],
    );
    check(
        "[worker]\n\nepoch_ms_max = 5",
        &["t.toml:3: unknown key `worker.epoch_ms_max`; did you mean `worker.epoch_max_ms`?"],
    );
    check(
        "topic = 'x'",
        &["t.toml:1: unknown key `topic`; did you mean `kafka.topic`?"],
    );
    check(
        "[wroker]\nthreads = 1",
        &["t.toml:1: unknown key `wroker`; did you mean `worker`?"],
    );
    check("[zebra]\nstripes = 1", &["t.toml:1: unknown key `zebra`"]);
    check(
        "[kafka]\nproperty.x = 1",
        &["t.toml:2: unknown key `kafka.property`; did you mean `kafka.properties`?"],
    );
}

#[test]
fn wrong_types_name_what_was_expected_and_got() {
    check(
        "[worker]\nthreads = \"four\"\nepoch_max_ms = 2.5\nstatus_line = true",
        &[
            "t.toml:2: `worker.threads` must be a whole number, got the text \"four\"",
            "t.toml:3: `worker.epoch_max_ms` must be a whole number, got the fraction 2.5",
            "t.toml:4: `worker.status_line` must be one of \"auto\", \"always\", \"never\", got the truth value true",
        ],
    );
    check(
        "pipeline = 5\nworker = 3\nkafka.properties = []",
        &[
            "t.toml:1: `pipeline` must be a text in quotes, got the number 5",
            "t.toml:2: `worker` is a section: write [worker] and its keys below it; got the number",
            "t.toml:3: `kafka.properties` is a section: write [kafka.properties] and its keys below it; got a list",
        ],
    );
    check(
        "[kafka.properties]\na = [1]\n[maintenance]\nenabled = 'yes'",
        &[
            "t.toml:2: `kafka.properties.a` must be a text, a number, true or false, got a list",
            "t.toml:4: `maintenance.enabled` must be true or false, got the text \"yes\"",
        ],
    );
}

#[test]
fn ranges_and_choices_are_checked() {
    check(
        "[worker]\nepoch_max_ms = 5",
        &["t.toml:2: `worker.epoch_max_ms` must be from 50 to 600000 milliseconds, got 5"],
    );
    check(
        "[worker]\nthreads = 99999999999999999999999",
        &["t.toml:2: `worker.threads` must be from 0 to 256 threads, got 99999999999999999999999"],
    );
    check(
        "[kafka]\nstart = 'earlyest'",
        &[
            "t.toml:2: `kafka.start` must be one of \"earliest\", \"latest\", got the text \"earlyest\"; did you mean `earliest`?",
        ],
    );
}

#[test]
fn what_only_the_whole_can_tell_is_checked() {
    check(
        "[worker]\nmemory_bytes_max = 209715200",
        &[
            "t.toml:2: `worker.epoch_encoded_bytes_max` (67108864) must be at most a quarter of `worker.memory_bytes_max` (209715200): rows in building need the rest",
        ],
    );
    check(
        "pipeline = 'wm'",
        &["t.toml:1: `pipeline` must not be \"wm\": the lake uses that name itself"],
    );
    check(
        "[kafka]\ntopic = 'a/b'\ngroup = ''\n[kafka.properties]\n'group.id' = 'g'",
        &[
            "t.toml:2: `kafka.topic` must be 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-', got \"a/b\"",
            "t.toml:3: `kafka.group` must not be empty",
            "t.toml:5: `kafka.properties.group.id` is not yours to set: set `kafka.group`",
        ],
    );
    check(
        "[status]\nlisten_address = '9464'\n[log]\nlevel = 'verbose'",
        &[
            "t.toml:2: `status.listen_address` must be HOST:PORT such as 0.0.0.0:9464, or empty, got \"9464\"",
            "t.toml:4: `log.level` must be error, warn, info, debug or trace, or per module such as \"info,sinks=debug\", got \"verbose\"",
        ],
    );
    check(
        "rollups = []",
        &["t.toml:1: `rollups` must hold at least one rollup"],
    );
}

#[test]
fn lakes_and_their_options_are_checked() {
    check(
        "[lake]\nurl = 'ftp://x/y'",
        &[
            "t.toml:2: `lake.url` must be a folder or begin with file://, s3://, gs://, az:// or memory://, got ftp://",
        ],
    );
    check(
        "[lake.options]\naws_conditional_put = 'disabled'",
        &[
            "t.toml:2: `lake.options.aws_conditional_put` must stay \"etag\": without conditional puts two workers could overwrite each other's commits",
        ],
    );
    check(
        "[lake.options]\naws_regoin = 'x'",
        &[
            "t.toml:2: `lake.options.aws_regoin` is no option of object_store: see its AmazonS3ConfigKey, AzureConfigKey, GoogleConfigKey and ClientConfigKey",
        ],
    );
    load("[lake]\nurl = 's3://b/p'\n[lake.options]\naws_region = 'x'\ntimeout = '10 seconds'")
        .unwrap();
}

#[test]
fn rollups_are_checked_field_by_field() {
    check(
        "[[rollups]]\nname = 'Us er'\nwindow_seconds = 7\ndimensions = ['tenat', 'tenant', 'tenant', 3]\nwidth = 1",
        &[
            "t.toml:1: unknown key `rollups.width`; known are name, window_seconds, dimensions",
            "t.toml:1: `rollups.name` must be 1 to 64 of a-z, 0-9, _ and -, got the text \"Us er\"",
            "t.toml:1: `rollups.window_seconds` must divide a day of 86400 seconds, so that days are unions of windows (60, 300, 900, 3600 ...), got 7",
            "t.toml:1: unknown dimension \"tenat\" in `rollups.dimensions`; did you mean `tenant`?",
            "t.toml:1: `rollups.dimensions` names \"tenant\" twice",
            "t.toml:1: `rollups.dimensions` must be a list of texts, got the number 3",
        ],
    );
    let same = "[[rollups]]\nname = 'a'\nwindow_seconds = 60\ndimensions = []\n";
    check(
        &format!("{same}{same}"),
        &["t.toml:5: two rollups are named \"a\": give each its own name"],
    );
    check(
        "[[rollups]]",
        &[
            "t.toml:1: a rollup needs a `name`",
            "t.toml:1: a rollup needs `window_seconds`",
            "t.toml:1: a rollup needs `dimensions`",
        ],
    );
}

#[test]
fn syntax_errors_name_their_line_and_quote_nothing() {
    let problems = load("[kafka.properties]\n'sasl.password' = 'hunter2\n").unwrap_err();
    let text = problems.to_string();
    assert!(text.starts_with("t.toml:2: this is not TOML: "), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn flags_that_set_nothing_known_are_refused() {
    let mut inputs = inputs("");
    inputs.flags = vec![
        flag("--set", "worker.thread", "1"),
        flag("--set", "worker.threads", "x"),
    ];
    let problems = resolve(&inputs).unwrap_err();
    assert_eq!(
        problems.to_string(),
        "flag --set: unknown key `worker.thread`; did you mean `worker.threads`?\n\
         flag --set: `worker.threads` must be a whole number, got the text \"x\""
    );
}

#[test]
fn secrets_appear_nowhere() {
    let file = "[kafka.properties]\n'sasl.password' = 'hunter2'\n'ssl.key.pem' = 'hunter2'\n'sasl.mechanism' = 'PLAIN'\n\
                [lake.options]\naws_secret_access_key = 'hunter2'\nazure_storage_sas_token = 'hunter2'\n";
    let mut inputs = inputs(file);
    inputs.environment = vec![(
        "TOKENMETER_KAFKA__PROPERTIES__SASL_USERNAME".to_owned(),
        "hunter2".to_owned(),
    )];
    inputs.flags = vec![flag("--set", "lake.options.aws_session_token", "hunter2")];
    let (config, settings) = resolve(&inputs).unwrap();
    assert_eq!(config.kafka.properties.as_map()["sasl.password"], "hunter2");
    let shown = show::effective(&settings);
    for text in [
        format!("{config:?}"),
        format!("{settings:?}"),
        format!("{:?}", inputs.flags),
        shown.clone(),
    ] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    assert!(shown.contains("PLAIN"));
    assert_eq!(shown.matches("********").count(), 6);

    for text in [
        "could not set up: No such property: \"sasl.pasword\" sasl.pasword hunter2",
        "hunter2hunter2",
    ] {
        assert!(!settings.scrubber().scrub(text).contains("hunter2"));
    }

    let wrong = load("[kafka]\nproperties = 'sasl.password=hunter2'").unwrap_err();
    assert!(!wrong.to_string().contains("hunter2"), "{wrong}");
    let wrong = load("[lake]\nurl = 's3://key:hunter2@bucket/lake'").unwrap_err();
    assert!(!wrong.to_string().contains("hunter2"), "{wrong}");
}

#[test]
fn what_is_shown_is_a_config_file_with_the_same_meaning() {
    let file = "[worker]\nthreads = 3\n[lake.options]\naws_region = 'x'\n[[rollups]]\nname = 'r'\nwindow_seconds = 300\ndimensions = ['tenant']\n";
    let (config, settings) = load(file).unwrap();
    let (again, _) = load(&show::effective(&settings)).unwrap();
    assert_eq!(format!("{config:?}"), format!("{again:?}"));
}
