//! Scripts over a lake, and how their errors read.

use std::sync::Arc;

use object_store::memory::InMemory;
use readers::LakeReader;
use readers::output::OutputFormat;
use url::Url;

use super::run_script;

#[tokio::test(flavor = "multi_thread")]
async fn without_a_lake_the_error_says_what_to_do() {
    let url = Url::parse("memory:///nowhere/").unwrap();
    let reader = LakeReader::new(Arc::new(InMemory::new()), url);
    let mut out = Vec::new();
    let run = run_script(&reader, "SELECT * FROM events", OutputFormat::Csv, &mut out).await;
    let error = run.unwrap_err().to_string();
    assert!(
        error.contains("memory:///nowhere/") && error.contains("tokenmeter run"),
        "{error}"
    );
    let run = run_script(&reader, " -- nothing\n;", OutputFormat::Csv, &mut out).await;
    assert!(
        run.unwrap_err()
            .to_string()
            .starts_with("the query is empty")
    );
    let script = "-- a script\nSELECT *\n  FORM events;";
    let run = run_script(&reader, script, OutputFormat::Csv, &mut out).await;
    let error = run.unwrap_err().to_string();
    assert!(error.starts_with("line 3, column "), "{error}");
    assert!(error.contains("\n    FORM events\n"), "{error}");
    assert!(out.is_empty());
}
