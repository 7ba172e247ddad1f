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

    /// What the last run said of the files that it wrote into a folder; `None`: no run has written there.
    pub async fn written(&self, target: &str) -> Result<Option<Vec<u8>>, Error> {
        let target = target.to_owned();
        let register = self.spawn(|bucket| async move { Register::read(&bucket, &target).await }).await?;
        Ok(register.record.current.map(|current| current.about()))
    }

    /// The objects below a folder, without those that a register of theirs does not name.
    pub(crate) async fn list_current(&self, folder: &str) -> Result<Vec<Object>, Error> {
        let folder = folder.to_owned();
        self.spawn(|bucket| async move {
            for _ in 0..ATTEMPTS {
                let listed = bucket.list_here(&folder).await?;
                if let Some(current) = bucket.only_current(&folder, listed).await? {
                    return Ok(current);
                }
            }
            Err(Error::Changed { location: bucket.location(&folder) })
        })
        .await
    }

    /// Nothing where a register names what is not in the list.
    async fn only_current(&self, folder: &str, listed: Vec<Object>) -> Result<Option<Vec<Object>>, Error> {
        let registers = listed.iter().map(|object| split(&object.key));
        let registers = registers.filter(|(_, name)| *name == names::MANIFEST).map(|(folder, _)| folder);
        let mut current = HashMap::new();
        // A folder that is named by a value may be a part of one whose register is not in the list.
        for folder in registers.chain(above(folder)) {
            let register = Register::read(self, folder).await?;
            if register.etag.is_some() {
                let named = register.record.names().into_iter().map(|name| names::join(folder, name));
                current.insert(folder.to_owned(), named.collect::<HashSet<_>>());
            }
        }
        let mut found = 0;
        let kept = listed.into_iter().filter(|object| {
            let own = split(&object.key).0;
            let Some(register) =
                std::iter::once(own).chain(above(own)).find(|own| current.contains_key(*own))
            else {
                return true;
            };
            let is_named = current[register].contains(&object.key);
            found += usize::from(is_named);
            is_named || !names::is_part(names::name(&object.key, register))
        });
        let kept = kept.collect();
        let is_below = |key: &&String| {
            folder.is_empty() || key.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        let named = current.values().flatten().filter(is_below).count();
        Ok((found == named).then_some(kept))
    }
}

fn split(key: &str) -> (&str, &str) {
    key.rsplit_once('/').unwrap_or(("", key))
}

/// The folders that a folder is a part of by its name: `a` and `a/year=2024` of `a/year=2024/month=1`.
fn above(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| {
        let (above, name) = split(folder);
        names::is_value(name).then_some(above)
    })
    .skip(1)
}
