//! Completion of names and keywords.

use readers::catalog::{CatalogColumn, CatalogTable};

use super::LineHelper;

fn candidates(line: &str) -> (usize, Vec<String>) {
    let column = |name: &str| CatalogColumn {
        name: name.to_owned(),
        data_type: "Int64".to_owned(),
        description: String::new(),
    };
    let catalog = [CatalogTable {
        name: "events",
        description: "",
        columns: vec![column("event_id"), column("cost_usd")],
    }];
    LineHelper::new(&catalog).candidates(line, line.len())
}

#[test]
fn names_and_keywords_complete_from_their_beginning() {
    let texts = |(start, found): (usize, Vec<String>)| (start, found.join(" "));
    assert_eq!(
        texts(candidates("SELECT ev")),
        (7, "event_id events".to_owned())
    );
    assert_eq!(texts(candidates("sel")), (0, "select".to_owned()));
    assert_eq!(texts(candidates("SEL")), (0, "SELECT".to_owned()));
    assert_eq!(
        texts(candidates("SELECT sum(COST")),
        (11, "cost_usd".to_owned())
    );
    assert_eq!(
        texts(candidates("SELECT ü.cos")),
        (10, "cost_usd".to_owned())
    );
    assert_eq!(texts(candidates("SELECT ")), (7, String::new()));
    assert_eq!(texts(candidates("zzz")), (0, String::new()));
}
