//! The command line: it is consistent, its flags set keys, its help shows examples.

use clap::{CommandFactory, Parser};

use crate::cli::blocks::Speed;
use crate::cli::reprice_options::Instant;
use crate::cli::{Cli, Command};

fn parse(line: &str) -> Cli {
    Cli::try_parse_from(line.split(' ')).unwrap()
}

fn keys(line: &str) -> Vec<(String, String)> {
    let overrides = parse(line).overrides();
    overrides
        .into_iter()
        .map(|set| (set.path, set.value.0))
        .collect()
}

#[test]
fn the_definition_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_shows_examples() {
    for command in Cli::command().get_subcommands() {
        let help = command
            .get_after_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let example = format!("  tokenmeter {}", command.get_name());
        assert!(
            help.contains(&example),
            "{} has no example",
            command.get_name()
        );
    }
}

#[test]
fn every_subcommand_shows_examples() {
    let program = Cli::command();
    for name in ["prices", "alerts"] {
        let command = program.find_subcommand(name).unwrap();
        for subcommand in command.get_subcommands() {
            let help = subcommand.get_after_help().map(ToString::to_string);
            let example = format!("  tokenmeter {name} {}", subcommand.get_name());
            assert!(
                help.is_some_and(|help| help.contains(&example)),
                "{example}"
            );
        }
    }
}

#[test]
fn a_quote_takes_flags_or_lines() {
    for line in [
        "t prices quote --ndjson",
        "t prices quote --provider p --model m",
        "t prices quote --provider p --model m --at 2026-11-20 --usage input_tokens=5 --usage \
         gpu_seconds=0.5 --attribute speed=fast",
    ] {
        let words = line.split_whitespace();
        assert!(Cli::try_parse_from(words).is_ok(), "{line}");
    }
    for (line, hint) in [
        ("t prices quote --provider p", "--model"),
        (
            "t prices quote --ndjson --provider p",
            "cannot be used with",
        ),
        (
            "t prices quote --provider p --model m --usage input_token=5",
            "did you mean `input_tokens`",
        ),
        (
            "t prices quote --provider p --model m --usage input_tokens=many",
            "is no number",
        ),
        (
            "t prices quote --provider p --model m --at noon",
            "such as 2026-11-20T12:00:00Z",
        ),
    ] {
        let error = Cli::try_parse_from(line.split(' '))
            .unwrap_err()
            .to_string();
        assert!(error.contains(hint), "{line}: {error}");
    }
}

#[test]
fn flags_set_keys() {
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(
        keys("t run --topic a --group g --lake s3://b --bootstrap-servers h:1 --no-maintenance"),
        [
            pair("kafka.bootstrap_servers", "h:1"),
            pair("kafka.topic", "a"),
            pair("kafka.group", "g"),
            pair("lake.url", "s3://b"),
            pair("maintenance.enabled", "false"),
        ]
    );
    assert_eq!(
        keys("t lag --set worker.threads=2 --set a.b=c=d --log-format json"),
        [
            pair("worker.threads", "2"),
            pair("a.b", "c=d"),
            pair("log.format", "json"),
        ]
    );
    assert_eq!(keys("t run"), []);
}

#[test]
fn check_config_takes_its_own_file_first() {
    let file = |line: &str| {
        parse(line)
            .config_file()
            .map(|path| path.display().to_string())
    };
    assert_eq!(
        file("t check-config a.toml --config b.toml").as_deref(),
        Some("a.toml")
    );
    assert_eq!(
        file("t check-config --config b.toml").as_deref(),
        Some("b.toml")
    );
    assert_eq!(file("t run --config b.toml").as_deref(), Some("b.toml"));
}

#[test]
fn speeds() {
    for (text, thousandths) in [("1", 1000), ("60", 60_000), ("0.5", 500), ("0.001", 1)] {
        assert_eq!(text.parse(), Ok(Speed { thousandths }), "{text}");
    }
    for text in [
        "0",
        "-1",
        "",
        "x",
        "1.2345",
        "1e3",
        ".5",
        "99999999999999999999",
    ] {
        assert!(text.parse::<Speed>().is_err(), "{text}");
    }
}

#[test]
fn paces_exclude_each_other() {
    for line in [
        "t replay f --flat-out --speed 2",
        "t replay f --rate 5 --flat-out",
        "t replay f --rate 0",
        "t replay f --repeat 0",
        "t replay f --keep-times --times live",
        "t replay",
    ] {
        assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
    }
    assert!(matches!(
        parse("t replay f --keep-times").command,
        Command::Replay(_)
    ));
}

#[test]
fn instants_are_days_or_have_an_offset() {
    let us = |text: &str| text.parse::<Instant>().map(|instant| instant.us);
    assert_eq!(us("1970-01-02"), Ok(86_400_000_000));
    assert_eq!(us("1970-01-01T01:00:00+01:00"), Ok(0));
    for text in ["", "1970", "1970-01-01T00:00:00", "1970-13-01", "now"] {
        assert!(us(text).is_err(), "{text}");
    }
}

/// A span that is written backwards is wrong usage, not a reprice of nothing.
#[test]
fn a_span_ends_behind_its_start() {
    let check = |span: &str| match parse(&format!("t reprice {span}")).command {
        Command::Reprice(options) => options.check(),
        command => panic!("{command:?}"),
    };
    assert_eq!(check("--from 2026-11-01 --to 2026-11-02"), Ok(()));
    assert_eq!(
        check("--from 2026-11-01T01:00:00+02:00 --to 2026-11-01"),
        Ok(())
    );
    for span in [
        "--from 2026-11-01 --to 2026-11-01",
        "--from 2026-11-02 --to 2026-11-01",
    ] {
        let wrong = check(span).unwrap_err().to_string();
        assert!(
            wrong.ends_with("give the day behind the last one"),
            "{wrong}"
        );
    }
}
