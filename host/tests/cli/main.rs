//! The program as its users meet it: arguments in, text, files and exit status out.
#![forbid(unsafe_code)]

mod arguments;
mod bad_input;
mod bad_options;
mod calibrate;
mod compare;
mod derivatives;
mod details;
mod eval;
mod examples;
mod files;
mod fit;
mod formats;
mod halves;
mod hostile;
mod interruption;
#[cfg(unix)]
mod limits;
mod npy;
mod odd_rows;
mod options;
mod outputs;
mod program;
#[cfg(unix)]
mod progress;
mod report_page;
mod reports;
mod safetensors;
mod snapshot;
mod threads;
mod torch;
