//! Tests of price books that a lake keeps.

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};

use crate::test_lake::TestLake;

async fn keep(store: &dyn ObjectStore, id: &str, source: &[u8]) {
    let path = Path::from(format!("price_books/{id}.json.zst"));
    let packed = zstd::encode_all(source, 0).unwrap();
    store.put(&path, PutPayload::from(packed)).await.unwrap();
}

#[tokio::test]
async fn a_book_is_found_by_the_first_digits_of_its_id() {
    let lake = TestLake::new();
    assert_eq!(lake.reader.price_book("ab").await.unwrap(), None);
    assert!(lake.reader.price_book_ids().await.unwrap().is_empty());
    keep(lake.store.as_ref(), "abc1", b"one").await;
    keep(lake.store.as_ref(), "abd2", b"two").await;
    let found = lake.reader.price_book("abc").await.unwrap().unwrap();
    assert_eq!(
        (found.id.as_str(), found.source.as_slice()),
        ("abc1", &b"one"[..])
    );
    let found = lake.reader.price_book("abd2").await.unwrap().unwrap();
    assert_eq!(found.source, b"two");
    assert_eq!(lake.reader.price_book("b").await.unwrap(), None);
    let error = lake.reader.price_book("ab").await.unwrap_err();
    assert!(error.to_string().contains("2 books begin so"), "{error}");
    assert_eq!(
        lake.reader.price_book_ids().await.unwrap(),
        ["abc1", "abd2"]
    );
}

#[tokio::test]
async fn a_damaged_book_is_an_error() {
    let lake = TestLake::new();
    let path = Path::from("price_books/ff.json.zst");
    let torn = PutPayload::from_static(b"no zstd");
    lake.store.put(&path, torn).await.unwrap();
    assert!(lake.reader.price_book("ff").await.is_err());
}
