//! Two books compared: each kind of change is told, and nothing else.

use schemas::price_book::PriceBook;

use super::changes;

fn book(models: &str) -> PriceBook {
    let facts = format!(
        r#"{{"units": [{{"usage": "input_tokens", "rate": "input_mtok", "per": 1000000,
             "dimensions": {{"family": "tokens", "direction": "input"}}}}],
            "providers": [{{"provider": "own", "models": [{models}]}}]}}"#
    );
    PriceBook::from_json(facts.as_bytes()).unwrap()
}

fn model(name: &str, prices: &str) -> String {
    format!(r#"{{"model": "{name}", "match": {{"equals": "{name}"}}, "prices": [{prices}]}}"#)
}

#[test]
fn what_was_added_removed_and_changed_is_told() {
    let price = |rate: &str| format!(r#"{{"rates": {{"input_mtok": "{rate}"}}}}"#);
    let earlier = book(&[model("a", &price("2.50")), model("b", &price("1"))].join(","));
    let dated = r#"{"from": "2026-12-01", "rates": {"input_mtok": "0.000001"}}"#;
    let later = format!("{},{dated}", price("2"));
    let later = book(&[model("a", &later), model("c", &price("3"))].join(","));
    assert_eq!(
        changes(&earlier, &later),
        "~ own/a  input_mtok 2.5 -> 2\n\
         + own/a@2026-12-01  input_mtok 0.000001\n\
         + own/c  input_mtok 3\n\
         - own/b  input_mtok 1\n\
         2 added, 1 removed, 1 changed\n"
    );
    assert_eq!(changes(&later, &later), "0 added, 0 removed, 0 changed\n");
}

#[test]
fn an_operator_s_book_adds_its_entries() {
    let operator = "[[discounts]]\nid = \"d\"\npercent = 12.5\nfrom = \"2026-01-01\"\n";
    let plain = PriceBook::built_in().unwrap();
    let layered = PriceBook::built_in()
        .unwrap()
        .with_operator(operator)
        .unwrap();
    assert_eq!(
        changes(&plain, &layered),
        "+ discount:d@2026-01-01  keeps 0.875\n1 added, 0 removed, 0 changed\n"
    );
}
