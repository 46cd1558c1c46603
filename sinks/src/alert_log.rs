//! Changes of alerts, each with its number, and how much of them receivers have been told.
//!
//! The number of changes is claimed by each commit, as offsets are by an epoch: of two evaluators
//! that decide at once one is fenced, and finds in the table what the other has said.

use std::collections::BTreeMap;

use schemas::alerts::alert::AlertChange;
use schemas::table::Table;
use uuid::Uuid;

use crate::app_ids;
use crate::encode::alerts::encode_alerts;
use crate::encode::file_writer::FileFormat;
use crate::error::SinkError;
use crate::hook::{CommitPoint, Job};
use crate::lake::{Lake, add_lines};
use crate::table_log::{Claim, TableLog, TableOutcome};
use crate::upload::upload;

/// What became of a commit of changes.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertsOutcome {
    /// They are in the table.
    Committed {
        /// How many changes there are now: the next one's number.
        next: i64,
    },
    /// Somebody else has committed changes: read them, and decide anew.
    Fenced,
}

/// The table `alerts`, to be written to; it is made where it is missing.
#[derive(Debug)]
pub struct AlertLog<'a> {
    lake: &'a Lake,
    log: &'a TableLog,
}

impl Lake {
    /// Opens the table `alerts`, and makes it if it is missing.
    ///
    /// # Errors
    /// As [`Lake::open`].
    pub async fn alert_log(&self) -> Result<AlertLog<'_>, SinkError> {
        let log = self.open_alerts().await?;
        Ok(AlertLog { lake: self, log })
    }
}

impl AlertLog<'_> {
    /// How many changes there are: the number of the next one.
    ///
    /// # Errors
    /// [`SinkError::Store`] if the log cannot be read, [`SinkError::TableDiffers`] if somebody
    /// changed the table.
    pub async fn next_number(&self) -> Result<i64, SinkError> {
        let app_id = app_ids::alert_changes();
        let next = self.log.newest(|state| state.value(&app_id)).await?;
        Ok(next.unwrap_or(0))
    }

    /// The number behind the last change of those that a receiver has all of, by receiver.
    ///
    /// # Errors
    /// As [`AlertLog::next_number`].
    pub async fn delivered(&self) -> Result<BTreeMap<String, i64>, SinkError> {
        let marks = self.log.newest(|state| {
            let marks = state
                .values()
                .filter_map(|(app_id, next)| match app_ids::parse(app_id) {
                    Some(app_ids::AppId::Delivered(receiver)) => Some((receiver, next)),
                    _ => None,
                });
            marks.collect()
        });
        marks.await
    }

    /// When an evaluator that has changes to deliver to a receiver last said that it is alive, by
    /// receiver.
    ///
    /// # Units
    /// Microseconds since the Unix epoch.
    ///
    /// # Errors
    /// As [`AlertLog::next_number`].
    pub async fn alive_us(&self) -> Result<BTreeMap<String, i64>, SinkError> {
        let words = self.log.newest(|state| {
            let words =
                state
                    .values()
                    .filter_map(|(app_id, said_us)| match app_ids::parse(app_id) {
                        Some(app_ids::AppId::Alive(receiver)) => Some((receiver, said_us)),
                        _ => None,
                    });
            words.collect()
        });
        words.await
    }

    /// Says that an evaluator is alive which delivers to a receiver what silent ones have left, if
    /// nobody has said so since `heard_us`: of several that would take over at once, one may.
    /// Gives when it said so, or `None` if somebody was faster.
    ///
    /// # Units
    /// Microseconds since the Unix epoch; `heard_us` is what [`AlertLog::alive_us`] gave.
    ///
    /// # Errors
    /// As [`AlertLog::commit`]; after one, others are waited for as if they were alive.
    pub async fn take_over(
        &self,
        receiver: &str,
        heard_us: Option<i64>,
    ) -> Result<Option<i64>, SinkError> {
        let now_us = self.lake.context.clock.now_us();
        // Another word even if the clocks of evaluators differ.
        let said_us = heard_us.map_or(now_us, |heard_us| now_us.max(heard_us + 1));
        let claim = Claim {
            app_id: app_ids::alerts_alive(receiver),
            source: None,
            expected: heard_us,
            next: said_us,
        };
        let commit = self
            .lake
            .append(Job::Alerts, vec![claim], Uuid::new_v4(), now_us);
        let landed = matches!(self.log.commit(&commit).await?, TableOutcome::Landed { .. });
        Ok(landed.then_some(said_us))
    }

    /// Commits changes, of which the first is number `first`.
    ///
    /// It may be called again after an error only when [`AlertLog::next_number`] still is `first`.
    ///
    /// # Errors
    /// [`SinkError::Store`] if the file could not be put, [`SinkError::CommitGivenUp`] if it is not
    /// known whether the commit landed: read the number of changes and decide anew.
    pub async fn commit(
        &self,
        first: i64,
        changes: &[AlertChange],
    ) -> Result<AlertsOutcome, SinkError> {
        let context = &self.lake.context;
        let now_us = context.clock.now_us();
        let count = i64::try_from(changes.len()).unwrap_or(i64::MAX);
        let next = first + count;
        let format = FileFormat::new(Table::Alerts, &context.settings)?;
        let files = encode_alerts(&format, first, changes, now_us)?;
        context.hook.at(Job::Alerts, CommitPoint::BeforeUpload);
        upload(context, Job::Alerts, &files).await?;
        context.hook.at(Job::Alerts, CommitPoint::AfterUpload);
        let claim = Claim {
            app_id: app_ids::alert_changes(),
            source: None,
            expected: (first > 0).then_some(first),
            next,
        };
        let mut commit = self
            .lake
            .append(Job::Alerts, vec![claim], Uuid::new_v4(), now_us);
        commit.lines = add_lines(&files, Table::Alerts, now_us);
        match self.log.commit(&commit).await? {
            TableOutcome::Landed { .. } => Ok(AlertsOutcome::Committed { next }),
            TableOutcome::Fenced { .. } | TableOutcome::InputsGone | TableOutcome::Expired => {
                Ok(AlertsOutcome::Fenced)
            }
        }
    }

    /// Notes up to which change receivers have all, and for which of them an evaluator is alive that
    /// delivers to them; neither falls.
    ///
    /// # Units
    /// `alive_us`: microseconds since the Unix epoch.
    ///
    /// # Errors
    /// As [`AlertLog::commit`]; it may be called again.
    pub async fn mark_delivered(
        &self,
        marks: &BTreeMap<String, i64>,
        alive_us: &BTreeMap<String, i64>,
    ) -> Result<(), SinkError> {
        let now_us = self.lake.context.clock.now_us();
        let mut commit = self
            .lake
            .append(Job::Alerts, Vec::new(), Uuid::new_v4(), now_us);
        let marks = marks.iter();
        let marks = marks.map(|(receiver, next)| (app_ids::delivered(receiver), *next));
        let words = alive_us.iter();
        let words = words.map(|(receiver, said_us)| (app_ids::alerts_alive(receiver), *said_us));
        commit.floors = marks.chain(words).collect();
        // Whatever becomes of it, the marks are as far as they were or further.
        let _outcome = self.log.commit(&commit).await?;
        Ok(())
    }
}
