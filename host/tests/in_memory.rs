//! What the library says of arrays in memory, where the program has files.
#![forbid(unsafe_code)]

use std::{num::NonZeroUsize, path::Path};

use surprisal::Reduction;
use surprisal_host::{
    Batch, Calibration, ClassNames, CompareOptions, Comparison, Ending, Features, Form, Labels,
    Objective, Outcome, Page, PageOptions, Role, Rows, Sink, Source,
};

fn batch(labels: Vec<i64>) -> Batch<f64> {
    let n_rows = labels.len();
    let logits = (0..n_rows * 2).map(|i| (i % 3) as f64).collect();
    let rows = Rows::new(Role::Logits, logits, 2).unwrap();
    Batch::new(rows, Labels::from(labels), Objective::default()).unwrap()
}

#[test]
fn models_are_compared_on_as_many_rows() {
    let [three, two] = [vec![0, 1, 0], vec![0, 1]].map(|labels| batch(labels).scores().unwrap());
    let options = CompareOptions::default();
    let error = Comparison::new(&three, &two, &options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "logits: number of rows is 2, that of logits is 3"
    );
    let same = Comparison::new(&two, &two, &options).unwrap();
    assert_eq!(same.interval, Some([0.0; 2]));
}

#[test]
fn there_is_no_calibration_of_no_row() {
    let nothing = batch(Vec::new());
    let predictions = nothing.predictions().unwrap();
    let of = nothing.reliability(&predictions, NonZeroUsize::MIN);
    let errors = [
        of.expected_calibration_error,
        of.maximum_calibration_error,
        of.brier_score,
    ];
    assert_eq!(errors, [None; 3]);
}

/// The inputs of a derivative are those of its batch and of its form.
#[test]
fn derivatives_name_their_arrays() {
    let batch = batch(vec![0, 1]);
    let vectors = Rows::new(Role::Vector, vec![0.0; 4], 2).unwrap();
    let form = Form::HessianVectorProduct(&vectors);
    let derivative = batch.derivative(form, Reduction::Sum).unwrap();
    let names: Vec<_> = derivative
        .inputs()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(names, ["logits", "labels", "vector"]);
}

/// A name that is too long for its place is cut in the plots, and only there.
#[test]
fn pages_of_batches_in_memory() {
    let long = "x".repeat(50);
    let names = ClassNames::new(vec![long.clone(), "y".to_owned()]);
    let options = PageOptions {
        names: Some(names),
        ..PageOptions::default()
    };
    let page = Page::new(&batch(vec![0, 1, 1, 0]), &options).unwrap();
    assert_eq!(page.title, "Cross-entropy");
    let html = page.html();
    // 33 letters, of which the class takes two.
    assert!(html.contains(&format!(">0 {}…<", "x".repeat(30))));
    assert!(html.contains(&long));
}

#[test]
fn features_have_two_dimensions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    let mut sink = Sink::create(&path, &[3], &[]).unwrap();
    sink.write(&[1.0_f64, 2.0, 3.0]).unwrap();
    sink.finish().unwrap().commit().unwrap();
    let source = Source::open(&path, Role::RowWeights).unwrap();
    let error = Features::read(source).unwrap_err();
    let expected = format!(
        "row-weights '{}': has shape [3], needs 2 dimensions [rows, features]",
        path.display()
    );
    assert_eq!(error.to_string(), expected);
}

#[test]
fn parameters_that_are_not_there() {
    let error = Calibration::open(Path::new("nowhere.json")).unwrap_err();
    assert!(
        error.to_string().contains("'nowhere.json': No such file"),
        "{error}"
    );
}

/// The endings that no data set of the tests has.
#[test]
fn endings_are_said() {
    for (ending, text) in [
        (
            Ending::Unbounded,
            "there is no minimum: classes are separable, and without a penalty (l2 is 0) larger \
             scales and biases always fit better",
        ),
        (
            Ending::IterationLimit,
            "the limit of iterations was reached",
        ),
        (
            Ending::Stalled,
            "rounding or overflow hides what would lower the objective",
        ),
    ] {
        assert_eq!(ending.to_string(), text);
    }
    assert_eq!(
        Outcome::Stalled.to_string(),
        "rounding or overflow hides what would lower the objective"
    );
}
