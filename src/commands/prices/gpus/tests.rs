//! The page of the documentation is what the command prints, and the figures are right.

use clap::Parser;

use super::text;
use crate::cli::prices_options::PricesCommand;
use crate::cli::{Cli, Command};

const DOCUMENTATION: &str = include_str!("../../../../docs/gpus.md");

fn output(line: &str) -> String {
    let cli = Cli::try_parse_from(line.split(' ')).unwrap();
    match cli.command {
        Command::Prices(options) => match options.command {
            PricesCommand::Gpus(options) => text(&options),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_documentation_shows_the_commands_output() {
    let output = output("tokenmeter prices gpus");
    assert!(
        DOCUMENTATION.contains(&output),
        "docs/gpus.md must hold:\n{output}"
    );
}

#[test]
fn figures_by_hand() {
    // A dollar an hour for 1,000 tokens a second: 3.6 million tokens an hour.
    let output = output("t prices gpus --gpu A=1:1000 --gpu B=2:1500 --api x=0.5 --api y=0.1");
    let lines: Vec<&str> = output.lines().map(str::trim).collect();
    assert!(
        lines.contains(&"A             1.00      1000   0.2778   0.3704   0.5556   1.1111"),
        "{output}"
    );
    // Twice the price for half more tokens: a third more busy than the other, never at its full.
    assert!(
        lines.contains(&"A at 100 %                never"),
        "{output}"
    );
    assert!(
        lines.contains(&"A at 75 %               100.0 %"),
        "{output}"
    );
    assert!(
        lines.contains(&"A at 50 %                66.7 %"),
        "{output}"
    );
    assert!(
        lines.contains(&"x at $0.50 per million           55.6 %   74.1 %"),
        "{output}"
    );
    assert!(
        lines.contains(&"y at $0.10 per million            never    never"),
        "{output}"
    );
}

#[test]
fn figures_that_are_none_are_refused() {
    for wrong in [
        "H100",
        "H100=3.43",
        "H100=0:1",
        "H100=3.43:0",
        "=1:1",
        "H100=-1:5",
        "H100=1e30:5",
    ] {
        let line = format!("t prices gpus --gpu {wrong}");
        assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{wrong}");
    }
}
