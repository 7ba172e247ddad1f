//! The operators of a job's physical plan that DataFusion does not have.
//!
//! Between operators every batch has its rows' positions as its last column. A plan is either spread over
//! partitions, each of whose streams has rising positions, or it is one ordered stream.

mod buckets;
mod check;
mod hold;
mod in_order;
mod key;
mod merge;
mod node;
mod observe;
mod scan;
mod sequence;
mod spread;
mod stage;
mod view;

pub(crate) use buckets::Buckets;
pub(crate) use check::Check;
pub(crate) use hold::Hold;
pub(crate) use in_order::InOrder;
pub(crate) use key::key;
pub(crate) use merge::merge;
pub(crate) use node::Node;
pub(crate) use observe::{Observe, Observing};
pub(crate) use scan::{Pieces, ScanOperator, SourcePieces, SpoolPieces};
pub(crate) use sequence::Sequence;
pub(crate) use spread::Spread;
pub(crate) use stage::Stage;
pub(crate) use view::View;
