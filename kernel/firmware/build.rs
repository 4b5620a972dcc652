//! Tells the linker of the board that each processor is run on.

use std::{env, fs, path::Path};

fn main() {
    let target = env::var("TARGET").unwrap_or_default();
    let board = match target.as_str() {
        "thumbv7em-none-eabihf" => "mps2-an386",
        "thumbv7m-none-eabi" => "lm3s6965evb",
        "thumbv6m-none-eabi" => "microbit",
        _ => "virt",
    };
    let out = env::var("OUT_DIR").unwrap_or_default();
    let memory = format!("boards/{board}.x");
    fs::copy(&memory, Path::new(&out).join("memory.x")).expect("a folder for build output");
    println!("cargo:rerun-if-changed={memory}");
    println!("cargo:rustc-link-search={out}");
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    println!("cargo:rustc-env=BOARD={board}");
}
