//! Threads and vector instructions on the command line.

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use surprisal::Backend;

#[derive(Debug, Args)]
pub(crate) struct Threads {
    /// Number of threads, 0 for one a core; it changes no bit of any result
    #[arg(long, value_name = "N", default_value = "0",
        value_parser = clap::value_parser!(u16).range(0..=1024))]
    pub(super) threads: u16,
}

#[derive(Debug, Args)]
pub(crate) struct Processor {
    #[command(flatten)]
    pub(super) threads: Threads,

    /// Vector instructions to use [default: the fastest of this processor]
    #[arg(long, value_name = "NAME", value_parser = backend_parser())]
    pub(super) backend: Option<Backend>,
}

fn backend_parser() -> impl TypedValueParser<Value = Backend> {
    PossibleValuesParser::new(Backend::ALL.map(Backend::name)).try_map(|name| {
        let backend: Backend = name.parse().map_err(|error| format!("{error}"))?;
        if backend.is_available() {
            Ok(backend)
        } else {
            Err(surprisal::Error::BackendUnavailable { backend }.to_string())
        }
    })
}
