//! Where data is: a path of this machine, or an object.

use std::{fmt, path::PathBuf};

use crate::error::Error;

/// Where something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A file or folder of this machine, from `file:///…` or a plain path.
    Local(PathBuf),
    /// In an object store.
    Object(ObjectUrl),
}

/// Which kind of store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// Amazon S3, and what speaks as it does.
    S3,
    /// Google Cloud Storage, with the feature `gcs`.
    Gs,
    /// Azure Blob Storage, with the feature `azure`.
    Az,
    /// A plain web server, with the feature `http`.
    Http,
    /// One with TLS.
    Https,
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Gs => "gs",
            Self::Az => "az",
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// Schemes, and the feature and whether this build has it.
const SCHEMES: [(Scheme, Option<&str>, bool); 5] = [
    (Scheme::S3, None, true),
    (Scheme::Gs, Some("gcs"), cfg!(feature = "gcs")),
    (Scheme::Az, Some("azure"), cfg!(feature = "azure")),
    (Scheme::Http, Some("http"), cfg!(feature = "http")),
    (Scheme::Https, Some("http"), cfg!(feature = "http")),
];

/// `file://, s3://`: all that this build knows.
pub(crate) fn schemes() -> String {
    let known = SCHEMES.iter().filter(|(.., is_known)| *is_known).map(|(scheme, ..)| scheme.name());
    std::iter::once("file").chain(known).map(|name| format!("{name}://")).collect::<Vec<_>>().join(", ")
}

/// A bucket, and an object, prefix or glob in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectUrl {
    /// Which kind of store.
    pub scheme: Scheme,
    /// The bucket, container, or host.
    pub bucket: String,
    /// An object's key, a prefix of keys, or a glob; without slashes at its ends. Empty for the whole bucket.
    pub key: String,
}

impl fmt::Display for ObjectUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}/{}", self.scheme.name(), self.bucket, self.key)
    }
}

impl ObjectUrl {
    /// Whether a folder can be written there: the others lack what [`crate::folder`] builds on.
    pub fn check_writable(&self) -> Result<(), Error> {
        match self.scheme {
            Scheme::S3 => Ok(()),
            scheme => Err(Error::ReadOnly { location: self.to_string(), scheme: scheme.name() }),
        }
    }
}

impl Location {
    /// Understands `s3://bucket/prefix`, `file:///folder`, a plain path, and what else this build supports.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Ok(Self::Local(text.into()));
        };
        if scheme == "file" {
            return Ok(Self::Local(rest.into()));
        }
        let known = SCHEMES.iter().find(|(known, ..)| known.name() == scheme);
        let Some(&(scheme, _, true)) = known else {
            return Err(Error::NotBuilt {
                location: text.to_owned(),
                scheme: scheme.to_owned(),
                feature: known.and_then(|&(_, feature, _)| feature),
            });
        };
        let wrong = |why: &str| Error::Location { location: text.to_owned(), why: why.to_owned() };
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        let key = key.trim_end_matches('/');
        if bucket.is_empty() {
            return Err(wrong("it names no bucket"));
        }
        if scheme == Scheme::S3
            && !bucket.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        {
            return Err(wrong("a bucket's name has letters, digits, `-`, `.` and `_` only"));
        }
        // Such keys can be made, and no tool that thinks in folders finds them again.
        if !key.is_empty() && key.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(wrong("a part between slashes is empty, `.` or `..`"));
        }
        Ok(Self::Object(ObjectUrl { scheme, bucket: bucket.to_owned(), key: key.to_owned() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        match Location::parse(text) {
            Ok(Location::Local(path)) => format!("local {}", path.display()),
            Ok(Location::Object(url)) => format!("{} | {} | {url}", url.bucket, url.key),
            Err(error) => format!("{error}\nhint: {}", error.hint().unwrap_or_default()),
        }
    }

    #[test]
    fn paths_and_objects() {
        let all =
            ["data/in.csv", "file:///data/in.csv", "s3://data/2026/*.csv", "s3://data", "s3://data/out/"];
        insta::assert_snapshot!(all.map(said).join("\n"), @r"
        local data/in.csv
        local /data/in.csv
        data | 2026/*.csv | s3://data/2026/*.csv
        data |  | s3://data/
        data | out | s3://data/out
        ");
    }

    #[test]
    fn outputs_are_in_s3() {
        let said = [Scheme::S3, Scheme::Gs, Scheme::Az, Scheme::Http, Scheme::Https].map(|scheme| {
            let url = ObjectUrl { scheme, bucket: "data".to_owned(), key: "out".to_owned() };
            match url.check_writable() {
                Ok(()) => format!("{url} is written"),
                Err(error) => format!("{error}\nhint: {}", error.hint().unwrap_or_default()),
            }
        });
        insta::assert_snapshot!(said.join("\n"), @"
        s3://data/out is written
        can't write gs://data/out: gs:// can only be read
        hint: write to s3://bucket/prefix, or to a path of this machine
        can't write az://data/out: az:// can only be read
        hint: write to s3://bucket/prefix, or to a path of this machine
        can't write http://data/out: http:// can only be read
        hint: write to s3://bucket/prefix, or to a path of this machine
        can't write https://data/out: https:// can only be read
        hint: write to s3://bucket/prefix, or to a path of this machine
        ");
    }

    #[test]
    fn what_is_no_location_says_why() {
        let all = ["s3:///key", "s3://a:b@c/key", "s3://data/a//b", "ftp://host/file"];
        insta::assert_snapshot!(all.map(said).join("\n"), @r#"
        can't use "s3:///key": it names no bucket
        hint: a location is a path, file:///folder/file, or s3://bucket/prefix
        can't use "s3://a:b@c/key": a bucket's name has letters, digits, `-`, `.` and `_` only
        hint: a location is a path, file:///folder/file, or s3://bucket/prefix
        can't use "s3://data/a//b": a part between slashes is empty, `.` or `..`
        hint: a location is a path, file:///folder/file, or s3://bucket/prefix
        can't use ftp://host/file: this build has no support for ftp://
        hint: this build knows file://, s3://
        "#);
        #[cfg(not(feature = "gcs"))]
        insta::assert_snapshot!(said("gs://data/in.csv"), @r"
        can't use gs://data/in.csv: this build has no support for gs://
        hint: build the host with the feature `gcs`, to read from there
        ");
    }
}
