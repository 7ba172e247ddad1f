//! What a reader sees: the objects of the current generation, and no others.

use std::collections::{HashMap, HashSet};

use super::{Register, names};
use crate::{
    bucket::{Bucket, Object},
    error::Error,
};

/// A list and a register are read one after the other: a commit may come between them.
const ATTEMPTS: usize = 5;

impl Bucket {
    /// The current files of a folder that runs write; none where it is another kind of folder.
    pub async fn current(&self, target: &str) -> Result<Option<Vec<Object>>, Error> {
        let listed = self.list_current(target).await?;
        let manifest = names::join(target, names::MANIFEST);
        let is_ours = listed.iter().any(|object| object.key == manifest);
        Ok(is_ours.then(|| {
            listed.into_iter().filter(|object| names::is_part(names::name(&object.key, target))).collect()
        }))
    }

    /// The objects below a folder, without those that a register next to them does not name.
    pub(crate) async fn list_current(&self, folder: &str) -> Result<Vec<Object>, Error> {
        let folder = folder.to_owned();
        self.spawn(|bucket| async move {
            for _ in 0..ATTEMPTS {
                let listed = bucket.list_here(&folder).await?;
                if let Some(current) = bucket.only_current(listed).await? {
                    return Ok(current);
                }
            }
            Err(Error::Changed { location: bucket.location(&folder) })
        })
        .await
    }

    /// Nothing where a register names what is not in the list.
    async fn only_current(&self, listed: Vec<Object>) -> Result<Option<Vec<Object>>, Error> {
        let mut current = HashMap::new();
        for object in &listed {
            let (folder, name) = split(&object.key);
            if name == names::MANIFEST {
                let record = Register::read(self, folder).await?.record;
                let named = record.names().into_iter().map(str::to_owned).collect::<HashSet<_>>();
                current.insert(folder.to_owned(), named);
            }
        }
        let mut found = 0;
        let kept = listed.into_iter().filter(|object| {
            let (folder, name) = split(&object.key);
            let Some(named) = current.get(folder) else { return true };
            let is_named = named.contains(name);
            found += usize::from(is_named);
            is_named || !names::is_part(name)
        });
        let kept = kept.collect();
        Ok((found == current.values().map(HashSet::len).sum::<usize>()).then_some(kept))
    }
}

fn split(key: &str) -> (&str, &str) {
    key.rsplit_once('/').unwrap_or(("", key))
}
