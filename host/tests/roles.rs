//! What the numbers of an array may be, by the part that it plays.
#![forbid(unsafe_code)]

use std::path::PathBuf;

use surprisal::{Bf16, Denominator, F16, Reduction};
use surprisal_host::{
    Batch, ClassNames, ClassShare, Form, Groups, Labels, Logits, Number, NumberType, Objective,
    Role, Rows, Sink, Source, Stream, StreamForm, Targets,
};
use tempfile::TempDir;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write<T: Number>(&self, name: &str, shape: &[usize], numbers: &[T]) -> PathBuf {
        let path = self.0.path().join(name);
        let mut sink = Sink::create(&path, shape, &[]).unwrap();
        sink.write(numbers).unwrap();
        sink.finish().unwrap().commit().unwrap();
        path
    }
}

/// What is printed of a source where a test fails.
#[test]
fn a_source_says_what_it_is() {
    let folder = Folder::new();
    let path = folder.write("x.npy", &[2, 3], &[0.0_f32; 6]);
    let source = format!("{:?}", Source::open(&path, Role::Logits).unwrap());
    for part in ["x.npy", "Float32", "[2, 3]", "n_left: 6"] {
        assert!(source.contains(part), "{source}");
    }
}

/// Probabilities that every type holds give the losses of `f64`, from memory and as they are read.
#[test]
fn targets_of_every_type() {
    let folder = Folder::new();
    let logits = [1.0_f64, 0.0, -1.0, 0.5, 0.25, 0.0];
    let targets = [0.5_f32, 0.25, 0.25, 0.0, 0.125, 0.875];
    let logits = folder.write("logits.npy", &[2, 3], &logits);
    let paths = [
        folder.write("f64.npy", &[2, 3], &targets.map(f64::from)),
        folder.write("f32.npy", &[2, 3], &targets),
        folder.write("f16.npy", &[2, 3], &targets.map(F16::from_f32)),
        folder.write("bf16.npy", &[2, 3], &targets.map(Bf16::from_f32)),
    ];
    let losses = paths.map(|path| {
        let objective = Objective {
            targets: Some(Targets::open(&path).unwrap()),
            ..Objective::default()
        };
        let rows = Rows::<f64>::open(&logits, Role::Logits).unwrap();
        let batch = Batch::new(rows, None, objective).unwrap();
        let in_memory = batch.evaluate(Denominator::Rows).unwrap().losses;

        let open = |path, role| Source::open(path, role).unwrap();
        let targets = open(&path, Role::Targets);
        let logits = open(&logits, Role::Logits);
        let stream = Stream::<f64>::new(logits, None, Objective::default(), Some(targets));
        let mut read = Vec::new();
        let report = stream.unwrap().evaluate(Reduction::Sum, |losses| {
            read.extend_from_slice(losses);
            Ok(())
        });
        report.unwrap();
        assert_eq!(read, in_memory);
        in_memory
    });
    // ln(e + 1 + 1/e) - 0.5 + 0.25, and ln(sqrt e + e^(1/4) + 1) - 0.125 / 4.
    let expected = [1.1576059644443804, 1.3380880844056782];
    for losses in losses {
        for (loss, expected) in losses.iter().zip(expected) {
            // 2 units in the last place.
            assert!((loss - expected).abs() <= 2.0 * f64::EPSILON, "{losses:?}");
        }
    }
}

#[test]
fn labels_are_integers_whatever_they_were_opened_for() {
    let folder = Folder::new();
    let floats = folder.write("x.npy", &[2, 3], &[0.0_f32; 6]);
    let error = Labels::read(Source::open(&floats, Role::Logits).unwrap()).unwrap_err();
    let path = floats.display();
    assert_eq!(
        error.to_string(),
        format!(
            "logits '{path}': holds numbers of type 'float32', needs an integer type of 8 to 64 bits"
        )
    );
    let error = Source::open(&floats, Role::Names).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("names '{path}': holds numbers of type '<f4', needs text")
    );
}

/// Labels of 64 bits without a sign are what they are, however large.
#[test]
fn labels_in_memory() {
    let labels = Labels::from(vec![2_u64, u64::MAX]);
    assert!(labels.values().eq([2, u64::MAX.into()]));
    assert!(!labels.is_empty());
    assert!(Labels::from(Vec::<i64>::new()).is_empty());
    let rows = Rows::new(Role::Logits, vec![0.0_f32; 6], 3).unwrap();
    let error = Batch::new(rows, labels, Objective::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "labels: row 1 has label 18446744073709551615, outside 0..3 and not ignored"
    );
}

/// Rows without a class, and values that are not whole rows.
#[test]
fn logits_in_memory_are_whole_rows() {
    let refused = |values, n_classes| {
        let rows = Rows::<f64>::new(Role::Logits, values, n_classes);
        rows.map(|_| ()).unwrap_err().to_string()
    };
    assert_eq!(
        refused(vec![0.0; 5], 3),
        "logits: 5 values are not whole rows of 3 classes"
    );
    assert_eq!(
        refused(vec![], 0),
        "logits: has shape [0, 0]: 0 classes, at least 1 is needed"
    );
}

