//! The table of alerts, which is only there where rules are.

use schemas::table::Table;

use super::Lake;
use crate::error::SinkError;
use crate::table_log::TableLog;

impl Lake {
    /// Opens the table of alerts; it is made if it is missing.
    pub(crate) async fn open_alerts(&self) -> Result<&TableLog, SinkError> {
        let open = || TableLog::open(Table::Alerts, self.context.clone());
        self.alerts.get_or_try_init(open).await
    }

    /// Opens the table of alerts if there is one.
    pub(crate) async fn find_alerts(&self) -> Result<(), SinkError> {
        if self.alerts.initialized() {
            return Ok(());
        }
        let found = TableLog::open_existing(Table::Alerts, self.context.clone()).await?;
        if let Some(log) = found {
            // If somebody else has opened it meanwhile, theirs serves as well.
            drop(self.alerts.set(log));
        }
        Ok(())
    }
}
