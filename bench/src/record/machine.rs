//! Where a record was made.

use std::{fs, thread};

use surprisal::Backend;

use crate::{COMPILER, passes};

/// A Markdown table of the processor, the instructions in use and the compiler.
pub fn machine() -> String {
    let threads = thread::available_parallelism().map_or(0, usize::from);
    format!(
        "| | |\n|---|---|\n\
         | processor | {}, {threads} hardware threads |\n\
         | instructions | kernel on {}, passes on {} |\n\
         | compiler | {COMPILER} |\n",
        processor(),
        Backend::detect(),
        passes::level(),
    )
}

/// As Linux names it: the model of a virtual machine may say little, its numbers say which it is.
fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    processor_in(&text).unwrap_or_else(|| format!("unknown {}", std::env::consts::ARCH))
}

fn processor_in(cpuinfo: &str) -> Option<String> {
    let value = |key: &str| {
        let mut fields = cpuinfo.lines().filter_map(|line| line.split_once(':'));
        fields.find_map(|(name, value)| (name.trim() == key).then(|| value.trim()))
    };
    let name = value("model name")?;
    match (value("cpu family"), value("model")) {
        (Some(family), Some(model)) => Some(format!("{name} (family {family}, model {model})")),
        _ => Some(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_named() {
        let text = "processor\t: 0\ncpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC\n";
        let name = processor_in(text);
        assert_eq!(name.as_deref(), Some("AMD EPYC (family 25, model 1)"));
        assert_eq!(processor_in("model name: A\n").as_deref(), Some("A"));
        assert_eq!(processor_in("BogoMIPS: 50\n"), None);
    }
}
