//! Tells the linker of the board that each processor is run on, and makes bytes of the digits.

use std::{env, error::Error, fs, path::Path};

/// The numbers of a `.npy` file of version 1.
fn numbers<'a>(file: &'a [u8], path: &str) -> Result<&'a [u8], Box<dyn Error>> {
    let [
        b'\x93',
        b'N',
        b'U',
        b'M',
        b'P',
        b'Y',
        1,
        0,
        low,
        high,
        rest @ ..,
    ] = file
    else {
        return Err(format!("{path} is not a .npy file of version 1").into());
    };
    let header = usize::from(u16::from_le_bytes([*low, *high]));
    Ok(rest.get(header..).unwrap_or_default())
}

fn main() -> Result<(), Box<dyn Error>> {
    let target = env::var("TARGET")?;
    let board = match target.as_str() {
        "thumbv7em-none-eabihf" => "mps2-an386",
        "thumbv7m-none-eabi" => "lm3s6965evb",
        "thumbv6m-none-eabi" => "microbit",
        riscv if riscv.starts_with("riscv32") => "virt",
        other => return Err(format!("no board for {other}").into()),
    };
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    let memory = format!("boards/{board}.x");
    fs::copy(&memory, out.join("memory.x"))?;
    println!("cargo:rerun-if-changed={memory}");
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    println!("cargo:rustc-env=BOARD={board}");

    // Pixels are sixteenths from 0 to 1, labels from 0 to 9: a byte each.
    let path = "../../host/data/digits_features.npy";
    println!("cargo:rerun-if-changed={path}");
    let file = fs::read(path)?;
    let (pixels, _) = numbers(&file, path)?.as_chunks();
    let pixels: Vec<_> = pixels
        .iter()
        .map(|&x| (f32::from_le_bytes(x) * 16.0) as u8)
        .collect();
    fs::write(out.join("pixels"), pixels)?;

    let path = "../../host/data/digits_labels.npy";
    println!("cargo:rerun-if-changed={path}");
    let file = fs::read(path)?;
    let (labels, _) = numbers(&file, path)?.as_chunks();
    let labels: Vec<_> = labels
        .iter()
        .map(|&y| i64::from_le_bytes(y) as u8)
        .collect();
    fs::write(out.join("labels"), labels)?;
    Ok(())
}
