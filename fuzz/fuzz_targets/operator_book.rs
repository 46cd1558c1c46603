//! Operators' books over a book of two models: problems with their lines, or a book that reads back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::price_book::PriceBook;
use tokenmeter_fuzz::time_limit::within_limit;

const FACTS: &[u8] = include_bytes!("operator_book/facts.json");

fuzz_target!(|text: &str| {
    let laid = within_limit(|| {
        let book = PriceBook::from_json(FACTS).expect("the facts are right");
        book.with_operator(text)
    });
    match laid {
        Ok(book) => {
            let again = PriceBook::from_json(book.source()).expect("a book's source is right");
            assert_eq!(again.id(), book.id());
            assert_eq!(PriceBook::problems_of_json(book.source()), []);
        }
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a reason");
            let lines = text.lines().count() + 1;
            for problem in problems {
                assert!((1..=lines).contains(&problem.line), "{problem}");
                assert!(!problem.message.is_empty());
            }
        }
    }
});
