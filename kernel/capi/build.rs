//! Names the shared library as the loader looks for it.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Interfaces change with the minor version until there is a version 1.
    let [major, minor] = ["MAJOR", "MINOR"]
        .map(|part| env::var(format!("CARGO_PKG_VERSION_{part}")).unwrap_or_default());
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libsurprisal.so.{major}.{minor}");
    }
}
