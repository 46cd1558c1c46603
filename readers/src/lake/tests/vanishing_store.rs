//! A store that has lost a data file when it is first asked for.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

#[derive(Debug)]
pub(super) struct VanishingStore {
    inner: Arc<dyn ObjectStore>,
    vanishing: Mutex<usize>,
}

impl VanishingStore {
    /// The first `vanishing` reads of data files find nothing.
    pub(super) fn new(inner: Arc<dyn ObjectStore>, vanishing: usize) -> Self {
        Self {
            inner,
            vanishing: Mutex::new(vanishing),
        }
    }

    fn vanishes(&self, path: &Path) -> bool {
        let path = path.as_ref();
        let is_data = path.ends_with(".parquet") && !path.contains("_delta_log");
        let mut left = self.vanishing.lock().unwrap();
        let vanishes = is_data && *left > 0;
        if vanishes {
            *left -= 1;
        }
        vanishes
    }
}

fn refused<T>() -> Result<T> {
    Err(Error::NotImplemented {
        operation: "put".to_owned(),
        implementer: "VanishingStore".to_owned(),
    })
}

impl fmt::Display for VanishingStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VanishingStore")
    }
}

impl ObjectStore for VanishingStore {
    fn put_opts<'a, 'b, 'c>(
        &'a self,
        _location: &'b Path,
        _payload: PutPayload,
        _options: PutOptions,
    ) -> Boxed<'c, PutResult>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(async { refused() })
    }

    fn put_multipart_opts<'a, 'b, 'c>(
        &'a self,
        _location: &'b Path,
        _options: PutMultipartOptions,
    ) -> Boxed<'c, Box<dyn MultipartUpload>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(async { refused() })
    }

    fn get_opts<'a, 'b, 'c>(
        &'a self,
        location: &'b Path,
        options: GetOptions,
    ) -> Boxed<'c, GetResult>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(async move {
            if self.vanishes(location) {
                return Err(Error::NotFound {
                    path: location.to_string(),
                    source: "vacuumed".into(),
                });
            }
            self.inner.get_opts(location, options).await
        })
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    fn list_with_delimiter<'a, 'b, 'c>(&'a self, prefix: Option<&'b Path>) -> Boxed<'c, ListResult>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        self.inner.list_with_delimiter(prefix)
    }

    fn copy_opts<'a, 'b, 'd, 'c>(
        &'a self,
        from: &'b Path,
        to: &'d Path,
        options: CopyOptions,
    ) -> Boxed<'c, ()>
    where
        'a: 'c,
        'b: 'c,
        'd: 'c,
        Self: 'c,
    {
        self.inner.copy_opts(from, to, options)
    }
}
