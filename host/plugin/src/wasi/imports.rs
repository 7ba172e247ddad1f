//! What a component imports, and what of it is granted.

use std::collections::BTreeSet;
use std::fmt;

use wasmtime::Engine;
use wasmtime::component::{Component, ResourceType, types::ComponentItem};

use super::{Grant, Grants};

/// An import of a component.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    /// As the component writes it: `wasi:clocks/wall-clock@0.2.0`.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Functions, and resources of its own; an interface without any gives nothing but types.
    pub(crate) items: Vec<Item>,
}

/// What an import asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A version of the contract that this host has.
    Contract,
    /// A part of WASI.
    Wasi(Grant),
    /// Streams, waiting and ending: nothing of the machine by themselves, so they come with any grant.
    Plumbing,
    /// What no plugin gets: the network.
    Network,
    /// Anything else.
    Foreign,
}

/// What an interface has.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    Function(String),
    Resource(String),
}

/// All imports of a component.
#[derive(Clone, Debug)]
pub(crate) struct Imports(Vec<Import>);

/// What keeps a component from being loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) imports: Vec<String>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) network: bool,
}

/// A guest used what it was not granted: it ends the call.
#[derive(Clone, Debug)]
pub(crate) struct NotGranted {
    /// `wasi:clocks/wall-clock@0.2.0#now`.
    pub(crate) function: String,
    /// What would give it; nothing does that for the network.
    pub(crate) grant: Option<Grant>,
}

impl Imports {
    pub(crate) fn of(engine: &Engine, component: &Component) -> Self {
        let imports = component.component_type();
        // An interface names the resources that it takes from others, too: the first has made it.
        let mut resources: Vec<ResourceType> = Vec::new();
        let imports = imports.imports(engine).map(|(name, item)| match item.ty {
            ComponentItem::ComponentInstance(instance) => {
                let items = instance.exports(engine).filter_map(|(name, item)| match item.ty {
                    ComponentItem::ComponentFunc(_) => Some(Item::Function(name.to_owned())),
                    ComponentItem::Resource(resource) if !resources.contains(&resource) => {
                        resources.push(resource);
                        Some(Item::Resource(name.to_owned()))
                    }
                    _ => None,
                });
                Import { name: name.to_owned(), kind: kind(name), items: items.collect() }
            }
            _ => Import { name: format!("`{name}`"), kind: Kind::Foreign, items: Vec::new() },
        });
        Self(imports.collect())
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.0.iter().map(|import| import.name.clone()).collect()
    }

    /// The imports from WASI that there is something behind.
    pub(super) fn of_wasi(&self) -> impl Iterator<Item = &Import> {
        let wasi = |kind| matches!(kind, Kind::Wasi(_) | Kind::Plumbing | Kind::Network);
        self.0.iter().filter(move |import| wasi(import.kind) && !import.items.is_empty())
    }

    /// What of WASI the component asks for, whether it is granted or not.
    pub(crate) fn wanted(&self) -> Vec<Grant> {
        let grants = self.of_wasi().filter_map(|import| match import.kind {
            Kind::Wasi(grant) => Some(grant),
            _ => None,
        });
        grants.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// What is neither of the contract nor of WASI.
    pub(crate) fn foreign(&self) -> Vec<String> {
        let foreign = self.0.iter().filter(|import| import.kind == Kind::Foreign);
        foreign.map(|import| import.name.clone()).collect()
    }

    /// What keeps the component from being loaded with these grants.
    pub(crate) fn refusal(&self, grants: &Grants) -> Option<Refusal> {
        let refused = |import: &&Import| match import.kind {
            _ if grants.traps => false,
            Kind::Wasi(grant) => !grants.has(grant),
            Kind::Plumbing => grants.is_empty(),
            _ => true,
        };
        let refused: Vec<&Import> = self.of_wasi().filter(refused).collect();
        let missing = self.wanted().into_iter().filter(|grant| !grants.has(*grant)).collect();
        (!refused.is_empty()).then(|| Refusal {
            imports: refused.iter().map(|import| import.name.clone()).collect(),
            grants: missing,
            network: refused.iter().any(|import| import.kind == Kind::Network),
        })
    }
}

/// Deny by default: the contract's own interfaces and WASI's, of any compatible version, and nothing else.
fn kind(name: &str) -> Kind {
    let Some((interface, version)) = name.split_once('@') else { return Kind::Foreign };
    if interface.starts_with("etl:plugin/") && version.starts_with("0.1.") {
        return Kind::Contract;
    }
    if !version.starts_with("0.2.") {
        return Kind::Foreign;
    }
    match interface {
        "wasi:clocks/wall-clock" | "wasi:clocks/monotonic-clock" => Kind::Wasi(Grant::Clocks),
        "wasi:random/random" | "wasi:random/insecure" | "wasi:random/insecure-seed" => {
            Kind::Wasi(Grant::Random)
        }
        "wasi:cli/environment" => Kind::Wasi(Grant::Env),
        "wasi:filesystem/types" | "wasi:filesystem/preopens" => Kind::Wasi(Grant::Files),
        "wasi:cli/stdin"
        | "wasi:cli/stdout"
        | "wasi:cli/stderr"
        | "wasi:cli/terminal-input"
        | "wasi:cli/terminal-output"
        | "wasi:cli/terminal-stdin"
        | "wasi:cli/terminal-stdout"
        | "wasi:cli/terminal-stderr" => Kind::Wasi(Grant::Stdio),
        "wasi:io/error" | "wasi:io/poll" | "wasi:io/streams" | "wasi:cli/exit" => Kind::Plumbing,
        _ if interface.starts_with("wasi:sockets/") || interface.starts_with("wasi:http/") => Kind::Network,
        _ => Kind::Foreign,
    }
}

impl fmt::Display for NotGranted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not granted", self.function)
    }
}

impl std::error::Error for NotGranted {}
