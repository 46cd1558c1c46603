//! Opens the object store that a lake's URL names, rooted at the lake.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreScheme, RetryConfig};
use url::Url;

/// How long one request is tried again before the caller decides: the commit has its own, longer
/// patience, and needs to hear early that something is wrong.
const RETRY_TIMEOUT: Duration = Duration::from_secs(30);
/// How often one request is tried again.
const RETRIES_MAX: usize = 6;

/// The store of a lake.
#[derive(Debug, Clone)]
pub(crate) struct LakeStore {
    /// The store; its root is the lake.
    pub(crate) store: Arc<dyn ObjectStore>,
    /// The lake's URL, absolute, ending in a slash. It holds no secret.
    pub(crate) url: Url,
}

/// Opens the store of a lake that may be written; a folder that does not exist is made.
///
/// `AWS_*`, `AZURE_*` and `GOOGLE_*` of the environment apply; an option wins over them.
///
/// # Errors
/// If the URL names no store, or an option has a wrong value. No message holds a secret.
pub(crate) fn open_store(
    url: &str,
    options: &BTreeMap<String, String>,
) -> anyhow::Result<LakeStore> {
    if let Some(folder) = folder_of(url) {
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the lake's folder {}", folder.display()))?;
    }
    open(url, options)
}

/// Opens the store of a lake that is only read; a folder that does not exist is an error.
///
/// # Errors
/// As [`open_store`].
pub(crate) fn open_existing_store(
    url: &str,
    options: &BTreeMap<String, String>,
) -> anyhow::Result<LakeStore> {
    match folder_of(url) {
        Some(folder) if !folder.is_dir() => bail!(
            "there is no lake at {}: name another with --lake, or make one with `tokenmeter dev` \
             or `tokenmeter run`",
            folder.display()
        ),
        _ => open(url, options),
    }
}

/// Says what is wrong with a lake's URL. The message quotes no part that may be a secret.
///
/// # Errors
/// What to write instead.
pub(crate) fn check_url(url: &str) -> Result<(), String> {
    if url.is_empty() {
        return Err("must name a folder or a URL such as s3://BUCKET/PREFIX".to_owned());
    }
    if folder_of(url).is_some() {
        return Ok(());
    }
    let parsed = Url::parse(url).map_err(|error| format!("is no URL: {error}"))?;
    if parsed.password().is_some() || parsed.query().is_some() || parsed.fragment().is_some() {
        return Err(
            "must not carry a password or a query: put credentials into [lake.options] or the \
             environment"
                .to_owned(),
        );
    }
    match ObjectStoreScheme::parse(&parsed) {
        Ok((ObjectStoreScheme::Http, _)) | Err(_) => Err(format!(
            "must be a folder or begin with file://, s3://, gs://, az:// or memory://, got \
             {}://",
            parsed.scheme()
        )),
        Ok(_) => Ok(()),
    }
}

/// Whether some store knows an option of this name.
pub(crate) fn is_option(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    AmazonS3ConfigKey::from_str(&name).is_ok()
        || AzureConfigKey::from_str(&name).is_ok()
        || GoogleConfigKey::from_str(&name).is_ok()
}

/// The folder that a URL or path names, if it names one.
fn folder_of(url: &str) -> Option<PathBuf> {
    match url.split_once("://") {
        Some(("file", _)) => Url::parse(url).ok()?.to_file_path().ok(),
        Some(_) => None,
        None if url.starts_with("memory:") => None,
        None => match url.strip_prefix("file:") {
            Some(path) => Some(PathBuf::from(path)),
            None => Some(PathBuf::from(url)),
        },
    }
}

fn open(url: &str, options: &BTreeMap<String, String>) -> anyhow::Result<LakeStore> {
    check_url(url).map_err(|message| anyhow!("the lake's URL {message}"))?;
    if let Some(folder) = folder_of(url) {
        return open_folder(&folder);
    }
    let mut url = Url::parse(url).context("the lake's URL is none")?;
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    let (scheme, prefix) = ObjectStoreScheme::parse(&url)
        .with_context(|| format!("the lake's URL {url} names no store"))?;
    let opened: anyhow::Result<Arc<dyn ObjectStore>> = match scheme {
        ObjectStoreScheme::Memory => Ok(Arc::new(InMemory::new())),
        ObjectStoreScheme::AmazonS3 => amazon(&url, options),
        ObjectStoreScheme::GoogleCloudStorage => google(&url, options),
        ObjectStoreScheme::MicrosoftAzure => azure(&url, options),
        _ => Err(anyhow!("this kind of store is not supported")),
    };
    let store = opened.with_context(|| format!("cannot open the lake {url}"))?;
    let store: Arc<dyn ObjectStore> = if prefix.as_ref().is_empty() {
        store
    } else {
        Arc::new(PrefixStore::new(store, prefix))
    };
    Ok(LakeStore { store, url })
}

fn open_folder(folder: &Path) -> anyhow::Result<LakeStore> {
    let opened = || -> anyhow::Result<LakeStore> {
        let folder = folder.canonicalize()?;
        let url = Url::from_directory_path(&folder).map_err(|()| anyhow!("it has no URL"))?;
        let store = Arc::new(LocalFileSystem::new_with_prefix(&folder)?);
        Ok(LakeStore { store, url })
    };
    opened().with_context(|| format!("cannot open the lake's folder {}", folder.display()))
}

fn retries() -> RetryConfig {
    RetryConfig {
        max_retries: RETRIES_MAX,
        retry_timeout: RETRY_TIMEOUT,
        ..RetryConfig::default()
    }
}

/// The options that a store knows; those of other stores are left to them.
fn known<K: FromStr>(options: &BTreeMap<String, String>) -> impl Iterator<Item = (K, &String)> {
    options.iter().filter_map(|(name, value)| {
        let key = name.to_ascii_lowercase().parse::<K>().ok()?;
        Some((key, value))
    })
}

fn amazon(url: &Url, options: &BTreeMap<String, String>) -> anyhow::Result<Arc<dyn ObjectStore>> {
    let builder = AmazonS3Builder::from_env()
        .with_url(url.as_str())
        .with_retry(retries());
    let builder = known(options).fold(builder, |b, (key, value)| b.with_config(key, value));
    // Commits are conditional puts: without them two workers could overwrite each other's.
    let builder = builder.with_conditional_put(S3ConditionalPut::ETagMatch);
    Ok(Arc::new(builder.build()?))
}

fn google(url: &Url, options: &BTreeMap<String, String>) -> anyhow::Result<Arc<dyn ObjectStore>> {
    let builder = GoogleCloudStorageBuilder::from_env()
        .with_url(url.as_str())
        .with_retry(retries());
    let builder = known(options).fold(builder, |b, (key, value)| b.with_config(key, value));
    Ok(Arc::new(builder.build()?))
}

fn azure(url: &Url, options: &BTreeMap<String, String>) -> anyhow::Result<Arc<dyn ObjectStore>> {
    let builder = MicrosoftAzureBuilder::from_env()
        .with_url(url.as_str())
        .with_retry(retries());
    let builder = known(options).fold(builder, |b, (key, value)| b.with_config(key, value));
    Ok(Arc::new(builder.build()?))
}

#[cfg(test)]
mod tests;
