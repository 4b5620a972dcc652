//! What a command has written, as people and programs read it.

use std::{
    io::{self, Write},
    path::Path,
};

use serde::{Serialize, Serializer};

use super::{as_text, text::Lines, write_json};
use crate::{
    array::{ArrayName, Quoted},
    number::NumberType,
};

/// An output array, and the arrays that it was computed from.
///
/// ```
/// use std::path::Path;
/// use surprisal_host::{ArrayName, NumberType, OutputReport, Role};
///
/// let logits = ArrayName::file(Role::Logits, Path::new("logits.npy"));
/// let report = OutputReport::new(&[&logits], Path::new("g.npy"), NumberType::Float32, &[2, 3]);
/// let mut json = Vec::new();
/// report.write_json(&mut json).unwrap();
/// assert!(String::from_utf8(json).unwrap().contains(r#""output": "g.npy""#));
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct OutputReport {
    /// The arrays by the part that they play, `None` for those from memory.
    #[serde(serialize_with = "as_map")]
    pub inputs: Vec<(&'static str, Option<String>)>,
    /// File of the output.
    pub output: String,
    /// Type of its numbers.
    #[serde(serialize_with = "as_text")]
    pub dtype: NumberType,
    /// Its shape, rows first.
    pub shape: Vec<usize>,
}

impl OutputReport {
    /// Reports an output.
    pub fn new(inputs: &[&ArrayName], path: &Path, dtype: NumberType, shape: &[usize]) -> Self {
        let inputs = inputs.iter();
        Self {
            inputs: inputs
                .map(|input| (input.role().name(), input.file_name()))
                .collect(),
            output: path.display().to_string(),
            dtype,
            shape: shape.to_vec(),
        }
    }

    /// Writes one JSON object over several lines.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_json(&self, mut to: impl Write) -> io::Result<()> {
        write_json(self, &mut to)
    }

    /// Writes an aligned table of plain text.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_table(&self, mut to: impl Write) -> io::Result<()> {
        let quoted = |file: &str| Quoted(Path::new(file)).to_string();
        let mut lines = Lines::new();
        for (role, file) in &self.inputs {
            let file = file.as_deref().map_or("in memory".to_owned(), quoted);
            lines.add(role, &file, "");
        }
        lines.add("output", &quoted(&self.output), "");
        lines.add("type", self.dtype.name(), "");
        lines.add("shape", &format!("{:?}", self.shape), "");
        writeln!(to, "{}", lines.print())
    }
}

fn as_map<S: Serializer>(
    inputs: &[(&'static str, Option<String>)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(inputs.iter().map(|(role, file)| (role, file)))
}
