//! Price facts: a book exactly if there are no problems, and one that reads back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::price_book::PriceBook;
use tokenmeter_fuzz::time_limit::within_limit;

fuzz_target!(|facts: &[u8]| {
    let book = within_limit(|| PriceBook::from_json(facts));
    let problems = within_limit(|| PriceBook::problems_of_json(facts));
    assert_eq!(
        book.is_ok(),
        problems.is_empty(),
        "{:?} {problems:?}",
        book.err()
    );
    let lines = facts.iter().filter(|&&byte| byte == b'\n').count() + 1;
    for problem in problems {
        assert!((1..=lines).contains(&problem.line), "{problem}");
    }
    if let Ok(book) = book {
        assert_eq!(book.source(), facts);
        let again = PriceBook::from_json(book.source()).expect("a book's source is right");
        assert_eq!(again.id(), book.id());
        for name in book.model_names() {
            let _ = book.list(name, None, 0);
        }
    }
});