/// 1.5 and -2 are numbers of every type.
#[test]
fn logits_have_the_type_of_their_file() {
    let files = Folder::new();
    let numbers = [1.5_f32, -2.0];
    let shape = [1, 2];
    let f16 = files.write("f16.npy", &shape, &numbers.map(F16::from_f32));
    let bf16 = files.write("bf16.npy", &shape, &numbers.map(Bf16::from_f32));
    let f32 = files.write("f32.npy", &shape, &numbers);
    let f64 = files.write("f64.npy", &shape, &numbers.map(f64::from));
    let numbers_of = |logits: Logits| match logits {
        Logits::F16(rows) => ("f16", rows.slice(0..1).iter().map(|x| x.to_f32()).collect()),
        Logits::Bf16(rows) => (
            "bf16",
            rows.slice(0..1).iter().map(|x| x.to_f32()).collect(),
        ),
        Logits::F32(rows) => ("f32", rows.slice(0..1).to_vec()),
        Logits::F64(rows) => ("f64", rows.slice(0..1).iter().map(|&x| x as f32).collect()),
    };
    for (name, path) in [("f16", f16), ("bf16", bf16), ("f32", f32), ("f64", f64)] {
        let found = numbers_of(Logits::open(&path).unwrap());
        assert_eq!(found, (name, numbers.to_vec()));
    }
}

/// Shares of classes and groups in memory: rows 0 and 2 are of class 0, of which one is right.
#[test]
fn names_and_groups_in_memory() {
    let rows = vec![0.0_f64, 0.0, 0.0, 3.0, 0.0, 1.0];
    let rows = Rows::new(Role::Logits, rows, 2).unwrap();
    let labels = Labels::from(vec![0_u64, 1, 0]);
    let batch = Batch::new(rows, labels, Objective::default()).unwrap();
    let losses = batch.evaluate(Denominator::Rows).unwrap().losses;
    let predictions = batch.predictions().unwrap();

    let names = ClassNames::new(vec!["cat".to_owned(), "dog".to_owned()]);
    let classes = batch.by_class(&losses, &predictions, Some(&names));
    let shown = |share: &ClassShare| (share.name.clone(), share.share.rows, share.share.accuracy);
    let shown: Vec<_> = classes.iter().map(shown).collect();
    let [cat, dog] = ["cat", "dog"].map(|name| Some(name.to_owned()));
    assert_eq!(shown, [(cat, 2, Some(0.5)), (dog, 1, Some(1.0))]);

    let groups = Groups::new(vec![7, -7, -7]);
    let groups = batch.by_group(&losses, &predictions, &groups).unwrap();
    let shown: Vec<_> = groups.iter().map(|of| (of.group, of.share.rows)).collect();
    assert_eq!(shown, [(-7, 2), (7, 1)]);
}

/// As NumPy and ml_dtypes call them.
#[test]
fn types_go_by_their_names_in_numpy() {
    use NumberType as N;
    let signed = [N::Int8, N::Int16, N::Int32, N::Int64];
    let unsigned = [N::UInt8, N::UInt16, N::UInt32, N::UInt64];
    let floats = [N::Float16, N::BFloat16, N::Float32, N::Float64];
    for (types, names, sizes) in [
        (signed, ["int8", "int16", "int32", "int64"], [1, 2, 4, 8]),
        (
            unsigned,
            ["uint8", "uint16", "uint32", "uint64"],
            [1, 2, 4, 8],
        ),
        (
            floats,
            ["float16", "bfloat16", "float32", "float64"],
            [2, 2, 4, 8],
        ),
    ] {
        assert_eq!(types.map(N::name), names);
        assert_eq!(types.map(N::size), sizes);
    }
}

/// What is shown of a stream for debugging names its arrays and holds none of their numbers.
#[test]
fn streams_are_shown_by_their_names() {
    let folder = Folder::new();
    let logits = folder.write("logits.npy", &[2, 3], &[7.5_f32; 6]);
    let open = |role| Source::open(&logits, role).unwrap();
    let form =
        StreamForm::<f32>::of_vectors(open(Role::Vector), |rows| Form::HessianVectorProduct(rows));
    let shown = format!("{form:?}");
    assert!(shown.starts_with("OfVectors(Source"), "{shown}");
    let plain = StreamForm::<f32>::Plain(Form::Gradient);
    assert_eq!(format!("{plain:?}"), "Plain(Gradient)");

    let labels = Labels::from(vec![0_i64, 2]);
    let stream = Stream::<f32>::new(open(Role::Logits), labels, Objective::default(), None);
    let stream = stream.unwrap();
    assert_eq!((stream.n_rows(), stream.n_classes()), (2, 3));
    let derivative = stream.derivative(plain, Reduction::Sum).unwrap();
    let shown = format!("{derivative:?}");
    assert!(shown.starts_with("StreamDerivative { stream: "), "{shown}");
    assert!(shown.contains("logits.npy"), "{shown}");
    assert!(!shown.contains("7.5"), "{shown}");
    assert!(matches!(Logits::open(&logits), Ok(Logits::F32(_))));
}
