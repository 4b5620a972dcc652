//! What rows say together beside their mean loss: how often confident rows are right, and which
//! classes and groups are the hard ones.
//!
//! All of it is read from the losses and one [`Prediction`] a row, in the order of the rows, so that
//! threads change no bit.

mod confusion;
mod coverage;
mod details;
mod hardest;
mod names;
mod predictions;
mod reliability;
mod seen;
mod shares;

pub use confusion::Confusion;
pub use coverage::Coverage;
pub use details::{DetailOptions, Details};
pub use names::ClassNames;
pub use predictions::Prediction;
pub use reliability::{Bin, Reliability};
pub(crate) use seen::Seen;
pub use shares::{ClassShare, GroupShare, Groups, Share};
