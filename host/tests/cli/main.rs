//! The program as its users meet it: arguments in, text, files and exit status out.
#![forbid(unsafe_code)]

mod arguments;
mod bad_input;
mod derivatives;
mod eval;
mod formats;
mod halves;
mod npy;
mod odd_rows;
mod outputs;
mod program;
mod threads;
