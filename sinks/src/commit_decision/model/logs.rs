//! The tables' logs as they truly are, whoever knows it.

use std::rc::Rc;

use super::rows::{PARTITIONS, Rows};

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Table {
    Rejects,
    Events,
    Windows,
}

impl Table {
    pub(super) const ALL: [Self; 3] = [Self::Rejects, Self::Events, Self::Windows];
}

/// The name of the commit that an actor has in hand: its number among the actors, from 1.
///
/// A commit that nobody has in hand any more needs no name, since only its maker asks for it; so
/// names do not grow in number, and the search is finite.
pub(super) type Owner = u8;

/// The name of all commits that nobody has in hand.
pub(super) const NOBODY: Owner = 0;

/// One commit: an entry of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Entry {
    /// The offsets that it sets.
    pub(super) next: [Option<u8>; PARTITIONS],
    /// The number of merges that it sets.
    pub(super) merges: Option<u8>,
    /// The number of the reprice that it sets.
    pub(super) reprice: Option<u8>,
    /// The corrections in the manifest that it names.
    pub(super) manifest: Option<Rows>,
    pub(super) owner: Owner,
    /// The rows of the file that it adds.
    pub(super) rows: Rows,
    /// The versions whose files it removes, one bit each.
    pub(super) removes: u32,
    /// When it was put.
    pub(super) put_at: u8,
}

/// A value of a transaction, and the version that set it; version 0 is the seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stored<T> {
    pub(super) value: T,
    pub(super) version: u8,
}

/// The log of a table that was seeded with offset 0 as version 0.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Log {
    /// Version 1 and those behind it. Entries that were cleared away stay here: their effect does.
    entries: Rc<Vec<Entry>>,
    /// The version of the last checkpoint.
    pub(super) checkpoint: u8,
    /// Entries up to this version are no longer in the store.
    pub(super) cleared: u8,
}

/// What a put finds in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// The version is the next one.
    Next,
    /// There is an entry of that version.
    Taken,
    /// The entry of that version was cleared away, so the store accepts another that no reader
    /// will ever look at.
    Cleared,
}

impl Log {
    pub(super) fn head(&self) -> u8 {
        u8::try_from(self.entries.len()).unwrap()
    }

    pub(super) fn slot(&self, version: u8) -> Slot {
        if version > self.head() {
            Slot::Next
        } else if version > self.cleared {
            Slot::Taken
        } else {
            Slot::Cleared
        }
    }

    /// The entries of the versions from 1 to `version`, with their versions.
    fn until(&self, version: u8) -> impl DoubleEndedIterator<Item = (u8, &Entry)> {
        let entries = self.entries.iter().take(usize::from(version));
        entries
            .enumerate()
            .map(|(at, entry)| (u8::try_from(at).unwrap() + 1, entry))
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// The next offset of a partition at a version.
    pub(super) fn next(&self, partition: usize, version: u8) -> Stored<u8> {
        for at in (0..usize::from(version)).rev() {
            if let Some(value) = self.entries[at].next[partition] {
                let version = u8::try_from(at + 1).unwrap();
                return Stored { value, version };
            }
        }
        Stored {
            value: 0,
            version: 0,
        }
    }

    /// The number of merges at a version.
    pub(super) fn merges(&self, version: u8) -> Stored<Option<u8>> {
        self.newest(version, |entry| entry.merges)
    }

    /// The number of the last reprice at a version.
    pub(super) fn reprice(&self, version: u8) -> Stored<Option<u8>> {
        self.newest(version, |entry| entry.reprice)
    }

    /// The manifest of the last reprice at a version.
    pub(super) fn manifest(&self, version: u8) -> Option<Rows> {
        let at = self.reprice(version).version;
        self.entries[..usize::from(at)].last()?.manifest
    }

    fn newest(&self, version: u8, value: impl Fn(&Entry) -> Option<u8>) -> Stored<Option<u8>> {
        let mut entries = self.until(version).rev();
        let found = entries.find_map(|(version, entry)| {
            let value = Some(value(entry)?);
            Some(Stored { value, version })
        });
        found.unwrap_or(Stored {
            value: None,
            version: 0,
        })
    }

    /// Who put a version, as far as somebody knows who loaded the log when the checkpoint stood at
    /// `loaded`: a checkpoint keeps values, but not who set them.
    pub(super) fn owner(&self, version: u8, loaded: u8) -> Owner {
        if version <= loaded {
            return NOBODY;
        }
        self.entries[usize::from(version) - 1].owner
    }

    /// The versions whose files are in the table, one bit each.
    pub(super) fn files(&self, version: u8) -> u32 {
        let mut files = 0;
        for at in 0..usize::from(version) {
            let entry = &self.entries[at];
            files &= !entry.removes;
            if !entry.rows.is_empty() {
                files |= 1 << (at + 1);
            }
        }
        files
    }

    /// The versions whose files were removed behind one version, up to another.
    pub(super) fn removed(&self, behind: u8, version: u8) -> u32 {
        let entries = self.until(version).filter(|(at, _)| *at > behind);
        entries.fold(0, |all, (_, entry)| all | entry.removes)
    }

    /// The rows of some files.
    pub(super) fn rows_of(&self, files: u32) -> Rows {
        let mut rows = Rows::default();
        for (at, entry) in self.entries.iter().enumerate() {
            if files & (1 << (at + 1)) != 0 {
                rows += entry.rows;
            }
        }
        rows
    }

    /// The rows of the table.
    pub(super) fn rows(&self) -> Rows {
        self.rows_of(self.files(self.head()))
    }

    /// Whether the log holds a commit that somebody has in hand.
    pub(super) fn holds(&self, owner: Owner) -> bool {
        self.entries.iter().any(|entry| entry.owner == owner)
    }

    /// Forgets who has which commit in hand.
    pub(super) fn disown(&mut self, owner: Owner) {
        if !self.holds(owner) {
            return;
        }
        for entry in Rc::make_mut(&mut self.entries) {
            if entry.owner == owner {
                entry.owner = NOBODY;
            }
        }
    }

    /// Takes an entry in as the next version, and says which rule that breaks.
    pub(super) fn land(&mut self, entry: Entry) -> Result<(), &'static str> {
        let before = self.rows();
        let twice = entry.owner != NOBODY && self.holds(entry.owner);
        let head = self.head();
        let shrinks = (0..PARTITIONS).any(|partition| {
            let stored = self.next(partition, head).value;
            entry.next[partition].is_some_and(|next| next <= stored)
        });
        let merges_shrink = entry.merges.is_some() && entry.merges <= self.merges(head).value;
        let reprice_shrinks = entry.reprice.is_some() && entry.reprice <= self.reprice(head).value;
        Rc::make_mut(&mut self.entries).push(entry);
        if twice {
            return Err("a commit landed twice");
        }
        if shrinks || merges_shrink || reprice_shrinks {
            return Err("a transaction did not grow");
        }
        let after = self.rows();
        match entry.reprice {
            _ if entry.removes == 0 => Ok(()),
            Some(_) if after.counts() != before.counts() => {
                Err("a reprice changed which rows a table has")
            }
            None if after != before => Err("a merge changed the rows of a table"),
            _ => Ok(()),
        }
    }

    /// Writes a checkpoint and clears what lies behind it and was put so long ago.
    pub(super) fn clear(&mut self, put_before: u8) {
        self.checkpoint = self.head();
        while self.cleared < self.checkpoint
            && self.entries[usize::from(self.cleared)].put_at < put_before
        {
            self.cleared += 1;
        }
    }
}
