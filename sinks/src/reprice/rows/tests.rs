//! Tests of which columns decide that windows change.

use schemas::priced::PRICE_COLUMNS;

use super::measures_depend_on;

#[test]
fn windows_depend_on_costs_and_status_alone() {
    let names = PRICE_COLUMNS.iter().map(|column| column.name);
    let depending: Vec<&str> = names.filter(|name| measures_depend_on(name)).collect();
    assert_eq!(
        depending,
        [
            "cost_usd",
            "input_cost_usd",
            "output_cost_usd",
            "other_cost_usd",
            "list_cost_usd",
            "contracted_cost_usd",
            "price_status"
        ]
    );
}
