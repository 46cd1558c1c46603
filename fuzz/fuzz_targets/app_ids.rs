//! Names of transactions as a table's log holds them, whoever wrote them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tokenmeter_fuzz::app_ids::{self, AppId};

fuzz_target!(|text: &str| {
    let Some(parsed) = app_ids::parse(text) else {
        return;
    };
    let written = match &parsed {
        AppId::Offset { pipeline, source } => app_ids::offset(pipeline, source),
        AppId::Seed(source) => app_ids::seed(source),
        AppId::Count(what, source) => app_ids::count(*what, source),
        AppId::Watermark(source) => app_ids::watermark(source),
        AppId::Maintenance(_) | AppId::Reprice(_) => return,
    };
    assert_eq!(app_ids::parse(&written), Some(parsed));
});
