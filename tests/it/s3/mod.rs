//! Object stores, from the user's side: a real S3, and a proxy that makes faults on the way to it.

mod faults;
mod plugins;
mod same;
mod shop;
mod wrong;

pub(crate) use shop::Shop;
