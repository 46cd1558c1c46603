//! Opens the lake's Delta tables at a version, as tables that DataFusion can scan.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::RuntimeEnv;
use deltalake::DeltaTableError;
use deltalake::delta_datafusion::{DeltaScanConfig, DeltaScanNext};
use deltalake::kernel::Snapshot;
use deltalake::logstore::{StorageConfig, default_logstore};
use object_store::ObjectStore;
use object_store::prefix::PrefixStore;
use schemas::table::Table;
use url::Url;

use crate::error::ReaderError;

/// How texts come out of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextType {
    /// `Utf8View`: fastest inside queries.
    View,
    /// `Utf8`: for readers that go on with the columns themselves.
    Plain,
}

/// A table at one version.
#[derive(Debug)]
pub(crate) struct OpenTable {
    /// Its rows. It has no handle on the log, so that nothing can be inserted through it.
    pub(crate) provider: Arc<dyn TableProvider>,
    /// The version that it shows.
    pub(crate) version: u64,
}

/// What a lake is to delta-rs and DataFusion: a store of its own at this address.
///
/// The store that is registered here is rooted at the lake, wherever that is, so the address says
/// nothing about the place. Its scheme matters: only under `file` does the Delta kernel sort
/// listings itself, and local folders and S3 directory buckets do not come sorted.
const STORE_ADDRESS: &str = "file:///";

/// Makes a session's paths mean objects of the lake, and nothing of the machine it runs on.
pub(crate) fn register_store(runtime: &RuntimeEnv, store: &Arc<dyn ObjectStore>) {
    let address = ObjectStoreUrl::local_filesystem();
    debug_assert_eq!(address.as_str(), STORE_ADDRESS);
    runtime.register_object_store(address.as_ref(), Arc::clone(store));
}

/// Opens the newest version of a table; `None` if the lake has no such table.
pub(crate) async fn open(
    store: &Arc<dyn ObjectStore>,
    lake_url: &Url,
    table: Table,
    text: TextType,
) -> Result<Option<OpenTable>, ReaderError> {
    match open_snapshot(store, table).await {
        Ok(snapshot) => provide(snapshot, text).map(Some),
        Err(DeltaTableError::NotATable(_)) => Ok(None),
        Err(error) => Err(error),
    }
    .map_err(|error| ReaderError::OpenTable {
        table: table.name(),
        url: lake_url.to_string(),
        source: Box::new(error),
    })
}

async fn open_snapshot(
    store: &Arc<dyn ObjectStore>,
    table: Table,
) -> Result<Snapshot, DeltaTableError> {
    let address = Url::parse(&format!("{STORE_ADDRESS}{}/", table.name()))
        .map_err(|error| DeltaTableError::InvalidTableLocation(error.to_string()))?;
    let folder = PrefixStore::new(Arc::clone(store), table.name());
    let log_store = default_logstore(
        Arc::new(folder),
        Arc::clone(store),
        &address,
        &StorageConfig::default(),
    );
    Snapshot::try_new(log_store.as_ref(), None).await
}

fn provide(snapshot: Snapshot, text: TextType) -> Result<OpenTable, DeltaTableError> {
    let version = snapshot.version();
    let config = DeltaScanConfig {
        file_column_name: None,
        wrap_partition_values: false,
        enable_parquet_pushdown: true,
        schema_force_view_types: text == TextType::View,
        schema: None,
    };
    let scan = DeltaScanNext::new(snapshot, config)?;
    Ok(OpenTable {
        provider: Arc::new(scan),
        version,
    })
}
