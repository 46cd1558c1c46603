//! Tests of the check of a store's conditional put.

use std::sync::Arc;

use futures::StreamExt;
use object_store::ObjectStore;
use object_store::memory::InMemory;

use super::check_conditional_put;

#[tokio::test]
async fn a_store_with_conditional_put_passes_and_stays_clean() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    check_conditional_put(&store, "memory:///").await.unwrap();
    assert_eq!(store.list(None).count().await, 0);
}
