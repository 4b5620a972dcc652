//! Tells the package which compiler builds it, for records of times and counts.

use std::{env, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let compiler = env::var_os("RUSTC").expect("cargo names the compiler");
    let output = Command::new(compiler)
        .arg("--version")
        .output()
        .expect("the compiler says its version");
    let version = String::from_utf8(output.stdout).expect("its version is text");
    println!("cargo::rustc-env=COMPILER={}", version.trim());
}
