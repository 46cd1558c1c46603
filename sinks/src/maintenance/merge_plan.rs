//! Which files are merged with which: a pure function of what the table has.
//!
//! Files of one partition are merged with those of about their size (within a factor of four), so
//! a byte is rewritten a few times on its way to a large file, not once a run. Days that lie back
//! get no new files, so there a rest of two is merged too.

use std::collections::BTreeMap;

use schemas::table::Table;

use super::MaintenancePolicy;
use crate::file_set::ActiveFile;

/// Files of one partition to be replaced by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MergeGroup {
    /// In the order of their names, which is that of time.
    pub(super) files: Vec<ActiveFile>,
}

/// Plans the merges of one table, oldest partitions first.
///
/// `settled_before`: days before this one, as partition values write it, lie back.
pub(super) fn plan<'a>(
    table: Table,
    files: impl IntoIterator<Item = &'a ActiveFile>,
    policy: &MaintenancePolicy,
    settled_before: &str,
) -> Vec<MergeGroup> {
    type Key = (BTreeMap<String, Option<String>>, u32);
    let mut by_key: BTreeMap<Key, Vec<ActiveFile>> = BTreeMap::new();
    let small = files
        .into_iter()
        .filter(|file| file.size < policy.file_bytes_target);
    for file in small {
        let tier = if is_settled(file, settled_before) {
            u32::MAX
        } else {
            file.size.max(1).ilog2() / 2
        };
        let key = (file.partition_values.clone(), tier);
        by_key.entry(key).or_default().push(file.clone());
    }
    let bytes_max = match table {
        Table::CostWindows => policy.window_merge_bytes_max,
        Table::Events | Table::Rejects | Table::Alerts => policy.merge_bytes_max,
    };
    let mut groups = Vec::new();
    for ((_, tier), mut files) in by_key {
        files.sort_by(|one, other| one.path.cmp(&other.path));
        let files_min = if tier == u32::MAX {
            2
        } else {
            policy.merge_files_min.max(2)
        };
        for files in pack(files, bytes_max, policy.file_bytes_target) {
            if files.len() >= files_min {
                groups.push(MergeGroup { files });
            }
        }
    }
    groups.truncate(policy.merges_max);
    groups
}

fn is_settled(file: &ActiveFile, settled_before: &str) -> bool {
    let date = file.partition_values.get("date").and_then(Option::as_deref);
    date.is_some_and(|date| date < settled_before)
}

/// Cuts a list of files where a group is large enough, or the next file would make it too large.
fn pack(files: Vec<ActiveFile>, bytes_max: u64, bytes_target: u64) -> Vec<Vec<ActiveFile>> {
    let mut groups = Vec::new();
    let mut group: Vec<ActiveFile> = Vec::new();
    let mut bytes = 0;
    for file in files {
        let is_full = bytes >= bytes_target || bytes + file.size > bytes_max;
        if is_full && !group.is_empty() {
            groups.push(std::mem::take(&mut group));
            bytes = 0;
        }
        bytes += file.size;
        group.push(file);
    }
    groups.push(group);
    groups
}

#[cfg(test)]
mod tests;
