//! Committed figures of instruction counts, which can only tighten.
//!
//! A count that is more than [`SLACK`] above its figure fails, and so does one that is as far
//! below: a kernel that becomes worse fails, and one that becomes better has to say so.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

/// How far a count may be from its figure, as a part of it. Compilers of one version give the
/// same count again; what is allowed for is a C library whose `memcpy` takes other steps.
pub const SLACK: f64 = 0.05;

/// Counts by name, and what they were counted with.
///
/// As text: a line with the compiler, a line with the columns, and a line for each count.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// The compiler and the processor architecture.
    pub compiler: String,
    /// Instructions a logit, by operation and case.
    pub counts: BTreeMap<(String, String), f64>,
}

const COLUMNS: &str = "operation,case,instructions a logit";

impl Figures {
    /// Everything that is wrong with these figures, given new counts, a sentence each.
    pub fn misfits(&self, counted: &Self) -> Vec<String> {
        let names: BTreeSet<_> = self.counts.keys().chain(counted.counts.keys()).collect();
        let misfits = names.into_iter().filter_map(|name| {
            let (operation, case) = name;
            let verdict = match (self.counts.get(name), counted.counts.get(name)) {
                (Some(&figure), Some(&count)) => {
                    let change = count / figure - 1.0;
                    let percent = 100.0 * change.abs();
                    let numbers =
                        format!("{count:.3} instructions a logit, the figure is {figure:.3}");
                    if change > SLACK {
                        format!("{percent:.1} % worse: {numbers}")
                    } else if change < -SLACK {
                        let looser = "the committed figure is looser than needed";
                        format!("{percent:.1} % better, {looser}: {numbers}")
                    } else {
                        return None;
                    }
                }
                (None, _) => "there is no figure".to_owned(),
                (_, None) => "it was not counted".to_owned(),
            };
            Some(format!("{operation} {case}: {verdict}"))
        });
        let mut misfits: Vec<_> = misfits.collect();
        if !misfits.is_empty() && self.compiler != counted.compiler {
            misfits.push(format!(
                "the figures are of {}, these counts of {}",
                self.compiler, counted.compiler
            ));
        }
        misfits
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.compiler)?;
        writeln!(f, "{COLUMNS}")?;
        for ((operation, case), count) in &self.counts {
            writeln!(f, "{operation},{case},{count:.3}")?;
        }
        Ok(())
    }
}

impl FromStr for Figures {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut lines = text.lines();
        let compiler = lines.next().unwrap_or_default().to_owned();
        if lines.next() != Some(COLUMNS) {
            return Err(format!("the second line of the figures is not `{COLUMNS}`"));
        }
        let counts = lines.map(|line| {
            let fields: Vec<_> = line.split(',').collect();
            let [operation, case, count] = fields[..] else {
                return Err(format!("not a figure: {line}"));
            };
            let count = count.parse().map_err(|_| format!("not a figure: {line}"))?;
            Ok(((operation.to_owned(), case.to_owned()), count))
        });
        Ok(Self {
            compiler,
            counts: counts.collect::<Result<_, _>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
rustc 1, x86_64
operation,case,instructions a logit
losses,portable_10,20.000
losses,vector_10,10.000
";

    fn figures() -> Figures {
        TEXT.parse().unwrap()
    }

    fn with(case: &str, count: f64) -> Figures {
        let mut figures = figures();
        figures.counts.insert(("losses".into(), case.into()), count);
        figures
    }

    #[test]
    fn text_and_back() {
        assert_eq!(figures().to_string(), TEXT);
        assert_eq!(figures().counts.len(), 2);
        assert!("rustc 1\nlosses,vector_10,10\n".parse::<Figures>().is_err());
        assert!(
            format!("{TEXT}losses,vector_100,many\n")
                .parse::<Figures>()
                .is_err()
        );
        assert!(format!("{TEXT}losses\n").parse::<Figures>().is_err());
    }

    #[test]
    fn counts_near_their_figures_fit() {
        for count in [9.51, 10.0, 10.49] {
            assert_eq!(figures().misfits(&with("vector_10", count)), [""; 0]);
        }
    }

    #[test]
    fn worse_and_better_counts_do_not_fit() {
        assert_eq!(
            figures().misfits(&with("vector_10", 10.51)),
            ["losses vector_10: 5.1 % worse: 10.510 instructions a logit, the figure is 10.000"]
        );
        assert_eq!(
            figures().misfits(&with("vector_10", 9.0)),
            [
                "losses vector_10: 10.0 % better, the committed figure is looser than needed: \
              9.000 instructions a logit, the figure is 10.000"
            ]
        );
    }

    #[test]
    fn each_count_has_a_figure() {
        let more = with("vector_100", 1.0);
        assert_eq!(
            figures().misfits(&more),
            ["losses vector_100: there is no figure"]
        );
        assert_eq!(
            more.misfits(&figures()),
            ["losses vector_100: it was not counted"]
        );
    }

    #[test]
    fn another_compiler_is_named_where_it_matters() {
        let mut other = figures();
        other.compiler = "rustc 2, x86_64".into();
        assert_eq!(figures().misfits(&other), [""; 0]);
        other.counts.clear();
        assert_eq!(
            figures().misfits(&other).last().unwrap(),
            "the figures are of rustc 1, x86_64, these counts of rustc 2, x86_64"
        );
    }
}
