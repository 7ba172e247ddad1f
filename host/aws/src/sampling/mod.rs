//! X-Ray's centralised sampling: rules of the account decide which traces are recorded.
//!
//! A [`Sampler`] decides by the rules that it has, and counts; it knows no network, and the time only by what it is given.
//! [`Central`] fetches rules for it, reports what it counted, and brings back what each rule may give. One of them lasts as
//! long as its process, however many traces begin there:
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sampling.html>.

mod account;
mod central;
mod pattern;
mod rule;
mod sampler;
mod service;
mod subject;

pub use central::{Central, CentralOptions};
pub use sampler::{By, Decision, Sampler};
pub use subject::Subject;
