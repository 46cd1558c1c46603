//! Opens the lake's Delta tables at a version, as tables that DataFusion can scan.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::execution::runtime_env::RuntimeEnv;
use deltalake::DeltaTableError;
use deltalake::delta_datafusion::{DeltaScanConfig, DeltaScanNext};
use deltalake::kernel::Snapshot;
use deltalake::logstore::{StorageConfig, default_logstore};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
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

/// A lake as delta-rs and DataFusion see it: an address, and the store whose paths are those of
/// that address.
#[derive(Debug, Clone)]
pub(crate) struct Mount {
    address: Url,
    store: Arc<dyn ObjectStore>,
}

impl Mount {
    /// The Delta kernel asks of a `file` address that its folder exists on this machine, and only
    /// there sorts listings itself; so a local lake has its own address and the machine's file
    /// system, and any other the root of a store that lists in order.
    pub(crate) fn of(store: &Arc<dyn ObjectStore>, lake_url: &Url) -> Self {
        if lake_url.scheme() == "file" {
            return Self {
                address: lake_url.clone(),
                store: Arc::new(LocalFileSystem::new()),
            };
        }
        let address = Url::parse("memory:///").unwrap_or_else(|_| lake_url.clone());
        Self {
            address,
            store: Arc::clone(store),
        }
    }

    /// Makes a session's paths mean objects of the lake.
    pub(crate) fn register(&self, runtime: &RuntimeEnv) {
        runtime.register_object_store(&self.address, Arc::clone(&self.store));
    }

    fn table(&self, table: Table) -> Result<Url, DeltaTableError> {
        let located = self.address.join(&format!("{}/", table.name()));
        located.map_err(|error| DeltaTableError::InvalidTableLocation(error.to_string()))
    }
}

/// Whether a local folder is missing, which the Delta kernel would call an error.
fn is_missing_folder(address: &Url) -> bool {
    address.scheme() == "file" && address.to_file_path().is_ok_and(|path| !path.is_dir())
}

/// Opens the newest version of a table; `None` if the lake has no such table.
pub(crate) async fn open(
    mount: &Mount,
    store: &Arc<dyn ObjectStore>,
    lake_url: &Url,
    table: Table,
    text: TextType,
) -> Result<Option<OpenTable>, ReaderError> {
    match open_snapshot(mount, store, table).await {
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
    mount: &Mount,
    store: &Arc<dyn ObjectStore>,
    table: Table,
) -> Result<Snapshot, DeltaTableError> {
    let address = mount.table(table)?;
    if is_missing_folder(&address) {
        return Err(DeltaTableError::NotATable(address.to_string()));
    }
    let folder = PrefixStore::new(Arc::clone(store), table.name());
    let log_store = default_logstore(
        Arc::new(folder),
        Arc::clone(&mount.store),
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
