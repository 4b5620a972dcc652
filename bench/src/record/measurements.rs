//! What criterion has left in its folder.

use std::{error::Error, fs, path::Path};

use serde_json::Value;

/// One contender in one group.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// The group without its number of classes.
    pub group: String,
    /// The number of classes.
    pub n_classes: usize,
    /// The contender.
    pub contender: String,
    /// Median time of a run, in nanoseconds.
    pub median: f64,
    /// Rows of a run.
    pub n_rows: f64,
    /// Bytes that the throughput counts.
    pub n_bytes: f64,
}

/// All measurements that were saved under a name (`--save-baseline`) in criterion's folder.
///
/// # Errors
///
/// If the folder or a file in it cannot be read, or a file holds something else.
pub fn measurements(criterion: &Path, name: &str) -> Result<Vec<Measurement>, Box<dyn Error>> {
    let mut found = Vec::new();
    let mut directories = vec![criterion.to_owned()];
    while let Some(directory) = directories.pop() {
        let is_saved = directory.file_name().is_some_and(|last| last == name);
        if is_saved && directory.join("benchmark.json").exists() {
            found.push(measurement(&directory)?);
            continue;
        }
        let entries = fs::read_dir(&directory).map_err(|error| at(&directory, error))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                directories.push(path);
            }
        }
    }
    Ok(found)
}

fn measurement(directory: &Path) -> Result<Measurement, Box<dyn Error>> {
    let benchmark = json(&directory.join("benchmark.json"))?;
    let estimates = json(&directory.join("estimates.json"))?;
    let read = || {
        let group = benchmark["group_id"].as_str()?;
        let (group, n_classes) = group.rsplit_once("/C=")?;
        let throughput = &benchmark["throughput"]["ElementsAndBytes"];
        Some(Measurement {
            group: group.to_owned(),
            n_classes: n_classes.parse().ok()?,
            contender: benchmark["function_id"].as_str()?.to_owned(),
            median: estimates["median"]["point_estimate"].as_f64()?,
            n_rows: throughput["elements"].as_f64()?,
            n_bytes: throughput["bytes"].as_f64()?,
        })
    };
    read().ok_or_else(|| at(directory, "not a measurement of these benches"))
}

fn json(path: &Path) -> Result<Value, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|error| at(path, error))?;
    serde_json::from_str(&text).map_err(|error| at(path, error))
}

fn at(path: &Path, error: impl std::fmt::Display) -> Box<dyn Error> {
    format!("{}: {error}", path.display()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BENCHMARK: &str = r#"{"group_id":"roofline/loss/in cache/C=10","function_id":"read",
        "value_str":null,"throughput":{"ElementsAndBytes":{"elements":100,"bytes":4000}}}"#;
    const ESTIMATES: &str = r#"{"mean":{"point_estimate":9.0},"median":{"point_estimate":250.5}}"#;

    fn save(directory: &Path, benchmark: &str) {
        fs::create_dir_all(directory).unwrap();
        fs::write(directory.join("benchmark.json"), benchmark).unwrap();
        fs::write(directory.join("estimates.json"), ESTIMATES).unwrap();
    }

    #[test]
    fn only_what_was_saved_under_the_name_is_read() {
        let criterion = tempfile::tempdir().unwrap();
        let benchmark = criterion.path().join("group").join("read");
        save(&benchmark.join("new"), BENCHMARK);
        save(&benchmark.join("monday"), BENCHMARK);
        save(&benchmark.join("tuesday"), "{}");

        let expected = Measurement {
            group: "roofline/loss/in cache".into(),
            n_classes: 10,
            contender: "read".into(),
            median: 250.5,
            n_rows: 100.0,
            n_bytes: 4000.0,
        };
        let read = |name| measurements(criterion.path(), name);
        assert_eq!(read("monday").unwrap(), [expected]);
        assert_eq!(read("sunday").unwrap(), []);
        let error = read("tuesday").unwrap_err().to_string();
        assert!(
            error.ends_with("tuesday: not a measurement of these benches"),
            "{error}"
        );
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = measurements(Path::new("nowhere"), "x")
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("nowhere: "), "{error}");
    }
}
