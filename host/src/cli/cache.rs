//! Where compiled plugins are kept between runs.

use std::path::PathBuf;

use super::args::CacheArgs;
use super::environment;

impl CacheArgs {
    /// The folder; none where nothing is to be kept, or there is no place to keep it.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        if self.no_cache {
            return None;
        }
        self.cache_dir.clone().or_else(|| environment::path("ETL_HOST_CACHE")).or_else(|| {
            // The XDG specification has relative paths ignored.
            let xdg = environment::path("XDG_CACHE_HOME").filter(|path| path.is_absolute());
            let caches = xdg.or_else(|| Some(environment::path("HOME")?.join(".cache")))?;
            Some(caches.join("etl-host/plugins"))
        })
    }
}
