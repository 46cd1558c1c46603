//! The names of the entries that priced something: the dictionary of the column `price_entry`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray};
use hashbrown::HashMap;

/// The entry of answers from the app's own cache, which cost nothing.
const APP_CACHE: &str = "app_cache";
/// The key of [`APP_CACHE`].
pub(super) const APP_CACHE_KEY: i32 = 0;

/// Names of entries with their keys. A book has few of them, and a key once given stays.
#[derive(Debug)]
pub(super) struct EntryNames {
    keys: HashMap<String, i32, foldhash::fast::RandomState>,
    names: Vec<String>,
    array: Arc<StringArray>,
}

impl EntryNames {
    pub(super) fn new() -> Self {
        let mut names = Self {
            keys: HashMap::default(),
            names: Vec::new(),
            array: Arc::new(StringArray::from(Vec::<&str>::new())),
        };
        let key = names.key(APP_CACHE.to_owned());
        debug_assert_eq!(key, APP_CACHE_KEY, "the first name");
        names
    }

    /// The key of a name.
    pub(super) fn key(&mut self, name: String) -> i32 {
        if let Some(&key) = self.keys.get(&name) {
            return key;
        }
        // A book with 2^31 entries does not fit in memory.
        let key = i32::try_from(self.names.len()).unwrap_or(i32::MAX);
        self.names.push(name.clone());
        self.keys.insert(name, key);
        key
    }

    /// All names, by key.
    pub(super) fn array(&mut self) -> ArrayRef {
        if self.array.len() < self.names.len() {
            self.array = Arc::new(StringArray::from_iter_values(&self.names));
        }
        Arc::clone(&self.array) as ArrayRef
    }
}
