//! What is wrong with a book: everything at once, each with its line and what to do.

use super::built_in;

/// The problems of a text: lines and messages.
fn problems(text: &str) -> Vec<String> {
    match built_in().with_operator(text) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

/// Asserts that there is one problem, in this line, that says this.
fn refuses(text: &str, line: usize, expected: &str) {
    let found = problems(text);
    let is_it = |problem: &String| {
        problem.starts_with(&format!("line {line}: ")) && problem.contains(expected)
    };
    assert!(
        found.len() == 1 && is_it(&found[0]),
        "{expected}: {found:#?} in {text}"
    );
}

const RATE: &str = r#"[[rates]]
id = "a"
provider = "openai"
model = "gpt-4o"
rates = { input_mtok = "2" }
from = "2026-01-01"
"#;

#[test]
fn all_problems_are_told_at_once_with_their_lines() {
    let text = r#"
[[discount]]
percent = 1

[[rates]]
id = "a b"
provider = "opena"
model = "gpt-4o"
rate = { input_mtok = "2" }
from = "soon"

[[currencies]]
code = "eur"
usd_per_unit = "-1"
from = "2026-01-01"
"#;
    let found = problems(text);
    let lines: Vec<_> = found
        .iter()
        .map(|problem| problem.split(':').next().unwrap())
        .collect();
    assert_eq!(
        lines,
        [
            "line 2", "line 5", "line 6", "line 9", "line 10", "line 13", "line 14"
        ],
        "{found:#?}"
    );
    assert!(
        found[0].contains("did you mean \"discounts\"?"),
        "{}",
        found[0]
    );
    assert!(found[3].contains("did you mean \"rates\"?"), "{}", found[3]);
}

#[test]
fn text_that_is_no_toml_is_one_problem() {
    refuses("[[rates]]\nid = \n", 2, "this is not TOML");
    refuses("rates = 1\n", 1, "write [[rates]]");
    refuses("rates = [1]\n", 1, "is a table");
}

#[test]
fn names_that_the_book_does_not_know_are_refused() {
    refuses(
        &RATE.replace("\"openai\"", "\"opnai\""),
        1,
        "did you mean \"openai\"?",
    );
    let no_model = "openai has no model \"gpt-4oo\"; did you mean";
    refuses(&RATE.replace("gpt-4o", "gpt-4oo"), 1, no_model);
    refuses(
        &RATE.replace("input_mtok", "inputs_mtok"),
        5,
        "did you mean \"input_mtok\"?",
    );
    refuses(
        &RATE.replace("\"gpt-4o\"", "{ begins = \"gpt\" }"),
        4,
        "unknown clause `begins`",
    );
    refuses(
        &RATE.replace("\"gpt-4o\"", "{ regex = \"(\" }"),
        4,
        "no regular expression",
    );
    let unknown = format!("{RATE}when = {{ mood = \"good\" }}\n");
    refuses(&unknown, 7, "no request has the attribute `mood`");
    let alias = |provider: &str, model: &str| {
        format!("[[aliases]]\nprovider = \"{provider}\"\nname = \"x\"\nmodel = \"{model}\"\n")
    };
    refuses(&alias("own", "gpt-4o"), 1, "no provider \"own\"");
    refuses(&alias("openai", "gpt-4oh"), 1, "did you mean \"gpt-4o\"?");
}

#[test]
fn numbers_that_are_none_are_refused() {
    let message = "must be a decimal number";
    refuses(&RATE.replace("\"2\"", "\"2,5\""), 5, message);
    refuses(&RATE.replace("\"2\"", "-2"), 5, message);
    let falling = "{ base = 1, tiers = [{ above_input_tokens = 5, rate = 1 }, \
                   { above_input_tokens = 5, rate = 2 }] }";
    refuses(&RATE.replace("\"2\"", falling), 5, message);
    let discount = |percent: &str| {
        format!("[[discounts]]\nid = \"d\"\npercent = {percent}\nfrom = \"2026-01-01\"\n")
    };
    assert_eq!(problems(&discount("12.3456")), [""; 0]);
    for percent in ["100.1", "12.34567"] {
        refuses(&discount(percent), 3, "from 0 to 100 with at most 4");
    }
    refuses(&discount("\"x\""), 3, message);
}

#[test]
fn entries_of_one_subject_neither_overlap_nor_leave_gaps() {
    let entry = |from: &str, until: &str| {
        let dated = RATE.replace("2026-01-01", from);
        match until {
            "" => dated,
            until => format!("{dated}until = \"{until}\"\n"),
        }
    };
    let two = |first: String, second: String| format!("{first}{second}");
    let right = two(entry("2026-01-01", ""), entry("2026-03-01", "2026-04-01"));
    assert_eq!(problems(&right), [""; 0]);
    let right = two(entry("2026-01-01", "2026-03-01"), entry("2026-03-01", ""));
    assert_eq!(problems(&right), [""; 0]);
    let overlap = two(entry("2026-01-01", "2026-03-02"), entry("2026-03-01", ""));
    refuses(&overlap, 8, "overlaps the entry of line 1");
    let gap = two(entry("2026-01-01", "2026-02-28"), entry("2026-03-01", ""));
    refuses(&gap, 8, "has a gap from 2026-02-28");
    let twice = two(entry("2026-01-01", ""), entry("2026-01-01", ""));
    refuses(&twice, 7, "begins twice at 2026-01-01, here and in line 1");
    refuses(&entry("2026-01-01", "2026-01-01"), 7, "later than `from`");
    let other_id = RATE.replace("id = \"a\"", "id = \"b\"");
    refuses(
        &two(RATE.to_owned(), other_id),
        7,
        "same requests as a in line 1",
    );
}

#[test]
fn a_currency_needs_a_rate_all_the_time() {
    let priced = |from: &str| format!("{}currency = \"EUR\"\n", RATE.replace("2026-01-01", from));
    let euro = "[[currencies]]\ncode = \"EUR\"\nusd_per_unit = \"1.1\"\nfrom = \"2026-02-01\"\n";
    refuses(
        &priced("2026-01-01"),
        7,
        "\"EUR\" has no exchange rate: add [[currencies]]",
    );
    let early = format!("{}{euro}", priced("2026-01-01"));
    refuses(&early, 7, "\"EUR\" has no exchange rate at 2026-01-01");
    let ended = format!("{}{euro}until = \"2026-06-01\"\n", priced("2026-03-01"));
    refuses(&ended, 7, "\"EUR\" has no exchange rate at 2026-06-01");
    assert_eq!(
        problems(&format!("{}{euro}", priced("2026-02-01"))),
        [""; 0]
    );
}

#[test]
fn capacity_that_makes_no_sense_is_refused() {
    let commitment = "[[commitments]]\nid = \"c\"\nkind = \"provisioned\"\nprovider = \"openai\"\n\
                      price = 1\nper = \"hour\"\ninput_tokens_per_minute = 5\n\
                      output_tokens_per_minute = 5\nfrom = \"2026-01-01\"\n";
    assert_eq!(problems(commitment), [""; 0]);
    refuses(&commitment.replace("= 5\nout", "= 0\nout"), 7, "above zero");
    refuses(
        &commitment.replace("\"hour\"", "\"day\""),
        6,
        "one of hour, month",
    );
    refuses(
        &commitment.replace("price = 1", "price = 1e12"),
        5,
        "too large",
    );
    let minimum = "[[commitments]]\nid = \"m\"\nkind = \"minimum_spend\"\nprice = 1\nper = \"hour\"\n\
                   from = \"2026-01-01\"\n";
    refuses(minimum, 5, "must be \"month\"");
    let fleet = "[[fleets]]\nid = \"f\"\ngpu = \"H100\"\ncount = 1\nusd_per_gpu_hour = 3\n\
                 terms = \"reserved\"\nprovider = \"own\"\nmodels = [\"m\"]\n\
                 input_tokens_per_second = 5\noutput_tokens_per_second = 5\n\
                 expected_utilisation = 0.5\nfrom = \"2026-01-01\"\n";
    assert_eq!(problems(fleet), [""; 0]);
    refuses(&fleet.replace("0.5", "1.5"), 11, "part of one");
    refuses(
        &fleet.replace("models = [\"m\"]\n", ""),
        1,
        "needs `models`",
    );
    let unused = fleet.replace("expected_utilisation = 0.5\n", "");
    refuses(&unused, 1, "needs `expected_utilisation`");
    let terms = "one of on_demand, reserved, colocated";
    refuses(&fleet.replace("\"reserved\"", "\"rented\""), 6, terms);
}

#[test]
fn a_part_needs_the_rate_of_its_total() {
    let model = "[[models]]\nprovider = \"own\"\nmodel = \"m\"\nrates = { cache_read_mtok = 1 }\n\
                 from = \"2026-01-01\"\n";
    refuses(model, 1, "needs a rate for input_mtok");
}

/// A start date in the past holds, and what was priced before stays as it was.
#[test]
fn an_entry_that_was_known_later_than_it_holds_is_told() {
    let text = format!("{RATE}known_from = \"2026-02-01\"\n");
    let book = built_in().with_operator(&text).unwrap();
    let notes = book.operator_notes();
    assert_eq!((notes.len(), notes[0].line), (1, 1));
    let what_to_do = "reprice --from 2026-01-01 --to 2026-02-01";
    assert!(notes[0].message.contains(what_to_do), "{notes:?}");
}
